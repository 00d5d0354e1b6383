"""One table from refusals to statuses, and each refusal of the contract reached over HTTP."""

import pytest
from machine_bench import a_bench

from api.machine.problems import PROBLEMS, refusal
from locker.core.model import Seen
from locker.core.reasons import RefusalReason, Refused

STATUS = {
    RefusalReason.UNKNOWN_CODE: 404,
    RefusalReason.UNKNOWN: 404,
    RefusalReason.THROTTLED: 429,
    RefusalReason.KEY_REUSED: 422,
}


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


def assert_problem(answer, status, code):
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem = answer.json()
    assert (problem["code"], problem["status"]) == (code, status)
    assert {"type", "title", "detail"} <= set(problem)


@pytest.mark.parametrize("code", list(RefusalReason))
def test_every_refusal_has_its_status_and_a_sentence(code):
    answer = refusal(Refused(code)).response()
    assert answer.status_code == STATUS.get(code, 409)
    assert PROBLEMS[code][1].endswith(".")


async def test_a_deposit_is_refused_for_each_reason_and_takes_nothing(bench):
    await bench.resident("2-1", "No Thanks", "+8613800000003", consent=False)
    await bench.resident("2-2", "Not Asked", "+8613800000004", consent=None)
    courier = await bench.client("deposit")
    before = await bench.events()
    for code, more in [
        ("unknown-recipient", {"recipient": {"unit": "nowhere"}}),
        ("unknown-recipient", {"recipient": {"phone": "+8613999999999"}}),
        ("damaged", {"damaged": True}),
        ("in-person-only", {"flags": ["in-person"]}),
        ("consent-needed", {"recipient": {"unit": "2-1"}, "consent": "given"}),
        ("consent-needed", {"recipient": {"unit": "2-2"}}),
        ("no-space", {"flags": ["cold"]}),
    ]:
        assert_problem(await courier.post("/deposits", json=bench.deposit_body(**more)), 409, code)
    after = (await bench.events())[len(before) :]
    assert [each for each in after if each["kind"] != "DepositTurnedAway"] == []  # which says so, and takes nothing
    assert bench.doors.pulses == []


async def test_consent_in_the_body_fills_silence(bench):
    await bench.resident("2-2", "Not Asked", "+8613800000004", consent=None)
    courier = await bench.client("deposit")
    body = bench.deposit_body(recipient={"unit": "2-2"}, consent="addressed-to-locker")
    assert (await courier.post("/deposits", json=body)).status_code == 201


async def test_a_live_tracking_number_is_not_taken_twice(bench):
    await bench.store("SF1")
    courier = await bench.client("deposit")
    assert_problem(await courier.post("/deposits", json=bench.deposit_body("SF1")), 409, "duplicate-tracking")


async def test_REC_04_a_number_behind_its_postcode_is_the_number_without_it(bench):
    courier = await bench.client("deposit", "read")
    scanned = "420902109400111899223100000000"
    stored = await courier.post("/deposits", json=bench.deposit_body("9400 1118 9922 3100 0000 00"))
    assert stored.status_code == 201
    assert_problem(await courier.post("/deposits", json=bench.deposit_body(scanned)), 409, "duplicate-tracking")
    found = (await courier.get("/parcels", params={"tracking": scanned})).json()["items"]
    assert [parcel["id"] for parcel in found] == [stored.json()["parcel"]]


@pytest.mark.parametrize(
    "tracking", ["PL1.ABCDEFGHIJKLMNOPQRSTUVWXYZ", "https://x.example/1", "BEGIN:VCARD", "\u200b\u00ad"]
)
async def test_SEC_a_token_a_link_and_a_card_are_no_tracking_number(bench, tracking):
    courier = await bench.client("deposit")
    answer = await courier.post("/deposits", json=bench.deposit_body(tracking))
    assert answer.status_code == 422
    assert "tracking" in answer.text


@pytest.mark.parametrize("nothing", ["\u200b", "\u00ad\u2060", "\u3164", "--", "?", "\u2800"])
@pytest.mark.parametrize("field", ["name", "unit"])
async def test_REC_01_a_name_of_nothing_is_refused(bench, field, nothing):
    staff = await bench.client("staff")
    body = {"unit": "1", "name": "Ann", "phone": "+8613800000001", "consent": True, field: nothing}
    answer = await staff.put("/residents", json=body)
    assert answer.status_code == 422
    assert field in answer.text


async def test_a_full_cabinet_says_no_space(bench):
    for number in range(6):
        await bench.store(f"SF{number}")
    courier = await bench.client("deposit")
    assert_problem(await courier.post("/deposits", json=bench.deposit_body("SF7")), 409, "no-space")


