"""The monitor on a real engine: warnings are events, stand over a restart, call staff, and end; locks are counted."""

import asyncio
from types import SimpleNamespace

import pytest
from services_bench import Bench

from locker.core.events.service_events import HealthWarned
from locker.core.model import Seen
from locker.errors import HardwareFault
from locker.measures import BankMeter, Measure
from locker.services.health import DoorFollower, HealthMonitor, NoticeGauge, PowerWatch, Subject
from locker.services.health.door_follower import DOOR_FOLLOWER, TIMINGS_KEPT
from locker.services.health.health_monitor import LOOK_EVERY_SECONDS, WIRE_WINDOW
from locker.services.health.power_watch import FINISH_WITHIN, PARKED
from locker.services.notices import Audience
from locker.services.notices.alarm_texts import ALARM_TEXTS
from locker.services.notices.notice_follower import NoticeFollower

MINUTES = 60


class FarEnd:
    """The machine's files: what they say, or that they cannot be read."""

    def __init__(self, **measures):
        self.measures = {Measure(name): value for name, value in measures.items()}
        self.broken = False

    def says(self, **measures):
        self.measures |= {Measure(name): value for name, value in measures.items()}

    async def read(self):
        if self.broken:
            raise HardwareFault("The machine does not say how it is.")
        return dict(self.measures)


class Watch:
    """A monitor whose looks a test makes, each after its time."""

    def __init__(self, bench, clock):
        self.bench, self.clock = bench, clock
        self.machine = FarEnd()
        self.bank = SimpleNamespace(name="left", meter=BankMeter())
        self.begin()

    def begin(self):
        bench = self.bench
        self.doors = DoorFollower(bench.journal, bench.engine, lambda: [self.bank.meter])
        self.monitor = HealthMonitor(
            bench.engine, bench.journal, self.doors, lambda: [self.bank], PowerWatch(bench.engine)
        )
        self.monitor.add([self.machine])

    async def looks(self, seconds):
        """Look as often as the monitor does, until so many seconds have passed."""
        for _ in range(int(seconds / LOOK_EVERY_SECONDS) + 1):
            await self.monitor.look()
            self.clock.advance(LOOK_EVERY_SECONDS)

    async def recorded(self):
        sql = """select kind, json_extract(data, '$.subject') as subject, json_extract(data, '$.about') as about
                 from event where kind like 'Health%' order by seq"""
        return [tuple(row.values()) for row in await self.bench.rows(sql)]

    @property
    def standing(self):
        return [(each.subject, each.about) for each in self.monitor.warnings]


@pytest.fixture
def watch(bench, clock):
    return Watch(bench, clock)


async def test_UX_03_a_hot_computer_is_told_once_and_again_when_it_is_over(watch):
    watch.machine.says(cpu_celsius=62.0)
    await watch.looks(20 * MINUTES)
    assert await watch.recorded() == []
    watch.machine.says(cpu_celsius=84.0)
    await watch.looks(5 * MINUTES)
    assert await watch.recorded() == [], "a hot quarter of an hour at noon is no fault yet"
    await watch.looks(30 * MINUTES)
    assert await watch.recorded() == [("HealthWarned", "temperature", "")]
    assert watch.standing == [(Subject.TEMPERATURE, "")]
    watch.machine.says(cpu_celsius=78.0)
    await watch.looks(30 * MINUTES)
    assert watch.standing, "between the limits it stands"
    watch.machine.says(cpu_celsius=70.0)
    await watch.looks(10 * MINUTES)
    assert (await watch.recorded())[1:] == [("HealthRestored", "temperature", "")]
    assert watch.standing == []


async def test_a_warning_stands_over_a_restart_and_is_not_told_again(watch, clock):
    watch.machine.says(disk_free_ratio=0.02)
    await watch.looks(10 * MINUTES)
    await watch.bench.stop()
    watch.bench = await Bench(watch.bench.folder, clock).start()
    try:
        watch.begin()
        await watch.monitor.load()
        assert watch.standing == [(Subject.DISK, "")]
        await watch.looks(10 * MINUTES)
        assert await watch.recorded() == [("HealthWarned", "disk", "")]
        watch.machine.says(disk_free_ratio=0.5)
        await watch.looks(10 * MINUTES)
        assert watch.standing == []
    finally:
        await watch.bench.stop()


async def test_what_cannot_be_read_is_no_warning_and_ends_none(watch):
    watch.machine.says(undervoltage=1)
    await watch.looks(2 * MINUTES)
    assert watch.standing == [(Subject.UNDERVOLTAGE, "")]
    watch.machine.broken = True
    await watch.looks(120 * MINUTES)
    assert watch.standing == [(Subject.UNDERVOLTAGE, "")]
    assert watch.monitor.unread == ["The machine does not say how it is."]


