"""The machine API of contract.md 4 from end to end: a parcel in, a code out, staff at the doors."""

import pytest
from machine_bench import COURIER, SIZES, a_bench

from locker.core.model import Seen


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench:
        await bench.resident()
        yield bench


async def test_a_deposit_answers_201_with_the_four_fields_and_orders_the_door(bench):
    courier = await bench.client("deposit")
    answer = await courier.post("/deposits", json=bench.deposit_body())
    assert answer.status_code == 201
    deposit = answer.json()
    assert set(deposit) == {"deposit", "parcel", "compartment", "state"}
    assert answer.headers["cache-control"] == "no-store"
    assert deposit["state"] == "depositing"
    await bench.settle()
    assert bench.doors.pulses == [deposit["compartment"]]


async def test_a_deposit_is_live_stored_when_its_door_was_seen_open_and_shut(bench):
    stored = await bench.store()
    courier = await bench.client("deposit")
    answer = await courier.get(f"/deposits/{stored['deposit']}")
    assert answer.status_code == 200
    assert answer.json() == {name: stored[name] for name in ("deposit", "parcel", "compartment")} | {"state": "stored"}


async def test_an_opened_deposit_is_cancelled_and_its_compartment_free_when_shut(bench):
    courier = await bench.client("deposit")
    deposit = (await courier.post("/deposits", json=bench.deposit_body())).json()
    await bench.settle()
    answer = await courier.post(f"/deposits/{deposit['deposit']}/cancel")
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    await bench.shut(deposit["compartment"])
    reader = await bench.client("read")
    assert (await reader.get(f"/compartments/{deposit['compartment']}")).json()["use"] == "free"


async def test_resize_answers_with_the_new_compartment(bench):
    courier = await bench.client("deposit")
    deposit = (await courier.post("/deposits", json=bench.deposit_body())).json()
    await bench.settle()
    answer = await courier.post(f"/deposits/{deposit['deposit']}/resize", json={"size": "L"})
    assert answer.status_code == 200
    assert answer.json() == {**deposit, "compartment": "A5"}


async def test_reopen_within_the_grace_makes_it_depositing_again_and_later_not_now(bench):
    stored = await bench.store()
    courier = await bench.client("deposit")
    answer = await courier.post(f"/deposits/{stored['deposit']}/reopen")
    assert (answer.status_code, answer.json()["state"]) == (200, "depositing")
    await bench.shut(stored["compartment"])
    bench.clock.advance(61)
    late = await courier.post(f"/deposits/{stored['deposit']}/reopen")
    assert (late.status_code, late.json()["code"]) == (409, "not-now")


@pytest.mark.parametrize("by", ["code", "token"])
async def test_a_code_or_the_token_of_its_qr_opens_its_door_with_201(bench, by):
    stored = await bench.store()
    gate = await bench.client("pickup")
    answer = await gate.post("/pickups", json={by: stored[by]})
    assert answer.status_code == 201
    assert set(answer.json()) == {"pickup", "openings"}
    assert answer.json()["openings"] == [{"parcel": stored["parcel"], "compartment": stored["compartment"]}]
    await bench.shut(stored["compartment"])
    assert [event["data"]["parcel"] for event in await bench.events("ParcelCollected")] == [stored["parcel"]]


async def test_the_same_code_during_the_visit_is_201_with_the_same_pickup_and_no_pulse(bench):
    stored = await bench.store()
    gate = await bench.client("pickup")
    first = await gate.post("/pickups", json={"code": stored["code"]})
    await bench.settle()
    pulses = len(bench.doors.pulses)
    again = await gate.post("/pickups", json={"code": stored["code"]})
    await bench.settle()
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(bench.doors.pulses) == pulses


async def test_a_parcel_s_timeline_tells_its_way_and_holds_no_secret(bench):
    stored = await bench.store()
    reader = await bench.client("read")
    answer = await reader.get(f"/parcels/{stored['parcel']}")
    kinds = [event["kind"] for event in answer.json()["timeline"]]
    assert [kind for kind in ("DepositStarted", "UnlockOrdered", "DoorOpened", "ParcelStored") if kind in kinds] == [
        "DepositStarted",
        "UnlockOrdered",
        "DoorOpened",
        "ParcelStored",
    ]
    assert stored["code"] not in answer.text
    assert stored["token"] not in answer.text


async def test_QRY_01_parcels_are_found_by_state_unit_and_tracking_in_pages(bench):
    await bench.resident("1-202", "Chen Jie", "+8613800000002")
    await bench.store("SF1")
    await bench.store("SF2", recipient={"unit": "1-202"})
    await bench.store("SF3", size="M")
    reader = await bench.client("read")

    async def found(**query):
        return [item["tracking"] for item in (await reader.get("/parcels", params=query)).json()["items"]]

    assert sorted(await found(state="stored")) == ["SF1", "SF2", "SF3"]
    assert await found(unit="1-202") == ["SF2"]
    assert await found(tracking="SF3", state="stored", unit="1-201") == ["SF3"]
    assert await found(state="collected") == []
    first = (await reader.get("/parcels", params={"limit": 2})).json()
    rest = (await reader.get("/parcels", params={"limit": 2, "after": first["next"]})).json()
    assert len(first["items"]) == 2
    assert rest["next"] is None
    assert {item["tracking"] for item in first["items"] + rest["items"]} == {"SF1", "SF2", "SF3"}


async def test_compartments_answer_an_array_with_the_contract_s_fields(bench):
    stored = await bench.store()
    reader = await bench.client("read")
    found = (await reader.get("/compartments")).json()
    assert [each["id"] for each in found] == ["A1", "A2", "A3", "A4", "A5", "A6"]
    assert all(set(each) == {"id", "size", "use", "seen", "bank", "since", "parcels"} for each in found)
    held = next(each for each in found if each["id"] == stored["compartment"])
    assert (held["use"], held["seen"], held["parcels"]) == ("loaded", "shut", [stored["parcel"]])


