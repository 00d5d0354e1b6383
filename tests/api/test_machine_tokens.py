"""Who asks and may they: tokens of machines, and the order of checks at the border."""

import re

import pytest
from machine_bench import a_bench

from locker.services.people import Scope, machine_token_hash

CALLS = [
    ("GET", "/compartments", "read"),
    ("GET", "/compartments/A1", "read"),
    ("GET", "/parcels", "read"),
    ("GET", "/parcels/p1", "read"),
    ("GET", "/events", "read"),
    ("GET", "/events/stream", "read"),
    ("POST", "/deposits", "deposit"),
    ("GET", "/deposits/d1", "deposit"),
    ("POST", "/deposits/d1/cancel", "deposit"),
    ("POST", "/deposits/d1/resize", "deposit"),
    ("POST", "/deposits/d1/reopen", "deposit"),
    ("POST", "/pickups", "pickup"),
    ("PUT", "/residents", "staff"),
    ("POST", "/compartments/A1/open", "staff"),
    ("POST", "/compartments/A1/clear", "staff"),
    ("POST", "/compartments/A1/retire", "staff"),
    ("POST", "/compartments/A1/restore", "staff"),
]


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        yield bench


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
async def test_every_call_checks_the_token_then_its_scope_then_the_body(bench, method, path, scope):
    others = [one.value for one in Scope if one.value != scope]
    for client, status, code in [
        (await bench.client(), 401, "unauthorized"),
        (await bench.client(*others), 403, "forbidden"),
    ]:
        answer = await client.request(method, path, content=b'{"broken')
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")
    if method != "GET":
        allowed = await bench.client(scope)
        assert (await allowed.request(method, path, content=b'{"broken')).status_code == 422


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer lk_nobody", "lk_nobody", "Bearer \xe4"]
)
async def test_a_header_that_is_no_known_token_is_401(bench, header):
    client = await bench.client()
    headers = [("Authorization", header.encode("latin-1"))]
    assert (await client.get("/compartments", headers=headers)).status_code == 401


async def test_the_scheme_s_case_does_not_count(bench):
    client = await bench.client()
    headers = {"Authorization": f"bearer {await bench.token('read')}"}
    assert (await client.get("/compartments", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "allow"),
    [
        ("GET", "/nothing", 404, "not-found", None),
        ("GET", "/health/", 404, "not-found", None),
        ("GET", "http://locker/api/v2/health", 404, "not-found", None),
        ("GET", "http://locker/api/v1", 404, "not-found", None),
        ("DELETE", "/compartments/A1", 405, "method-not-allowed", "GET"),
        ("GET", "/pickups", 405, "method-not-allowed", "POST"),
        ("POST", "/residents", 405, "method-not-allowed", "PUT"),
        ("POST", "http://locker/metrics", 405, "method-not-allowed", "GET, HEAD"),
    ],
)
async def test_no_path_and_no_method_are_problems_too(bench, method, path, status, code, allow):
    client = await bench.client()
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers.get("allow") == allow


async def test_SEC_06_only_the_hash_of_a_token_is_on_the_disk(tmp_path):
    async with a_bench(tmp_path) as bench:
        text = await bench.token("read", "pickup")
        assert re.fullmatch(r"lk_[A-Za-z0-9_-]{43}", text)
        rows = await bench.context.journal.read(lambda db: db.execute("select * from token").fetchall())
        assert [(row[0], row[1], row[2]) for row in rows] == [("read-pickup", machine_token_hash(text), "pickup read")]
    for path in tmp_path.iterdir():
        assert text.encode() not in path.read_bytes()


async def test_a_token_works_at_once_and_after_a_restart(tmp_path):
    async with a_bench(tmp_path) as bench:
        text = await bench.context.tokens.create("late", [Scope.READ], by="test")
        assert bench.context.tokens.find(text).name == "late"
    async with a_bench(tmp_path) as bench:
        client = await bench.client()
        headers = {"Authorization": f"Bearer {text}"}
        assert (await client.get("/compartments", headers=headers)).status_code == 200


async def test_a_name_that_stands_already_gets_a_number_and_both_tokens_work(bench):
    one = await bench.context.tokens.create("gateway", [Scope.READ], by="test")
    two = await bench.context.tokens.create("gateway", [Scope.PICKUP], by="test")
    assert bench.context.tokens.find(one).name == "gateway"
    assert bench.context.tokens.find(two).actor == "token:gateway-2"


@pytest.mark.parametrize(
    ("name", "scopes"), [("", ["read"]), ("a:b", ["read"]), ("x" * 65, ["read"]), ("x", []), ("x", ["root"])]
)
async def test_a_token_without_a_name_or_a_scope_is_not_made(bench, name, scopes):
    with pytest.raises(ValueError, match=r"."):
        await bench.context.tokens.create(name, scopes, by="test")
    assert await bench.context.journal.read(lambda db: db.execute("select count(*) from token").fetchone()[0]) == 0


async def test_metrics_are_open_to_loopback_only(bench):
    import httpx

    for peer, headers, status in [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.168.1.7", {}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "192.168.1.7"}, 401),
        ("192.168.1.7", {"Authorization": f"Bearer {await bench.token('pickup')}"}, 403),
        ("192.168.1.7", {"Authorization": f"Bearer {await bench.token('read')}"}, 200),
    ]:
        transport = httpx.ASGITransport(app=bench.app, client=(peer, 50000))
        async with httpx.AsyncClient(transport=transport, base_url="http://locker") as client:
            assert (await client.get("/metrics", headers=headers)).status_code == status, (peer, headers)