async def test_what_was_taken_out_of_the_cabinet_wants_nobody(watch):
    watch.machine.says(camera_working=0)
    await watch.looks(20 * MINUTES)
    assert watch.standing == [(Subject.CAMERA, "")]
    watch.machine.measures = {}
    await watch.looks(MINUTES)
    assert watch.standing == []
    gone = HealthWarned(subject=Subject.LOCK_SLOW, about="Z9", value=1)
    await watch.bench.engine.record(gone, "machine")
    watch.begin()
    await watch.monitor.load()
    assert watch.standing == [(Subject.LOCK_SLOW, "Z9")]
    await watch.looks(MINUTES)
    assert watch.standing == []


async def test_while_sealed_nothing_is_lost_it_is_told_when_it_can_be_recorded(watch):
    healed = []
    watch.bench.engine.seal("full", until=lambda: None if healed else "full")
    watch.machine.says(disk_free_ratio=0.01)
    await watch.looks(20 * MINUTES)
    assert (await watch.recorded(), watch.standing) == ([], [])
    healed.append(True)
    watch.clock.advance(30)
    await watch.bench.quiet()
    await watch.looks(MINUTES)
    assert await watch.recorded() == [("HealthWarned", "disk", "")]


@pytest.mark.parametrize(("lost", "told"), [(10, True), (0, False)])
async def test_O9_a_wire_that_loses_answers_is_named_by_its_bank(watch, lost, told):
    for _ in range(2 * WIRE_WINDOW + 2):
        watch.bank.meter.requests += 75
        watch.bank.meter.errors += lost
        await watch.looks(0)
    assert watch.standing == ([(Subject.WIRE, "left")] if told else [])
    [wire] = watch.monitor.wires()
    assert wire.error_ratio == pytest.approx(lost / 75)


async def test_UX_03_staff_are_called_in_their_words(watch):
    notices = NoticeFollower(watch.bench.journal, watch.bench.engine, watch.bench.directory, lambda: None, Audience(2))
    watch.machine.says(on_battery=1)
    await watch.looks(2 * MINUTES)
    await notices.catch_up()
    rows = await watch.bench.rows("select recipient, template from outbox order by recipient")
    assert [tuple(row.values()) for row in rows] == [("staff:1", "staff-alarm"), ("staff:2", "staff-alarm")]
    details = await watch.bench.journal.read(_details_of_first)
    assert (details.alarm, details.door) == ("mains", "")


def _details_of_first(db):
    from locker.services.notices.outbox import _alarm_details

    return _alarm_details(db, db.execute("select id from outbox order by id").fetchone()[0])


@pytest.mark.parametrize("language", ALARM_TEXTS)
def test_every_subject_has_its_call_in_every_language(language):
    assert [each for each in Subject if not ALARM_TEXTS[language].get(each)] == []


async def test_the_age_of_the_oldest_notice_that_should_have_left(watch, bench):
    gauge = NoticeGauge(bench.engine, bench.journal)
    assert await gauge.read() == {Measure.NOTICE_WAITING_SECONDS: 0.0}
    await bench.resident()
    deposit = await bench.store()
    await NoticeFollower(bench.journal, bench.engine, bench.directory, lambda: None).catch_up()
    watch.clock.advance(600)
    assert (await gauge.read())[Measure.NOTICE_WAITING_SECONDS] == pytest.approx(600, abs=5)
    await bench.collect(deposit)
    watch.clock.advance(120)


# --- parking ------------------------------------------------------------------------------------------


async def test_O8_on_a_low_battery_the_visit_ends_first_and_then_nothing_opens_until_the_mains_are_back(watch, bench):
    await bench.resident()
    deposit = await bench.deposit()
    watch.machine.says(on_battery=1, battery_low=0)
    await watch.monitor.look()
    assert bench.engine.sealed is None
    watch.machine.says(battery_low=1)
    await watch.monitor.look()
    assert bench.engine.sealed is None, "somebody is at a door"
    await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
    assert not bench.engine.site.visits
    await watch.monitor.look()
    assert bench.engine.sealed == PARKED
    watch.clock.advance(60)
    await bench.quiet()
    assert bench.engine.sealed == PARKED, "the disk could be written, the battery is as low as before"
    watch.machine.says(on_battery=0, battery_low=0)
    await watch.monitor.look()
    watch.clock.advance(60)
    await bench.quiet()
    assert bench.engine.sealed is None


async def test_that_the_battery_is_low_is_told_before_the_cabinet_parks(watch, bench):
    watch.machine.says(on_battery=1, battery_low=1)
    await watch.monitor.look()
    assert bench.engine.sealed == PARKED
    assert await watch.recorded() == [("HealthWarned", "battery-low", "")]


async def test_a_visit_without_end_does_not_keep_a_low_battery_from_parking(watch, bench):
    await bench.resident()
    deposit = await bench.deposit()
    await bench.door(deposit.compartment, Seen.OPEN)
    watch.machine.says(on_battery=1, battery_low=1)
    await watch.monitor.look()
    assert bench.engine.sealed is None
    watch.clock.advance(FINISH_WITHIN)
    await watch.monitor.look()
    assert bench.engine.sealed == PARKED