async def test_staff_open_clear_retire_and_restore(bench):
    staff = await bench.client("staff")
    opened = await staff.post("/compartments/A5/open", json={"reason": "light bulb"})
    assert opened.status_code == 201
    assert opened.json()["id"] == "A5"
    await bench.settle()
    not_yet = await staff.post("/compartments/A5/clear", json={"content": "empty"})
    assert (not_yet.status_code, not_yet.json()["code"]) == (409, "not-now")
    await bench.shut("A5")
    for call, body, use in [
        ("clear", {"content": "empty"}, "free"),
        ("retire", {"reason": "hinge"}, "retired"),
        ("restore", None, "free"),
    ]:
        answer = await staff.post(f"/compartments/A5/{call}", json=body)
        assert (answer.status_code, answer.json()["use"]) == (200, use)
    orders = await bench.events("UnlockOrdered")
    assert (orders[-1]["by"], orders[-1]["data"]["reason"]) == ("token:staff", "light bulb")


async def test_a_resident_is_created_then_changed_by_unit_and_name(bench):
    staff = await bench.client("staff")
    card = {"unit": " 9-9 ", "name": "Ann Lee", "phone": "+86 (138) 1111-2222", "consent": None, "reach": True}
    first = await staff.put("/residents", json=card)
    assert first.status_code == 200
    assert first.json()["phone"] == "+8613811112222"
    assert first.json()["unit"] == "9-9"
    second = await staff.put(
        "/residents", json={"unit": "9-9", "name": "Ann Lee", "phone": "55551234", "consent": False}
    )
    assert second.json() == {**first.json(), "phone": "55551234", "consent": False}


async def test_REC_01_a_phone_that_cannot_be_dialled_is_kept_and_warned_of_at_once(bench):
    good = await bench.resident("9", "Ann Lee", "+44 (0)20\u00a07946\u20110123")
    assert good["phone"] == "+442079460123"
    assert "warnings" not in good
    bad = await bench.resident("9", "Bob Lee", "+44 7700 900123")
    assert (bad["phone"], bad["warnings"]) == ("+447700900123", ["phone-not-dialable"])
    wide = await bench.resident("9", "Cy Lee", "\uff0b\uff18\uff16 138 0000 0009")
    assert wide["phone"] == "+8613800000009"


async def test_a_recipient_is_found_by_phone_and_by_unit_and_name(bench):
    courier = await bench.client("deposit")
    for number, recipient in enumerate(
        [{"phone": "+86 138-0000-0001"}, {"phone": "138****0001"}, {"unit": "1-201", "name": "Wang Ming"}]
    ):
        body = bench.deposit_body(f"T{number}", recipient=recipient)
        answer = await courier.post("/deposits", json=body)
        assert answer.status_code == 201, answer.text


async def test_health_needs_no_token_and_tells_of_unseen_doors_and_nothing_else(bench):
    anyone = await bench.client()
    hours = {"open": True, "changes_at": None}
    well = {"status": "ok", "version": "0.1.0", "unseen": [], "screen": None, **hours}
    well |= {"seen": list(SIZES), "warnings": [], "measures": {}}
    assert (await anyone.get("/health")).json() == well
    bench.doors.see("A2", Seen.UNSEEN)
    await bench.settle()
    others = [door for door in SIZES if door != "A2"]
    assert (await anyone.get("/health")).json() == well | {"status": "degraded", "unseen": ["A2"], "seen": others}
    bench.engine.seal("The disk is full.")
    answer = await anyone.get("/health")
    assert answer.json()["status"] == "sealed"
    assert "disk" not in answer.text


async def test_STO_07_metrics_tell_how_cold_it_is_where_a_sensor_can_say(bench):
    anyone = await bench.client()
    assert "temperature" not in (await anyone.get("http://locker/metrics")).text
    bench.context.temperatures.update(chest=4.5, blind=None)
    lines = (await anyone.get("http://locker/metrics")).text.splitlines()
    assert [line for line in lines if line.startswith("lockerd_temperature")] == [
        'lockerd_temperature_celsius{sensor="chest"} 4.5'
    ]


async def test_metrics_count_the_cabinet_in_the_prometheus_text_format(bench):
    await bench.store()
    anyone = await bench.client()
    answer = await anyone.get("http://locker/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert 'lockerd_parcels{state="stored"} 1' in lines
    assert 'lockerd_compartments{size="S",use="loaded"} 1' in lines
    assert 'lockerd_doors{seen="shut"} 6' in lines
    assert answer.text.endswith("\n")
    assert COURIER["name"] not in answer.text


async def test_NTF_10_a_parcel_tells_what_was_said_of_it_and_to_whom(bench):
    resident = await bench.resident()
    deposit = await bench.store()
    sql = """insert into outbox (id, event, recipient, template, parcel, due_at, tries, state, last_fault,
        created_at, done_at, channel, language, version, said)
        select 'n1', seq, ?, 'arrival', ?, at, 1, 'sent', '', at, at, 'phone', 'en', '0a1b2c3d', 'Code ••••'
        from event where kind = 'ParcelStored'"""
    await bench.context.journal.write(lambda db: db.execute(sql, [resident["id"], deposit["parcel"]]))
    reader = await bench.client("read")
    (told,) = (await reader.get(f"/parcels/{deposit['parcel']}")).json()["notices"]
    assert (told["recipient"], told["template"], told["state"]) == (resident["id"], "arrival", "sent")
    assert (told["channel"], told["version"], told["text"]) == ("phone", "0a1b2c3d", "Code ••••")
