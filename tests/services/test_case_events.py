"""Cases that open by themselves, dangers that freeze doors, and what is forgotten with a person."""

import json

import pytest
from case_bench import case_bench, png
from services_bench import running, until

from locker.core.events.courier_events import ParcelNotAccepted
from locker.core.model import Seen, Use
from locker.core.parcel_words import RejectReason
from locker.core.reasons import NotStored, RefusalReason, Refused
from locker.journal.audit import audit
from locker.services.cases import KINDS, Danger, Outcome, call_list
from locker.services.command_service import DepositActor
from locker.services.notices.staff_alarm import calls_staff
from locker.services.people import WishRegister, erase_resident

ME = "staff:he.jun"


@pytest.fixture
async def bench(tmp_path, clock):
    async with case_bench(tmp_path, clock) as bench:
        yield bench


async def left(bench, reason, tracking="SF1"):
    """A courier who began a deposit and could not put it in."""
    deposit = await bench.deposit(tracking)
    await bench.commands.cancel(deposit.deposit, DepositActor("token:test"), reason=reason)
    await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
    return deposit


async def test_EXC_02_each_exception_of_a_courier_opens_a_case_that_finds_an_owner_once(bench):
    await bench.resident()
    await bench.watch.catch_up()
    opening = [reason for reason in NotStored if reason in KINDS and KINDS[reason].opens_itself]
    assert len(opening) == 9
    for number, reason in enumerate(opening):
        await left(bench, reason, f"SF{number}")
    await left(bench, None, "SF90")
    await left(bench, NotStored.OTHER, "SF91")
    for _ in range(2):
        await bench.watch.catch_up()
    cases = await bench.cases.open_cases()
    assert {each.kind.name for each in cases} == {each.value for each in opening}
    assert len(cases) == len(opening)
    assert all(each.owner for each in cases)
    assert {each.unit for each in cases} == {"1203"}


async def test_EXC_01_a_parcel_that_never_came_to_a_door_opens_a_case_by_its_code(bench):
    resident = await bench.resident()
    await bench.watch.catch_up()
    event = ParcelNotAccepted(company="SF", recipients=(resident,), reason="gate-locked")
    await bench.engine.record(event, "courier:c1")
    await bench.watch.catch_up()
    (case,) = await bench.cases.open_cases()
    assert (case.kind.name, case.unit, case.resident, case.parcel) == ("gate-locked", "1203", resident, "")


async def test_EXC_05_what_a_resident_rejects_at_the_door_opens_a_case_of_harm_at_once(bench):
    from locker.core.messages.parcel_commands import Reject

    await bench.resident()
    deposit = await bench.store()
    async with running(bench.watch.run()):
        code, _ = await bench.secrets(deposit.parcel)
        pickup = await bench.commands.pickup(source="kiosk", by="kiosk", code=code)
        await bench.door(deposit.compartment, Seen.OPEN)
        await bench.engine.ask(
            Reject(by="kiosk", source="kiosk", pickup=pickup.pickup, parcel=deposit.parcel, why=RejectReason.DAMAGED)
        )

        async def opened():
            return await bench.cases.open_cases()

        (case,) = await until(opened, "the case")
    assert (case.kind.name, case.parcel, case.compartment) == ("damaged", deposit.parcel, deposit.compartment)


async def test_EXC_02_no_case_is_opened_twice_over_a_restart(bench):
    await bench.resident()
    await bench.watch.catch_up()
    await left(bench, NotStored.ABSENT)
    await bench.watch.catch_up()
    await bench.journal.write(lambda db: db.execute("update follower set seq = 0 where name = 'cases'"))
    bench = await bench.again()
    try:
        await bench.watch.catch_up()
        assert len(await bench.cases.open_cases()) == 1
    finally:
        await bench.stop()
        await bench.start()