async def test_a_cabinet_that_is_sealed_for_another_reason_stays_so(watch, bench):
    bench.engine.seal("no key", until=lambda: "no key")
    watch.machine.says(on_battery=1, battery_low=1)
    await watch.monitor.look()
    watch.machine.says(on_battery=0, battery_low=0)
    await watch.monitor.look()
    watch.clock.advance(60)
    await bench.quiet()
    assert bench.engine.sealed == "no key"


# --- counts of doors ----------------------------------------------------------------------------------


def of(doors, name):
    return next(each for each in doors if each.door == name)


async def test_doors_are_counted_from_the_journal_and_over_restarts(watch, bench):
    await bench.resident()
    parcels = [await bench.store(f"SF{n}") for n in range(3)]
    await watch.doors.load()
    await watch.doors.catch_up()
    before = {each.door: each.cycles for each in watch.doors.doors()}
    assert sum(before.values()) == 3
    await watch.doors.write()
    again = DoorFollower(bench.journal, bench.engine, list)
    await again.load()
    await again.catch_up()
    assert {each.door: each.cycles for each in again.doors()} == before
    await bench.collect(parcels[0])
    await again.catch_up()
    assert of(again.doors(), parcels[0].compartment).cycles == before[parcels[0].compartment] + 1
    # What was not written is read again: neither lost nor counted twice.
    third = DoorFollower(bench.journal, bench.engine, list)
    await third.load()
    await third.catch_up()
    assert third.doors() == again.doors()


async def test_live_events_are_counted_and_a_door_that_did_not_open_is_a_fault(watch, bench):
    running = asyncio.create_task(watch.doors.run())
    await bench.resident()
    deposit = await bench.deposit()
    for _ in range(8):
        watch.clock.advance(10)
        await bench.quiet()
        await bench.engine.heartbeat()
    await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
    for _ in range(20):
        await asyncio.sleep(0)
    doors = watch.doors.doors()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    faults = await bench.rows("select count(*) as n from event where kind = 'LockFault'")
    assert faults[0]["n"] > 0
    assert sum(each.rate.faults for each in doors) == faults[0]["n"]


async def test_timings_are_kept_by_day_a_few_of_each_and_a_wearing_lock_is_told(watch, bench):
    await watch.doors.load()
    for day in range(31):
        for _ in range(TIMINGS_KEPT + 5):
            watch.bank.meter.openings.append(("A3", (400 + 8 * day) / 1000))
        watch.bank.meter.openings.append(("A4", 0.4))
        await watch.doors.write()
        await watch.monitor.look()
        watch.clock.advance(86400)
    assert watch.standing == [(Subject.LOCK_SLOW, "A3")]
    slow = of(watch.doors.doors(), "A3")
    assert slow.slope == pytest.approx(8, abs=0.5)
    rows = await bench.rows("select count(*) as n, max(length(timings)) as longest from door_day")
    assert rows[0]["n"] <= 2 * 31, "a month, and no more"
    assert rows[0]["longest"] <= TIMINGS_KEPT * 4
    for _ in range(31):
        watch.bank.meter.openings.append(("A3", 0.4))
        await watch.doors.write()
        watch.clock.advance(86400)
    await watch.monitor.look()
    assert watch.standing == []


async def test_a_lock_that_wears_is_not_called_new_by_a_restart(watch):
    await watch.doors.load()
    for day in range(30):
        watch.bank.meter.openings.append(("A3", (400 + 8 * day) / 1000))
        await watch.doors.write()
        watch.clock.advance(86400)
    await watch.monitor.look()
    assert watch.standing == [(Subject.LOCK_SLOW, "A3")]
    watch.begin()
    running = asyncio.create_task(watch.monitor.run())
    for _ in range(200):
        await asyncio.sleep(0.001)
        if watch.monitor.measures == {} and watch.monitor._watches:
            break
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert watch.monitor._watches, "it has looked"
    assert watch.standing == [(Subject.LOCK_SLOW, "A3")]
    assert await watch.recorded() == [("HealthWarned", "lock-slow", "A3")]


async def test_a_journal_that_nobody_counted_is_counted_by_its_last_month_alone(watch, bench):
    await bench.resident()
    await bench.store("OLD")
    watch.clock.advance(60 * 86400)
    await bench.quiet()
    deposit = await bench.store("NEW")
    await watch.doors.load()
    await watch.doors.catch_up()
    assert {each.door: each.cycles for each in watch.doors.doors() if each.cycles} == {deposit.compartment: 1}


async def test_nothing_is_written_while_nothing_happened(watch, bench):
    await watch.doors.load()
    await watch.doors.catch_up()
    await watch.doors.write()
    assert await bench.rows("select * from follower where name = ?", DOOR_FOLLOWER) == []
