"""Broadcasts and redelivery over the machine API."""

from datetime import date

import pytest
from machine_bench import a_bench, said

from api.machine.redelivery import RedeliveryView

OUTAGE = {"en": "No door opens until 18:00."}


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


async def test_NTF_07_staff_write_to_all_once_and_see_what_became_of_it(bench):
    staff, reader = await bench.client("staff"), await bench.client("read")
    body = {"template": "incident", "texts": OUTAGE}
    first = await said(await staff.put("/broadcasts/i1", json=body))
    assert (first["id"], first["audience"], first["author"], first["notices"]) == ("i1", "all", "token:staff", {})
    assert await said(await staff.put("/broadcasts/i1", json=body)) == first
    assert await said(await reader.get("/broadcasts")) == [first]
    taken = await said(await staff.put("/broadcasts/i1", json={**body, "texts": {"en": "Else."}}), 409)
    assert taken["code"] == "version-taken"
    assert (await reader.put("/broadcasts/i2", json=body)).status_code == 403
    for wrong, field in (
        ({**body, "template": "service-change"}, "effective_at"),
        ({**body, "template": "arrival"}, "template"),
        ({**body, "texts": {"en": ""}}, "texts.en"),
        ({**body, "template": "greeting"}, "template"),
    ):
        assert (await said(await staff.put("/broadcasts/i2", json=wrong), 422))["field"] == field
    assert (await said(await staff.put("/broadcasts/" + "x" * 41, json=body), 422))["field"] == "broadcast"


async def test_EXC_03_a_parcel_is_wanted_again_on_a_day_at_a_place(bench):
    staff = await bench.client("staff")
    parcel = (await bench.store("SF1"))["parcel"]
    path = f"/parcels/{parcel}/redelivery"
    asked = await said(await staff.put(path, json={"on": "2026-03-03", "to": "flat"}))
    assert RedeliveryView.model_validate(asked | {"on": date(2026, 3, 3)}).to == "flat"
    assert asked == {"parcel": parcel, "on": "2026-03-03", "to": "flat"}
    await said(await staff.put(path, json={"on": "2026-03-03", "to": "flat"}))
    assert len(await bench.events("RedeliveryAsked")) == 1
    assert (await said(await staff.put(path, json={"on": "2020-03-03", "to": "flat"}), 422))["field"] == "on"
    assert (await said(await staff.put(path, json={"on": "2026-03-03", "to": "moon"}), 422))["field"] == "to"
    assert (await staff.put("/parcels/p404/redelivery", json={"on": "2026-03-03", "to": "flat"})).status_code == 404


async def test_NTF_04_a_carrier_says_between_which_times_it_comes(bench):
    carrier = await bench.client("deposit")
    parcel = {
        "tracking": "SF9",
        "recipient": {"unit": "1-201"},
        "size": "S",
        "carrier": "SF Express",
        "until": "2026-03-01T20:00:00Z",
        "window": {"start": "2026-03-01T10:00:00Z", "end": "2026-03-01T12:00:00+01:00"},
    }
    await said(await carrier.post("/expected", json=parcel), 201)
    (event,) = await bench.events("ParcelExpected")
    body = event.body() if hasattr(event, "body") else event["data"]
    assert (body["window_from"], body["window_to"]) == ("2026-03-01T10:00:00.000Z", "2026-03-01T11:00:00.000Z")
    backward = {
        **parcel,
        "tracking": "SF10",
        "window": {"start": "2026-03-01T10:00:00Z", "end": "2026-03-01T09:00:00Z"},
    }
    assert (await said(await carrier.post("/expected", json=backward), 422))["field"] == "window"
