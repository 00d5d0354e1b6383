"""Every field of every call, sent wrong: 422 or 413 that names the field, never a 500, nothing half done."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from machine_bench import COURIER, a_bench

GOOD = {
    "/deposits": {
        "tracking": "SF1",
        "recipient": {"unit": "1-201", "name": "Wang Ming"},
        "size": "S",
        "courier": COURIER,
        "consent": "given",
        "flags": ["fragile"],
        "damaged": False,
    },
    "/deposits/d1/resize": {"size": "S"},
    "/pickups": {"code": "12345678", "second": "0001"},
    "/compartments/A1/open": {"reason": "look"},
    "/compartments/A1/clear": {"content": "empty"},
    "/compartments/A1/retire": {"reason": "hinge"},
    "/residents": {
        "unit": "1",
        "name": "Ann",
        "phone": "+8613800000001",
        "language": "en",
        "consent": True,
        "reach": False,
        "email": "ann@example.org",
    },
}
SCOPES = ("deposit", "pickup", "staff")
TEXTS = ["x" * 1000, "a\x00b", "a\nb", "a\x1b[31m", "a\x7f", "a\x85b", "a\u2028b", "\ud800", "", "   ", "\t"]
OTHERS = [1, 1.5, 10**400, [], {}, ["x"], {"x": 1}, float("nan")]


def fields():
    for path, body in GOOD.items():
        for name, value in body.items():
            yield path, (name,), value
            if isinstance(value, dict):
                for inner, deeper in value.items():
                    yield path, (name, inner), deeper


def replaced(body, way, value):
    name, *rest = way
    return {**body, name: replaced(body[name], rest, value) if rest else value}


def left_out(body, way):
    name, *rest = way
    if rest:
        return {**body, name: left_out(body[name], rest)}
    return {key: value for key, value in body.items() if key != name}


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        bench.before = len(await bench.events())
        yield bench
        assert bench.doors.pulses == []


async def send(bench, path, raw, **more):
    client = await bench.client(*SCOPES)
    method = "PUT" if path == "/residents" else "POST"
    return await client.request(method, path, content=raw, **more)


async def assert_names(bench, answer, field):
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "invalid"
    assert field in [error["field"] for error in problem["errors"]], problem
    assert field in problem["detail"] or len(problem["errors"]) > 1


@pytest.mark.parametrize(("path", "way", "value"), list(fields()), ids=lambda part: str(part)[:30])
async def test_every_field_refuses_what_it_is_not_and_is_named(bench, path, way, value):
    wrong = [*TEXTS, *OTHERS, "purple"] if way[-1] in {"size", "consent", "content", "language"} else [*TEXTS, *OTHERS]
    if isinstance(value, bool):
        wrong = [*TEXTS, *OTHERS, "true", 0, 1, "yes"]
    if isinstance(value, list):
        wrong = [one for one in [*TEXTS, *OTHERS, ["purple"], [1], "fragile", ["fragile"] * 21] if one != []]
    name = ".".join(way)
    for one in wrong:
        raw = json.dumps(replaced(GOOD[path], way, one)).encode()
        answer = await send(bench, path, raw)
        assert answer.status_code == 422, (one, answer.text)
        said = answer.json()
        if one == 10**400 or (isinstance(value, dict) and isinstance(one, dict)):
            continue
        named = [error["field"] for error in said["errors"]]
        assert any(field.startswith(name) for field in named), (one, named)
    assert len(await bench.events()) <= bench.before + 1


@pytest.mark.parametrize("path", GOOD)
async def test_every_needed_field_that_is_missing_is_named(bench, path):
    needed = {
        "/deposits": [
            ("tracking",),
            ("recipient",),
            ("size",),
            ("courier",),
            ("courier", "company"),
            ("courier", "name"),
        ],
        "/residents": [("unit",), ("name",), ("phone",), ("consent",)],
        "/pickups": [],
    }
    for way in needed.get(path, [(name,) for name in GOOD[path]]):
        answer = await send(bench, path, json.dumps(left_out(GOOD[path], way)).encode())
        await assert_names(bench, answer, ".".join(way))


@pytest.mark.parametrize("path", [*GOOD, "/deposits/d1/cancel", "/deposits/d1/reopen", "/compartments/A1/restore"])
async def test_an_unknown_field_is_named(bench, path):
    raw = json.dumps({**GOOD.get(path, {}), "colour": "red"}).encode()
    await assert_names(bench, await send(bench, path, raw), "colour")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/pickups", {}),
        ("/pickups", {"code": "12345678", "token": "PL1.X"}),
        ("/pickups", {"token": "PL1.X", "second": "0001"}),
        ("/pickups", {"second": "0001"}),
        ("/deposits", {**GOOD["/deposits"], "recipient": {}}),
        ("/deposits", {**GOOD["/deposits"], "recipient": {"unit": "1", "phone": "+8613800000001"}}),
        ("/deposits", {**GOOD["/deposits"], "recipient": {"phone": "+8613800000001", "name": "Ann"}}),
        ("/deposits", {**GOOD["/deposits"], "recipient": {"phone": "by post"}}),
    ],
)
async def test_fields_that_exclude_each_other_are_422(bench, path, body):
    assert (await send(bench, path, json.dumps(body).encode())).status_code == 422


BROKEN = [
    b"",
    b" ",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"1",
    b"NaN",
    b"{'tracking': 1}",
    b'{"tracking": "SF1"} and more',
    b"\xff\xfe{\x00}\x00",
    b'{"tracking": "\xed\xa0\x80"}',
    b"\x00",
    b"[" * 20_000,
    b'{"a":' * 4_000 + b"1" + b"}" * 4_000,
    b'{"tracking": 1e999999, "size": ' + b"9" * 20_000 + b"}",
    b"tracking=SF1&size=S",
]


@pytest.mark.parametrize("path", GOOD)
async def test_a_body_that_is_no_json_object_is_422(bench, path):
    for raw in BROKEN:
        answer = await send(bench, path, raw)
        assert answer.status_code == 422, (raw[:12], answer.text)
        assert answer.json()["code"] == "invalid"
        assert answer.json()["field"]


async def test_calls_without_a_body_take_none_or_an_empty_object(bench):
    for raw in [b"", b"{}", b" {} "]:
        assert (await send(bench, "/deposits/dnone/cancel", raw)).status_code == 404
    for raw in [b"[]", b"{", b"null"]:
        assert (await send(bench, "/deposits/dnone/cancel", raw)).status_code == 422


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("path", [*GOOD, "/deposits/d1/cancel"])
async def test_a_body_of_10_MB_is_413(bench, path, chunked):
    sent = 0

    async def pieces():
        nonlocal sent
        for _ in range(160):
            sent += 65536
            yield b" " * 65536

    answer = await send(bench, path, pieces() if chunked else b" " * 10_485_760)
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
    assert not chunked or sent <= 2 * 65536, "what is too long is not read to its end"


async def test_nothing_that_was_sent_is_repeated_but_names_of_fields(bench):
    raw = json.dumps({"code": "31415926" * 9, "second": "S3CRET" * 20, "x\x00" + "y" * 500: 1}).encode()
    answer = await send(bench, "/pickups", raw)
    assert "31415926" not in answer.text
    assert "S3CRET" not in answer.text
    assert "y" * 60 not in answer.text
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/parcels?state=lost", "state"),
        ("/parcels?after=1", "after"),
        ("/parcels?after=~", "after"),
        ("/parcels?limit=0", "limit"),
        ("/parcels?limit=-1", "limit"),
        ("/parcels?limit=x", "limit"),
        ("/parcels?unit=" + "x" * 100, "unit"),
        ("/parcels?tracking=" + "x" * 100, "tracking"),
        ("/events?after=-1", "after"),
        ("/events?after=x", "after"),
        ("/events?after=1.5", "after"),
        ("/events?after=99999999999999999999", "after"),
        ("/events?limit=0", "limit"),
        ("/events?limit=1e3", "limit"),
    ],
)
async def test_a_query_that_cannot_be_read_is_422_and_names_the_parameter(bench, path, field):
    reader = await bench.client("read")
    await assert_names(bench, await reader.get(path), field)


@pytest.mark.parametrize(
    "path", ["/parcels?state=&unit=&tracking=&after=", "/events?after=&limit=", "/parcels?unit=%00%ff"]
)
async def test_an_empty_parameter_is_as_good_as_none(bench, path):
    reader = await bench.client("read")
    assert (await reader.get(path)).status_code == 200


@pytest.mark.parametrize("number", ["x", "-1", "1" * 30, "1.5", "\xb2"])
async def test_a_last_event_id_that_is_no_number_is_422(bench, number):
    reader = await bench.client("read")
    answer = await reader.get("/events/stream", headers=[("Last-Event-ID", number.encode("latin-1"))])
    await assert_names(bench, answer, "Last-Event-ID")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_no_body_at_all_makes_a_500(bench, data):
    path = data.draw(st.sampled_from(list(GOOD)))
    body = dict(GOOD[path])
    for name in data.draw(st.lists(st.sampled_from(list(body)), max_size=3)):
        body[name] = data.draw(anything)
    if data.draw(st.booleans()):
        body[data.draw(st.text(max_size=10))] = data.draw(anything)
    answer = await send(bench, path, json.dumps(body).encode())
    assert answer.status_code < 500, (body, answer.text)
    if answer.status_code == 201 and "deposit" in answer.json():
        await bench.settle()
        await send(bench, f"/deposits/{answer.json()['deposit']}/cancel", b"")
    bench.doors.pulses.clear()
