"""Who had access to which door, when: every door that moved is told with a name or as nobody's."""

import pytest
from machine_bench import COURIER, a_bench

from locker.core.model import Seen
from locker.core.reasons import NotStored


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


async def test_SEC_08_every_order_and_every_opening_of_a_door_has_its_name_and_time(bench):
    stored = await bench.store()
    door = stored["compartment"]
    app = await bench.client("pickup")
    assert (await app.post("/pickups", json={"code": stored["code"]})).status_code == 201
    await bench.shut(door)
    bench.clock.advance(120)
    await bench.settle()
    staff = await bench.client("staff")
    assert (await staff.post(f"/compartments/{door}/open", json={"reason": "cleaning"})).status_code == 201
    await bench.shut(door)
    bench.doors.see(door, Seen.OPEN)
    await bench.settle()

    told = [event for event in await bench.events() if event["data"].get("compartment") == door]
    orders = [(e["by"], e["data"]["kind"], e["data"]["reason"]) for e in told if e["kind"] == "UnlockOrdered"]
    assert orders == [
        ("token:deposit", "deposit", ""),
        ("token:pickup", "pickup", ""),
        ("token:staff", "staff", "cleaning"),
    ]
    assert bench.doors.pulses == [door] * 3
    # Each opening names its visit, whose order names the person; one without is nobody's: the key, or a crowbar.
    visits = [e["data"]["visit"] for e in told if e["kind"] == "UnlockOrdered"]
    assert [e["data"]["visit"] for e in told if e["kind"] == "DoorOpened"] == [*visits, ""]
    assert all(e["at"].endswith("Z") for e in told)


async def test_SEC_08_REL_06_in_the_journal_a_courier_never_takes_the_place_of_the_recipient(bench):
    stored = await bench.store()
    courier = await bench.client("deposit")
    for path in ("cancel", "resize"):
        body = {"size": "S"} if path == "resize" else {}
        bench.clock.advance(120)
        assert (await courier.post(f"/deposits/{stored['deposit']}/{path}", json=body)).json()["code"] == "not-now"
    assert (await courier.post("/pickups", json={"code": stored["code"]})).status_code == 403
    assert await bench.events("ParcelCollected") == []


@pytest.mark.parametrize("reason", [*NotStored])
async def test_EXC_01_a_cancel_may_say_why_and_the_event_keeps_it(bench, reason):
    courier = await bench.client("deposit")
    deposit = (await courier.post("/deposits", json=bench.deposit_body())).json()
    await bench.settle()
    answer = await courier.post(f"/deposits/{deposit['deposit']}/cancel", json={"reason": reason.value})
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    (left,) = await bench.events("DepositLeaving")
    assert (left["data"]["reason"], left["by"]) == (reason.value, "token:deposit")
    await bench.shut(deposit["compartment"])
    reader = await bench.client("read")
    use = (await reader.get(f"/compartments/{deposit['compartment']}")).json()["use"]
    assert use == ("check" if reason is NotStored.OCCUPIED else "free")


async def test_EXC_01_a_reason_that_is_none_of_the_codes_is_named_and_cancels_nothing(bench):
    courier = await bench.client("deposit")
    deposit = (await courier.post("/deposits", json=bench.deposit_body())).json()
    for wrong in ("rain", "", 3, ["absent"]):
        answer = await courier.post(f"/deposits/{deposit['deposit']}/cancel", json={"reason": wrong})
        assert (answer.status_code, answer.json()["field"]) == (422, "reason")
    assert (await courier.get(f"/deposits/{deposit['deposit']}")).json()["state"] == "depositing"


async def test_EXC_01_what_a_courier_may_answer_at_the_first_call_too(bench):
    courier = await bench.client("deposit")
    damaged = await courier.post("/deposits", json=bench.deposit_body(damaged=True))
    nobody = await courier.post("/deposits", json=bench.deposit_body(recipient={"unit": "9-999"}))
    assert (damaged.json()["code"], nobody.json()["code"]) == ("damaged", "unknown-recipient")
    assert COURIER["name"] not in damaged.text
