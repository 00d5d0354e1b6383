"""The hours of the cabinet: who may begin a visit, and what they leave alone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from core_play import Play
from pydantic import ValidationError

from locker.core.doors.opening_hours import OpeningHours
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