async def test_SLA_05_a_danger_freezes_doors_warns_at_the_screen_and_calls_staff_at_once(bench):
    await bench.resident()
    deposit = await bench.store()
    there = deposit.compartment
    receipt = await bench.work.emergencies.declare(Danger.LEAK, [there, "A6"], ME, "it smells")
    case = (await bench.cases.whole(receipt.number)).case
    assert (int(case.priority), case.owner) == (1, "he.jun")
    (warning,) = bench.work.emergencies.warnings
    assert (warning.danger, warning.doors) == (Danger.LEAK, tuple(sorted({there, "A6"})))
    assert bench.engine.site.compartments["A6"].use is Use.RETIRED
    code, _ = await bench.secrets(deposit.parcel)
    with pytest.raises(Refused) as frozen:
        await bench.commands.pickup(source="kiosk", by="kiosk", code=code)
    assert frozen.value.reason is RefusalReason.HELD
    (told,) = await bench.events("EmergencyDeclared")
    assert calls_staff("EmergencyDeclared", json.loads(told["data"]))
    with pytest.raises(Refused) as dangerous:
        await bench.cases.close(receipt.number, Outcome.WITHDRAWN, ME)
    assert dangerous.value.missing == ("danger-over",)
    await bench.work.emergencies.end(receipt.number, ME)
    assert bench.work.emergencies.warnings == []
    assert bench.engine.site.compartments["A6"].use is Use.FREE
    await bench.collect(deposit)


async def test_SLA_05_the_whole_cabinet_stays_frozen_over_a_restart(bench):
    receipt = await bench.work.emergencies.declare(Danger.FIRE, [], ME)
    assert {each.use for each in bench.engine.site.compartments.values()} == {Use.RETIRED}
    bench = await bench.again()
    try:
        (warning,) = bench.work.emergencies.warnings
        assert (warning.number, warning.doors) == (receipt.number, ())
        with pytest.raises(Refused):
            await bench.deposit()
        await bench.door("A1", Seen.SHUT)
        for door in ("A2", "A3", "A4", "A5", "A6"):
            await bench.door(door, Seen.SHUT)
        await bench.work.emergencies.end(receipt.number, ME)
        assert {each.use for each in bench.engine.site.compartments.values()} == {Use.FREE}
    finally:
        await bench.stop()
        await bench.start()


async def test_SLA_05_a_door_at_which_somebody_is_is_frozen_as_soon_as_they_have_gone(bench):
    await bench.resident()
    deposit = await bench.deposit()
    async with running(bench.watch.run()):
        await bench.work.emergencies.declare(Danger.THREAT, [deposit.compartment], ME)
        assert bench.engine.site.parcels[deposit.parcel].held == ""
        await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)

        async def held():
            return bool(bench.engine.site.parcels[deposit.parcel].held)

        await until(held, "the hold")


async def test_SLA_05_what_others_had_frozen_before_is_not_let_go_with_the_danger(bench):
    await bench.commands.retire("A5", "broken", ME)
    receipt = await bench.work.emergencies.declare(Danger.HURT, ["A5", "A6"], ME)
    await bench.work.emergencies.end(receipt.number, ME)
    assert bench.engine.site.compartments["A5"].use is Use.RETIRED
    assert bench.engine.site.compartments["A6"].use is Use.FREE


def test_SLA_05_whom_to_call_is_known_by_country():
    assert dict(call_list("CN")) == {"fire-brigade": "119", "ambulance": "120", "police": "110"}
    assert {number for _, number in call_list(None)} == {"112"}


async def test_what_people_wrote_in_a_case_that_has_ended_is_forgotten_with_them_and_an_open_one_waits(bench):
    resident = await bench.resident(unit="1202", name="Qian Li")
    done = (await bench.open("damaged", text="my glass", unit="1202", resident=resident, photos=(png(3),))).number
    (photo,) = (await bench.cases.whole(done)).photos
    await bench.solved(done)
    running_case = (await bench.open(text="still here", unit="1202", resident=resident)).number
    await bench.watch.catch_up()
    wishes = WishRegister(bench.journal, bench.engine)
    await erase_resident(bench.engine, bench.directory, wishes, resident, ME)
    await bench.watch.catch_up()
    whole = await bench.cases.whole(done)
    assert (whole.case.unit, whole.case.resident, whole.photos) == ("", "", ())
    assert {each.text for each in whole.entries} == {""}
    with pytest.raises(Refused):
        await bench.cases.photo(done, photo.sha256)
    assert not (bench.folder / "case-photos" / photo.sha256).exists()
    assert [each.text for each in (await bench.cases.whole(running_case)).entries] == ["still here"]
    await bench.solved(running_case)
    await bench.watch.catch_up()
    assert {each.text for each in (await bench.cases.whole(running_case)).entries} == {""}
    assert audit(bench.journal.db) == bench.journal.seq
