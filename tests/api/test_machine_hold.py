"""Holding a parcel, and giving parcels more time, over the machine API."""

import pytest
from machine_bench import a_bench, said

HOUR = 3600


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path, free_hours=10) as bench:
        await bench.resident()
        yield bench


async def test_REL_08_a_held_parcel_stays_until_the_hold_ends_and_the_reason_stands_in_its_timeline(bench):
    staff, gate, reader = await bench.client("staff"), await bench.client("pickup"), await bench.client("read")
    stored = await bench.store()
    path = f"/parcels/{stored['parcel']}"
    told = await said(await staff.post(f"{path}/hold", json={"reason": "contents disputed"}))
    assert (told["parcel"], told["held"], told["compartment"]) == (stored["parcel"], True, stored["compartment"])
    assert (await said(await gate.post("/pickups", json={"code": stored["code"]}), 409))["code"] == "held"
    assert bench.doors.pulses == [stored["compartment"]], "only the deposit's own pulse"
    detail = await said(await reader.get(path))
    assert detail["held"]
    (line,) = [each for each in detail["timeline"] if each["kind"] == "ParcelHeld"]
    assert (line["by"], line["data"]["reason"]) == ("token:staff", "contents disputed")

    bench.clock.advance(5 * HOUR)
    told = await said(await staff.post(f"{path}/unhold"))
    assert told["deadline"] > "2026-03-01T22:59", "ten free hours, and five that it was held"
    assert not (await said(await reader.get(path)))["held"]
    assert (await gate.post("/pickups", json={"code": stored["code"]})).status_code == 201


async def test_a_hold_needs_a_reason_and_a_repeat_with_its_key_gets_the_first_answer(bench):
    staff = await bench.client("staff")
    path = f"/parcels/{(await bench.store())['parcel']}/hold"
    assert (await said(await staff.post(path, json={}), 422))["field"] == "reason"
    key = {"Idempotency-Key": "h1"}
    first = await said(await staff.post(path, json={"reason": "x"}, headers=key))
    assert await said(await staff.post(path, json={"reason": "x"}, headers=key)) == first
    assert (await said(await staff.post(path, json={"reason": "x"}), 409))["code"] == "not-now"
    assert len(await bench.events("ParcelHeld")) == 1


async def test_R9_a_parcel_is_extended_once_by_who_stands_for_its_resident(bench):
    gate = await bench.client("pickup")
    path = f"/parcels/{(await bench.store())['parcel']}/extend"
    told = await said(await gate.post(path, json={"hours": 24}))
    assert told["deadline"].startswith("2026-03-02T18:00")
    assert (await said(await gate.post(path, json={"hours": 24}), 409))["code"] == "not-now"
    for hours in (0, 721, 1.5, "1", None):
        assert (await said(await gate.post(path, json={"hours": hours}), 422))["field"] == "hours"


async def test_O12_deadlines_are_shifted_for_all_or_for_those_who_fit(bench):
    staff, reader = await bench.client("staff"), await bench.client("read")
    await bench.resident("2-101", "Zhao Lei", "+8613800000002")
    one = await bench.store("SF0001")
    other = await bench.store("SF0002", recipient={"unit": "2-101"})
    both = [one["parcel"], other["parcel"]]
    body = {"hours": 48, "reason": "storm"}
    assert (await said(await staff.post("/deadlines", json=body)))["parcels"] == sorted(both)
    for only, meant in [
        ({"unit": "2-101"}, [other["parcel"]]),
        ({"compartment": one["compartment"]}, [one["parcel"]]),
        ({"bank": "left"}, sorted(both)),
        ({"bank": "left", "compartment": "A6"}, []),
        ({"bank": "nowhere"}, []),
        ({"carrier": "sf express"}, sorted(both)),
        ({"carrier": "another"}, []),
        ({"overdue": True}, []),
    ]:
        told = await said(await staff.post("/deadlines", json={"hours": 1, "reason": "outage", "filter": only}))
        assert told["parcels"] == meant, only
    detail = await said(await reader.get(f"/parcels/{one['parcel']}"))
    assert detail["deadline"].startswith("2026-03-03T21:00"), "10 free hours, 48, and three times one"
    shifted = [each["data"] for each in detail["timeline"] if each["kind"] == "DeadlineShifted"]
    assert [each["reason"] for each in shifted] == ["storm", "outage", "outage", "outage"]
    assert (await said(await staff.post("/deadlines", json={"hours": 1}), 422))["field"] == "reason"
    assert (await said(await staff.post("/deadlines", json={**body, "filter": {"x": 1}}), 422))["field"] == "filter.x"