async def test_unknown_used_and_returned_codes_get_the_same_404(bench):
    stored = await bench.store()
    gate = await bench.client("pickup")
    unknown = await gate.post("/pickups", json={"code": "00000000" if stored["code"] != "00000000" else "11111111"})
    bench.clock.advance(2)
    assert_problem(unknown, 404, "unknown-code")
    await gate.post("/pickups", json={"code": stored["code"]})
    await bench.shut(stored["compartment"])
    bench.clock.advance(61)
    await bench.settle()
    used = await gate.post("/pickups", json={"code": stored["code"]})
    assert used.json() == unknown.json()


async def test_a_code_of_a_strange_shape_is_a_try_like_any_other(bench):
    gate = await bench.client("pickup")
    for code in ["1", "abc", "12345678901234567890", "ÄÖ", "١٢٣٤٥٦٧٨"]:
        assert_problem(await gate.post("/pickups", json={"code": code}), 404, "unknown-code")
        bench.clock.advance(1.5)
    assert len(await bench.events("CodeRejected")) == 5


async def test_within_a_second_of_a_wrong_try_every_try_is_429_with_retry_after(bench):
    stored = await bench.store()
    gate = await bench.client("pickup")
    await gate.post("/pickups", json={"code": "1"})
    answer = await gate.post("/pickups", json={"code": stored["code"]})
    assert_problem(answer, 429, "throttled")
    assert int(answer.headers["retry-after"]) >= 1
    bench.clock.advance(1.01)
    assert (await gate.post("/pickups", json={"code": stored["code"]})).status_code == 201


async def test_each_token_has_its_own_bucket_and_an_empty_one_asks_for_the_second_item(bench):
    stored = await bench.store()
    gate = await bench.client("pickup")
    for _ in range(10):
        assert_problem(await gate.post("/pickups", json={"code": "1"}), 404, "unknown-code")
        bench.clock.advance(1.5)
    assert_problem(await gate.post("/pickups", json={"code": stored["code"]}), 409, "second-needed")
    other = await bench.client("pickup", "read")
    assert_problem(await other.post("/pickups", json={"code": "1"}), 404, "unknown-code")
    wrong = await gate.post("/pickups", json={"code": stored["code"], "second": "9999"})
    assert_problem(wrong, 404, "unknown-code")
    bench.clock.advance(1.5)
    answer = await gate.post("/pickups", json={"code": stored["code"], "second": "0001"})
    assert answer.status_code == 201


async def test_staff_find_a_busy_door_and_an_unseen_one(bench):
    courier = await bench.client("deposit")
    deposit = (await courier.post("/deposits", json=bench.deposit_body())).json()
    staff = await bench.client("staff")
    answer = await staff.post(f"/compartments/{deposit['compartment']}/open", json={"reason": "x"})
    assert_problem(answer, 409, "busy")
    await staff.post("/compartments/A6/retire", json={"reason": "x"})
    bench.doors.see("A6", Seen.UNSEEN)
    await bench.settle()
    assert_problem(await staff.post("/compartments/A6/restore"), 409, "door-unseen")


async def test_a_sealed_locker_refuses_every_order_with_sealed(bench):
    orders = [
        (await bench.client("deposit"), "/deposits", bench.deposit_body()),
        (await bench.client("pickup"), "/pickups", {"code": "12345678"}),
        (await bench.client("staff"), "/compartments/A1/open", {"reason": "x"}),
        (await bench.client("staff"), "/compartments/A1/retire", {"reason": "x"}),
    ]
    bench.engine.seal("The disk is full.")
    for client, call, body in orders:
        assert_problem(await client.post(call, json=body), 409, "sealed")
    assert bench.doors.pulses == []


@pytest.mark.parametrize(
    ("method", "path", "scope", "body"),
    [
        ("GET", "/deposits/dnone", "deposit", None),
        ("GET", "/deposits/x", "deposit", None),
        ("POST", "/deposits/dnone/cancel", "deposit", None),
        ("POST", "/deposits/dnone/resize", "deposit", {"size": "S"}),
        ("POST", "/deposits/dnone/reopen", "deposit", None),
        ("GET", "/compartments/Z9", "read", None),
        ("POST", "/compartments/Z9/open", "staff", {"reason": "x"}),
        ("POST", "/compartments/Z9/clear", "staff", {"content": "empty"}),
        ("POST", "/compartments/Z9/retire", "staff", {"reason": "x"}),
        ("POST", "/compartments/Z9/restore", "staff", None),
        ("GET", "/parcels/pnone", "read", None),
        ("GET", "/parcels/%00%ff", "read", None),
        ("GET", "/parcels/p%0A1", "read", None),
        ("POST", "/deposits/%0A/cancel", "deposit", None),
    ],
)
async def test_an_unknown_id_is_404(bench, method, path, scope, body):
    client = await bench.client(scope)
    assert_problem(await client.request(method, path, json=body), 404, "unknown")
