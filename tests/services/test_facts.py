"""Events folded into facts: on a real cabinet, over restarts, in any pieces; never by reading the past when asked."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from query_plans import heard, scans
from report_days import days_of

from locker.core.events.record import Recorded
from locker.core.model import Seen
from locker.core.reasons import Refused
from locker.services.command_requests import DepositActor
from locker.services.reports import KINDS, ReportDesk, Span
from locker.services.reports.fact_fold import FactFold
from locker.services.reports.fact_table import add_facts
from locker.services.reports.facts import Fact, Grain, merged
from locker.services.reports.parcel_seen import Origin, pseudonym
from locker.services.reports.report import by, count, seconds

TODAY = date(2026, 3, 1)


@pytest.fixture
async def desk(bench):
    return ReportDesk.of(bench.journal, bench.engine, "Asia/Shanghai", bench.engine.site.compartments.values())


async def facts(desk, *whats, first=TODAY, last=TODAY + timedelta(days=40)):
    (found,) = await desk.follower.facts(dict.fromkeys(whats, Grain.FINE), (first, last))
    return merged(found)


async def test_KPI_01_what_comes_and_goes_is_counted_as_it_happens(bench, desk, clock):
    await bench.resident()
    deposit = await bench.store("SF1")
    clock.advance(5 * 3600)
    await bench.collect(deposit)
    found = await facts(desk, "stored", "ended", "deposit", "pickup", "user")
    assert by(found, "stored", "size") == {"M": 1}
    assert by(found, "stored", "channel") == {"api": 1}
    assert by(found, "ended", "part") == {"collected.12": 1}
    assert by(found, "deposit", "part") == {"first": 1}
    assert by(found, "pickup", "part") == {"first": 1}
    assert by(found, "user", "who") == {_one(found): 1}


def _one(found):
    return next(fact.key.who for fact in found if fact.what == "user")


async def test_KPI_15_a_door_in_use_is_counted_by_the_hour_and_size(bench, desk, clock):
    await bench.resident()
    deposit = await bench.store("SF1")
    clock.advance(90 * 60)
    await bench.collect(deposit)
    clock.advance(3600)
    found = await facts(desk, "occupied", "full")
    assert by(found, "occupied", "size").keys() == {"M"}
    hours = {fact.part: fact.seconds for fact in found}
    assert sum(hours.values()) == pytest.approx(90 * 60, abs=5)
    assert hours["16"] == pytest.approx(3600, abs=5), "16:00 at the site, where the clock began at 08:00 UTC"
    assert hours["17"] == pytest.approx(1800, abs=5)


async def test_a_parcel_that_is_inside_is_counted_before_it_is_collected(bench, desk, clock):
    await bench.resident()
    await bench.store("SF1")
    clock.advance(3600)
    assert seconds(await facts(desk, "occupied"), "occupied") == pytest.approx(3600, abs=5)
    clock.advance(3600)
    assert seconds(await facts(desk, "occupied"), "occupied") == pytest.approx(7200, abs=5)


async def test_C10_who_finds_no_room_is_counted_once_an_hour_for_each_parcel(bench, desk, clock):
    await bench.resident()
    for number in range(6):
        await bench.store(f"SF{number}")
    for _ in range(3):
        with pytest.raises(Refused):
            await bench.deposit("SF9")
    with pytest.raises(Refused):
        await bench.deposit("SF8")
    found = await facts(desk, "turned-away", "full", "occupied")
    assert by(found, "turned-away", "part") == {"no-space": 2}
    clock.advance(3601)
    with pytest.raises(Refused):
        await bench.deposit("SF9")
    found = await facts(desk, "turned-away", "full")
    assert count(found, "turned-away") == 3
    assert seconds(found, "full") == pytest.approx(3600, abs=10)


async def test_what_was_written_and_what_was_not_yet_is_told_together_also_over_a_restart(bench, clock):
    def a_desk():
        return ReportDesk.of(bench.journal, bench.engine, "Asia/Shanghai", bench.engine.site.compartments.values())

    desk = a_desk()
    await bench.resident()
    first = await bench.store("SF1")
    await desk.follower.catch_up()
    clock.advance(3600)
    await desk.follower.write()
    second = await bench.store("SF2")
    told = await facts(desk, "stored", "occupied")
    assert (count(told, "stored"), seconds(told, "occupied")) == (2, pytest.approx(3600, abs=5))
    again = a_desk()
    await bench.collect(first)
    await bench.collect(second)
    clock.advance(3600)
    told = await facts(again, "stored", "ended", "occupied")
    assert (count(told, "stored"), count(told, "ended")) == (2, 2)
    await again.follower.write()
    assert sorted(await facts(again, "stored", "ended", "occupied")) == sorted(told)
    await again.follower.rebuild()
    assert sorted(await facts(again, "stored", "ended", "occupied")) == sorted(told)


async def test_a_power_cut_between_two_writes_counts_nothing_twice(bench, clock):
    desk = ReportDesk.of(bench.journal, bench.engine, "UTC", bench.engine.site.compartments.values())
    await bench.resident()
    await bench.store("SF1")
    await desk.follower.catch_up()
    await desk.follower.write()
    await bench.store("SF2")
    await desk.follower.catch_up()
    again = ReportDesk.of(bench.journal, bench.engine, "UTC", bench.engine.site.compartments.values())
    assert count(await facts(again, "stored"), "stored") == 2


async def test_no_report_reads_a_growing_table_whole(bench, desk):
    await bench.resident()
    deposit = await bench.store("SF1")
    await desk.follower.catch_up()
    await desk.follower.write()
    await bench.collect(deposit)
    statements = heard(bench.journal)
    await facts(desk, "stored", "ended", "touch")
    for kind in KINDS.values():
        await desk.make(kind, Span(TODAY, TODAY))
    await desk.follower.write()
    assert scans(bench.journal.db, statements) == []


async def test_a_deposit_that_is_given_up_and_a_door_that_does_not_open_are_counted(bench, desk, clock):
    await bench.resident()
    deposit = await bench.deposit("SF1")
    await bench.commands.cancel(deposit.deposit, DepositActor("token:test"))
    clock.advance(40)
    await bench.quiet()
    await bench.door(deposit.compartment, Seen.OPEN, Seen.SHUT)
    found = await facts(desk, "deposit")
    assert by(found, "deposit", "part") == {"abandoned": 1}


def line(seq, minute, event, by="kiosk", /, **body):
    at = (datetime(2026, 3, 1, 8, tzinfo=UTC) + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return Recorded(seq, at, event, by, json.dumps(body), "h")


EVENTS = [
    line(1, 0, "ParcelExpected", "token:sf", parcel="p1", size="S", company="SF", recipients=["r1"],
         window_from="2026-03-01T08:00:00.000Z", window_to="2026-03-01T10:00:00.000Z"),
    line(2, 30, "DepositStarted", "courier:c1", parcel="p1", compartment="A1", size="S", company="SF",
         recipients=["r1"], consent="given", deposit="d1", direction="in"),
    line(3, 30, "UnlockOrdered", "courier:c1", compartment="A1", visit="d1", kind="deposit", pulse=1),
    line(4, 30, "DoorOpened", "cabinet", compartment="A1", visit="d1"),
    line(5, 31, "DoorShut", "cabinet", compartment="A1", visit="d1"),
    line(6, 31, "ParcelStored", "cabinet", parcel="p1", compartment="A1", deadline="2026-03-04T08:00:00.000Z"),
    line(7, 90, "PickupStarted", "kiosk", pickup="k1", parcel="p1", compartment="A1", source="kiosk"),
    line(8, 90, "UnlockOrdered", "kiosk", compartment="A1", visit="k1", kind="pickup", pulse=1),
    line(9, 90, "UnlockOrdered", "cabinet", compartment="A1", visit="k1", kind="pickup", pulse=2),
    line(10, 90, "DoorOpened", "cabinet", compartment="A1", visit="k1"),
    line(11, 91, "DoorShut", "cabinet", compartment="A1", visit="k1"),
    line(12, 91, "ParcelCollected", "cabinet", parcel="p1", compartment="A1"),
    line(13, 92, "VisitRated", "kiosk", compartment="A1", score=4),
    line(14, 93, "CaseOpened", "kiosk", case="C1", kind="damaged", priority=2, source="kiosk", parcel="p9",
         compartment="A1", reply_due="", due="", provisional=False),
    line(15, 99, "CaseClosed", "staff:he", case="C1", outcome="compensated", parcel="p9", compartment="A1"),
    line(16, 100, "UnlockOrdered", "staff:he", compartment="A1", visit="s1", kind="staff", pulse=1),
    line(17, 102, "DoorShut", "cabinet", compartment="A1", visit="s1"),
    line(18, 103, "ParcelNotAccepted", "courier:c1", company="SF", recipients=[], reason="no-space"),
    line(19, 104, "Noted", "staff:boss", what="praised", about="he"),
]  # fmt: skip


def a_fold():
    return FactFold("Asia/Shanghai", {"A1": "S"}, lambda _: Origin("JD", "courier:c2", (pseudonym("r2"),)))


def folded(events, fold=None):
    fold = fold or a_fold()
    for each in events:
        fold.take(each)
    return fold


def test_the_facts_of_a_day_are_these():
    """The golden table: one line for each thing that happened, touchpoints aside."""
    found = [fact for fact in folded(EVENTS).pending() if fact.what not in {"touch", "staff", "decided"}]
    told = [
        (
            f.what,
            *(each for each in (f.key.size, f.key.company, f.key.channel, f.key.who, f.part) if each),
            f.n,
            f.seconds,
        )
        for f in found
    ]
    assert told == [
        ("announced", "S", "SF", 1, 0),
        ("begun", "free", 2, 0),
        ("window", "SF", "kept", 1, 0),
        ("speed", "SF", 1, 1800),
        ("opening", "A1", 2, 0),
        ("stored", "S", "SF", "kiosk", "in", 1, 60),
        ("deposit", "first", 1, 0),
        ("deposit-time", "60", 1, 60),
        ("courier", "SF", "courier:c1", "stored", 1, 60),
        ("courier", "SF", "courier:c1", "first", 1, 60),
        ("occupied", "S", "16", 0, 1740),
        ("full", "S", "16", 0, 1740),
        ("occupied", "S", "17", 0, 1860),
        ("full", "S", "17", 0, 1860),
        ("ended", "S", "SF", "in", "collected.4", 1, 3600),
        ("pickup", "again", 1, 0),
        ("pickup-time", "kiosk", "60", 1, 60),
        ("user", pseudonym("r1"), 1, 0),
        ("rating", "kiosk", "4", 1, 0),
        ("case", "JD", "kiosk", "damaged", 1, 0),
        ("courier", "JD", "courier:c2", "complaint", 1, 0),
        ("complainer", pseudonym("r2"), 1, 0),
        ("case-closed", "JD", "damaged.compensated", 1, 360),
        ("staff-door", "he", 1, 120),
        ("turned-away", "SF", "no-space", 1, 0),
        ("courier", "SF", "courier:c1", "exception", 1, 0),
        ("praise", "he", 1, 0),
    ]


@pytest.mark.parametrize("cut", range(1, len(EVENTS)))
def test_wherever_the_reading_is_cut_the_facts_are_the_same(cut):
    before = folded(EVENTS[:cut])
    after = a_fold()
    after.restore(before.state())
    folded(EVENTS[cut:], after)
    whole = folded(EVENTS).pending()
    assert sorted(merged([*before.pending(), *after.pending()])) == sorted(whole)


def test_facts_name_nobody():
    told = json.dumps([fact.key for fact in folded(EVENTS).pending()])
    assert '"r1"' not in told
    assert pseudonym("r1") == pseudonym("r1") != pseudonym("r2")


def test_merging_puts_the_same_together():
    facts = folded(EVENTS).pending()
    assert sum(fact.n for fact in merged([*facts, *facts])) == 2 * sum(fact.n for fact in facts)
    assert merged([Fact(facts[0].key, 1, 2), Fact(facts[0].key, 3, 4)]) == [Fact(facts[0].key, 4, 6)]


@pytest.mark.parametrize("grain", list(Grain))
async def test_KPI_01_however_finely_facts_are_read_the_sums_are_the_same(bench, desk, grain):
    await desk.follower.catch_up()
    await bench.journal.write(lambda db: add_facts(db, days_of(TODAY, 40)))
    span = (TODAY, TODAY + timedelta(days=39))
    for what in ("stored", "ended", "occupied", "courier"):
        (fine,) = await desk.follower.facts({what: Grain.FINE}, span)
        (coarse,) = await desk.follower.facts({what: grain}, span)
        assert (count(coarse, what), seconds(coarse, what)) == (count(fine, what), seconds(fine, what))
        assert by(coarse, what, "part") == by(fine, what, "part")


async def test_KPI_01_of_a_year_a_report_reads_some_hundred_rows(bench, desk):
    """However many parcels there were: the database sums, and what it sums is bounded by days."""
    await desk.follower.catch_up()
    await bench.journal.write(lambda db: add_facts(db, days_of(TODAY, 365)))
    for kind in KINDS.values():
        (found,) = await desk.follower.facts(kind.whats, (TODAY, TODAY + timedelta(days=364)))
        assert len(found) < 4000, kind.name
