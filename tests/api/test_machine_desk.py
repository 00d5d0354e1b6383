"""`/desk` over the machine API, and what may be said of any parcel beside its label."""

import pytest
from machine_bench import COURIER, a_bench
from pydantic import TypeAdapter

from api.machine.desk_operations import DESK_OPERATIONS

TO = {"unit": "1-201"}
SENDER = {"unit": "1-201", "name": "Wang Ming"}
ALL = ("read", "deposit", "pickup", "staff")


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


def _shaped(path, answer):
    """The answer, which has the status and the shape that the document tells."""
    told = next(each for each in DESK_OPERATIONS if each.path == path)
    assert answer.status_code == told.status, answer.text
    TypeAdapter(told.answer).validate_json(answer.content, strict=True)
    return answer.json()


async def _told(bench, parcel):
    return (await (await bench.client("read")).get(f"/parcels/{parcel}")).json()


async def test_OB_21_staff_leave_a_key_behind_a_door_and_its_resident_is_told_the_code(bench):
    staff = await bench.client("staff")
    told = await staff.post("/desk", json={"recipient": TO, "size": "S", "type": "key"})
    answer = _shaped("/desk", told)
    parcel, door = answer["parcel"], answer["compartment"]
    await bench.settle()
    await bench.shut(door)
    seen = await _told(bench, parcel)
    assert (seen["direction"], seen["type"], seen["state"], seen["to_staff"]) == ("desk", "key", "stored", False)
    back = await staff.post(f"/parcels/{parcel}/take-over")
    _shaped("/parcels/{parcel}/take-over", back)
    await bench.settle()
    await bench.shut(door)
    assert (await _told(bench, parcel))["state"] == "withdrawn"


async def test_OB_21_a_resident_leaves_goods_for_staff_with_a_booking(bench):
    caller, staff = await bench.client("deposit"), await bench.client("staff")
    told = await caller.post("/desk/bookings", json={"sender": SENDER, "size": "S", "type": "goods"})
    booked = _shaped("/desk/bookings", told)
    brought = await caller.post("/deposits", json={"booking": booked["booking"], "code": booked["code"]})
    assert brought.status_code == 201, brought.text
    door = brought.json()["compartment"]
    await bench.settle()
    await bench.shut(door)
    seen = await _told(bench, booked["parcel"])
    assert (seen["direction"], seen["to_staff"], seen["state"]) == ("desk", True, "stored")
    for path, body in (("withdraw", {"courier": COURIER}), ("hand-over", {"courier": COURIER})):
        refused = await (await bench.client(*ALL)).post(f"/parcels/{booked['parcel']}/{path}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (404, "unknown")
    await staff.post(f"/parcels/{booked['parcel']}/take-over")
    await bench.settle()
    await bench.shut(door)
    assert (await _told(bench, booked["parcel"]))["state"] == "collected"


async def test_the_list_of_parcels_goes_by_direction(bench):
    await bench.store("SF1")
    staff, reader = await bench.client("staff"), await bench.client("read")
    key = (await staff.post("/desk", json={"recipient": TO, "size": "S", "type": "key"})).json()["parcel"]
    body = {"sender": SENDER, "carrier": "SF Express", "size": "S", "type": "parcel"}
    out = (await (await bench.client("deposit")).post("/outbound", json=body)).json()["parcel"]
    listed = {}
    for direction in ("in", "out", "desk"):
        items = (await reader.get(f"/parcels?direction={direction}")).json()["items"]
        listed[direction] = [each["id"] for each in items]
    assert (listed["out"], listed["desk"], len(listed["in"])) == ([out], [key], 1)


@pytest.mark.parametrize(
    "body",
    [
        {"recipient": TO, "size": "S"},
        {"recipient": TO, "size": "S", "type": "oversize"},
        {"recipient": TO, "size": "S", "type": "key", "courier": COURIER},
        {"size": "S", "type": "key"},
        {"recipient": TO, "size": "S", "type": "key", "details": {"weight_g": 0}},
        {"recipient": TO, "size": "S", "type": "key", "details": {"colour": "red"}},
    ],
)
async def test_what_cannot_be_read_is_422(bench, body):
    answer = await (await bench.client("staff")).post("/desk", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert bench.doors.pulses == []


async def test_only_who_may_puts_something_in_over_the_desk(bench):
    body = {"recipient": TO, "size": "S", "type": "key"}
    assert (await (await bench.client("read", "deposit", "pickup")).post("/desk", json=body)).status_code == 403
    courier = await bench.client(*ALL)
    answer = await courier.post("/deposits", json=bench.deposit_body() | {"type": "key"})
    assert answer.status_code == 422, "a courier brings no keys"


async def test_REC_06_what_is_said_of_a_parcel_beside_its_label_is_kept_with_it_and_not_in_the_journal(bench):
    details = {
        "sender": "Aunt Zhao",
        "weight_g": 1250,
        "length_mm": 400,
        "width_mm": 300,
        "height_mm": 120,
        "pieces": 2,
        "notes": "this side up",
    }
    body = bench.deposit_body("SF77") | {"type": "fragile", "details": details}
    told = (await (await bench.client("deposit")).post("/deposits", json=body)).json()
    seen = await _told(bench, told["parcel"])
    assert (seen["type"], seen["flags"], seen["details"]) == ("fragile", ["fragile"], details)
    assert not any("Zhao" in row[0] for row in bench.context.journal.db.execute("select data from event"))


async def test_REC_11_C17_what_is_oversize_is_refused_at_the_door_and_taken_at_a_place(bench):
    body = bench.deposit_body("SF78") | {"type": "oversize"}
    refused = await (await bench.client("deposit")).post("/deposits", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "too-large")
    kept = await (await bench.client("staff")).post("/places/shelf/parcels", json=body)
    assert kept.status_code == 201, kept.text
    assert (await _told(bench, kept.json()["parcel"]))["type"] == "oversize"


async def test_REC_06_details_of_an_announced_parcel_stay_with_it(bench):
    until = "2026-03-02T08:00:00Z"
    announced = {"tracking": "SF79", "recipient": TO, "size": "S", "carrier": "SF Express", "until": until}
    carrier = await bench.client("deposit")
    announced |= {"type": "liquid", "details": {"sender": "Aunt Zhao"}}
    parcel = (await carrier.post("/expected", json=announced)).json()["parcel"]
    brought = await carrier.post("/deposits", json={"tracking": "SF79", "courier": COURIER})
    assert brought.json()["parcel"] == parcel
    seen = await _told(bench, parcel)
    assert (seen["type"], seen["flags"], seen["details"]) == ("liquid", ["liquid"], {"sender": "Aunt Zhao"})
