"""Opening hours as a rule: from which moment to which they hold, what is refused meanwhile, and what a week may say."""

import asyncio
from datetime import date, timedelta

import pytest
from services_bench import BEGIN

from locker.core.doors.opening_hours import OpeningHours
from locker.core.messages.observations import SwitchesSeen
from locker.core.model import Seen
from locker.core.reasons import RefusalReason, Refused
from locker.options import OpeningOptions
from locker.services.policies import NewVersion, OpeningWeek, RuleKind, RuleVersion, holding, planned_hours

HOUR = timedelta(hours=1)
BOSS = "staff:he.jun"
SHUT = OpeningWeek(daily=[])
MORNINGS = OpeningWeek(daily=["06:00-12:00"], sunday=[])


async def hours(bench, body, starts=None, ends=None):
    """Add a version that begins and ends so many hours from now."""
    now, number = bench.engine.now(), len(bench.rules.versions(RuleKind.HOURS)) + 1
    starts_at, ends_at = (now + HOUR * each if each is not None else None for each in (starts, ends))
    await bench.rules.add(NewVersion(number, body, "the lobby is painted", starts_at, ends_at), BOSS)


def is_open(bench):
    return bench.engine.site.policy.opening.open_at(bench.engine.now())


async def somebody_opens(bench, door):
    """Seen right behind what was asked before: decided before the asker hears of it, and committed after."""
    bench.engine.observe(SwitchesSeen({door: Seen.OPEN}))


async def test_PK_02_hours_hold_from_the_moment_they_are_added_until_their_end(bench, clock):
    await bench.resident()
    await bench.deposit("SF1")
    await asyncio.gather(hours(bench, SHUT, ends=2), somebody_opens(bench, "A6"))
    await bench.quiet()
    assert not is_open(bench)
    with pytest.raises(Refused) as refusal:
        await bench.deposit("SF2")
    assert refusal.value.reason is RefusalReason.CLOSED
    clock.advance(2 * 3600 - 1)
    assert not is_open(bench)
    clock.advance(1)
    assert is_open(bench)
    assert (await bench.deposit("SF2")).compartment


async def test_PK_02_hours_to_come_begin_by_themselves_and_a_restart_forgets_nothing(bench, clock):
    await hours(bench, SHUT, starts=3, ends=5)
    assert is_open(bench)
    await bench.stop()
    await bench.start()
    assert bench.engine.site.policy.opening.changes_at(bench.engine.now()) == BEGIN + 3 * HOUR
    assert is_open(bench)
    clock.advance(3 * 3600)
    assert not is_open(bench)
    clock.advance(2 * 3600)
    assert is_open(bench)


async def test_PK_02_hours_that_are_taken_back_are_those_of_the_site_file_again(bench):
    await hours(bench, SHUT, ends=2)
    assert not is_open(bench)
    await bench.rules.undo(RuleKind.HOURS, "a slip", BOSS)
    assert is_open(bench)
    assert bench.rules.body(OpeningWeek) == OpeningWeek()
    assert bench.engine.site.policy.opening.week_at(bench.engine.now()) == ()


def version(number, body, starts, ends=None):
    end = BEGIN + ends * HOUR if ends is not None else None
    return RuleVersion(RuleKind.HOURS, number, BOSS, "why", BEGIN, BEGIN + starts * HOUR, end, date(2027, 3, 1), body)


@pytest.mark.parametrize("own", [OpeningHours(), OpeningOptions(daily=["08:00-20:00"]).hours("Asia/Shanghai")])
def test_PK_02_the_plan_is_at_every_moment_what_the_versions_say(own):
    versions = [
        version(1, MORNINGS, 2, 40),
        version(2, SHUT, 5, 7),
        version(3, OpeningWeek(), 20),
        version(4, MORNINGS, 30, 31),
        version(5, SHUT, 30, 32),
    ]
    for known in range(len(versions) + 1):
        planned = planned_hours(planned_hours(own, versions), versions[:known])
        assert (planned.zone, planned.week) == (own.zone, own.week)
        for minutes in range(-60, 45 * 60, 20):
            moment = BEGIN + timedelta(minutes=minutes)
            holds = holding(versions[:known], moment)
            assert planned.week_at(moment) == ((holds.body.week if holds else ()) or own.week)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('{"daily": ["7:00-22:00"]}', r"^daily\.0: .*write hours such as 07:00-22:00$"),
        ('{"daily": ["22:00-07:00"]}', "^daily: .*each begins before it ends$"),
        ('{"daily": [], "friday": ["10:00-12:00", "11:00-13:00"]}', "^friday: .*hours stand in their order"),
        ('{"monday": ["10:00-12:00"], "sunday": []}', "^body: .*say the hours of every day"),
        ('{"always": true}', "^always: "),
    ],
)
def test_PK_02_a_week_that_says_nothing_clear_is_refused_with_what_is_wrong(said, why):
    with pytest.raises(ValueError, match=why):
        OpeningWeek.read(said)


async def test_PK_02_nobody_is_shut_out_for_ever_by_a_slip(bench):
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    for never in (SHUT, OpeningWeek.model_validate({day: [] for day in days})):
        with pytest.raises(ValueError, match=r"^ends_at: say until when"):
            await hours(bench, never)
    await hours(bench, OpeningWeek(daily=[], sunday=["10:00-10:01"]))
    await hours(bench, OpeningWeek())
