"""The hours of the cabinet: who may begin a visit, and what they leave alone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from core_play import Play
from pydantic import ValidationError

from locker.core.doors.opening_hours import OpeningHours, WeekFrom
from locker.options import OpeningOptions

SHANGHAI = ZoneInfo("Asia/Shanghai")
SUNDAY_MORNING = OpeningHours(UTC, week=((),) * 6 + (((480, 540),),))  # a play begins on a Sunday at 8:00 UTC
SUNDAY_EVENING = OpeningHours(UTC, week=((),) * 6 + (((1080, 1320),),))


def at(text, zone=UTC):
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


SHUT = at("2026-03-01 09:00")


def test_without_hours_it_is_always_open():
    assert OpeningOptions().hours("Asia/Shanghai").open_at(at("2026-03-01 03:00"))
    assert OpeningOptions().hours("Asia/Shanghai").changes_at(at("2026-03-01 03:00")) is None


def test_hours_are_those_of_the_clock_on_the_wall_at_the_site():
    hours = OpeningOptions(daily=["07:00-12:00", "13:00-22:00"]).hours("Asia/Shanghai")
    told = {clock: hours.open_at(at(f"2026-03-02 {clock}", SHANGHAI)) for clock in ("06:59", "07:00", "12:00", "21:59")}
    assert told == {"06:59": False, "07:00": True, "12:00": False, "21:59": True}
    assert hours.changes_at(at("2026-03-02 06:00", SHANGHAI)) == at("2026-03-02 07:00", SHANGHAI)
    assert hours.changes_at(at("2026-03-02 23:00", SHANGHAI)) == at("2026-03-03 07:00", SHANGHAI)


def test_a_day_may_have_its_own_hours_or_none_and_midnight_is_no_edge():
    hours = OpeningOptions(daily=["00:00-24:00"], monday=[], friday=["10:00-24:00"]).hours("UTC")
    assert not hours.open_at(at("2026-03-02 12:00"))
    assert hours.changes_at(at("2026-03-02 12:00")) == at("2026-03-03 00:00")
    assert hours.changes_at(at("2026-03-06 12:00")) == at("2026-03-09 00:00"), "Friday night to Monday is one stretch"


def test_the_hours_keep_to_the_clock_when_summer_begins():
    hours = OpeningOptions(daily=["07:00-22:00"]).hours("Europe/Berlin")
    assert hours.changes_at(at("2026-03-28 23:00")) == at("2026-03-29 05:00"), "7:00 is 5:00 UTC from this day on"


@pytest.mark.parametrize(
    "wrong", [["7:00-22:00"], ["22:00-07:00"], ["10:00-12:00", "11:00-13:00"], ["24:00-24:00"], ["10:00-10:00"], [1]]
)
def test_hours_that_say_nothing_clear_are_faults_of_the_file(wrong):
    with pytest.raises(ValidationError):
        OpeningOptions(daily=wrong)


def test_outside_the_hours_no_visit_begins():
    play = Play(opening=SUNDAY_MORNING)
    parcel = play.stored()
    play.later(3600)
    assert play.refuses(play.code, parcel) == "closed"
    assert play.refuses(play.code, parcel, token=True) == "closed"
    assert play.refuses(play.deposit) == "closed"


def test_outside_the_hours_a_wrong_code_costs_what_it_always_costs():
    play = Play(opening=SUNDAY_EVENING)
    assert play.refuses(play.code, "nobody") == "unknown-code"
    assert play.kinds()[-1] == "CodeRejected"


def test_staff_are_served_at_any_hour():
    play = Play(opening=SUNDAY_EVENING)
    parcel = play.deposit(staff=True)
    play.open_and_shut(play.place(parcel))
    assert play.state(parcel) == "stored"
    play.code(parcel, staff=True)
    assert play.state(parcel) == "collecting"
    play.staff_open(next(name for name in play.site.compartments if play.use(name) == "free"))


def test_a_visit_under_way_ends_as_at_any_hour():
    play = Play(opening=SUNDAY_MORNING, reopen_seconds=300)
    coming, going, waiting = play.deposit(), play.collecting(), play.deposit()
    play.open_and_shut(play.place(going))
    play.now = SHUT
    assert not play.site.policy.opening.open_at(play.now)
    pulsed = play.pulses(play.place(going))
    play.code(going)
    assert play.pulses(play.place(going)) == pulsed + 1, "left something inside: the grace is part of the visit"
    play.cancel(waiting)
    play.open_and_shut(play.place(coming))
    assert play.state(coming) == "stored"
    play.reopen(coming)
    play.open_and_shut(play.place(coming))
    assert play.state(coming) == "stored"


WEEKS = [
    (((480, 720), (780, 1320)),) * 7,
    (((0, 1440),), ()) * 3 + ((),),
    ((), (), ((600, 630),), (), (), (), ()),
    (((0, 30), (1410, 1440)), ((0, 1440),), ((0, 720),), ((1410, 1440),), ((0, 30),), (), ((720, 1440),)),
    (((0, 1440),),) * 7,
    ((),) * 7,
]


@pytest.mark.parametrize("week", WEEKS)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/Bogota"])
def test_the_next_change_is_the_first_moment_at_which_somebody_who_waits_finds_it_otherwise(week, zone):
    hours = OpeningHours(ZoneInfo(zone), week)
    for begin in (at("2026-03-01 00:00"), at("2026-03-03 07:15"), at("2026-03-05 23:59"), at("2026-03-07 11:30")):
        quarters = (begin.replace(minute=0) + timedelta(minutes=15 * number) for number in range(9 * 96))
        waited = (moment for moment in quarters if moment > begin and hours.open_at(moment) is not hours.open_at(begin))
        told = hours.changes_at(begin)
        assert told == next(waited, None)
        assert told is None or told.tzinfo is UTC


PLANS = [
    [("2026-03-03 09:30", 0)],
    [("2026-03-02 00:00", 5), ("2026-03-04 16:45", -1)],
    [("2026-03-01 12:00", 4), ("2026-03-03 00:00", 2), ("2026-03-06 10:15", 5), ("2026-03-06 10:30", 1)],
    [("2026-03-05 00:00", -1)],
]


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("week", [(), WEEKS[0], WEEKS[5]])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
def test_PK_02_across_weeks_that_are_planned_the_next_change_is_the_first_that_somebody_who_waits_finds(
    plan, week, zone
):
    """Summer begins in New York on 8 March."""
    weeks = [*WEEKS, week]
    planned = tuple(WeekFrom(at(begins), weeks[number]) for begins, number in plan)
    hours = OpeningHours(ZoneInfo(zone), week, planned)
    alone = [OpeningHours(ZoneInfo(zone), each) for each in (week, *(each.week for each in planned))]
    quarters = [at("2026-03-01 00:00") + timedelta(minutes=15 * number) for number in range(16 * 96)]
    is_open = [alone[sum(each.begins <= moment for each in planned)].open_at(moment) for moment in quarters]
    assert [hours.open_at(moment) for moment in quarters] == is_open
    for begin in range(0, 7 * 96, 37):
        first = next((n for n in range(begin + 1, len(quarters)) if is_open[n] is not is_open[begin]), None)
        assert hours.changes_at(quarters[begin]) == (None if first is None else quarters[first])


def test_PK_02_a_week_that_is_planned_begins_and_ends_in_its_very_moment():
    begins, ends = at("2026-03-01 10:00:17"), at("2026-03-01 11:00:03.250")
    hours = OpeningHours(plan=(WeekFrom(begins, ((),) * 7), WeekFrom(ends, ())))
    blink = timedelta(milliseconds=1)
    told = [hours.open_at(moment) for moment in (begins - blink, begins, ends - blink, ends)]
    assert told == [True, False, False, True]
    assert [hours.changes_at(moment) for moment in (begins - blink, begins, ends)] == [begins, ends, None]


def test_PK_02_a_visit_under_way_ends_though_the_hours_end_sooner_by_plan_and_no_other_begins():
    shut_early = OpeningHours(plan=(WeekFrom(at("2026-03-01 08:30"), ((),) * 7),))
    play = Play(opening=shut_early)
    going, coming = play.collecting(), play.deposit()
    play.now = at("2026-03-01 08:30")
    play.open_and_shut(play.place(going))
    play.open_and_shut(play.place(coming))
    assert (play.state(going), play.state(coming)) == ("collected", "stored")
    assert play.refuses(play.deposit) == "closed"
    assert play.deposit(staff=True)
