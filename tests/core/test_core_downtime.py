"""Time in which nobody could fetch a parcel, because the cabinet did not work, is not counted off its deadline."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from core_play import Play, door

from locker.core.doors.opening_hours import OpeningHours
from locker.core.evolve.site_updates import with_compartment, with_parcel
from locker.core.messages.observations import Begun, Tick, Unsealed
from locker.core.place import Place, PlaceKind

HOUR = 3600


@pytest.fixture
def play():
    return Play(free_hours=10, places=(Place("shelf", "Shelf", PlaceKind.SHELF, 3),))


def left(play, parcel):
    """Hours that the parcel may still lie here."""
    return (play.site.parcels[parcel].deadline - play.now) / timedelta(hours=1)


def cut(play, hours, **begun):
    """The power goes, and comes back so many hours later."""
    since = play.now
    play.now += timedelta(hours=hours)
    play.do(Begun(version="test", down_since=since, **begun))


def all_shut(play):
    play.see(**dict.fromkeys(play.site.compartments, "shut"))


def test_a_dead_wire_is_not_counted_and_only_behind_its_own_doors(play):
    parcel, other = play.stored(), play.stored()
    play.see(**{play.place(parcel): "unseen"})
    play.later(4 * HOUR)
    play.see(**{play.place(parcel): "shut"})
    assert (left(play, parcel), left(play, other)) == (10, 6)
    (event,) = [e for e in play.events if type(e).__name__ == "DeadlineShifted"]
    assert (event.parcel, event.cause.value) == (parcel, "downtime")


def test_a_plug_that_somebody_touched_is_no_downtime(play):
    parcel = play.stored()
    play.see(**{play.place(parcel): "unseen"})
    play.later(15 * 60 - 1)
    play.see(**{play.place(parcel): "shut"})
    assert "DeadlineShifted" not in play.kinds()
    play.see(**{play.place(parcel): "unseen"})
    play.later(15 * 60)
    play.see(**{play.place(parcel): "shut"})
    assert "DeadlineShifted" in play.kinds()


def test_time_without_power_is_not_counted(play):
    parcel = play.stored()
    play.later(2 * HOUR)
    cut(play, 20)
    all_shut(play)
    assert left(play, parcel) == 8
    play.do(Tick(synced=True))
    assert not play.site.parcels[parcel].overdue


def test_a_wire_that_was_dead_before_the_power_went_counts_once(play):
    parcel = play.stored()
    lost = play.now
    play.see(**{play.place(parcel): "unseen"})
    play.later(3 * HOUR)
    cut(play, 5, lost={play.place(parcel): lost})
    play.later(2 * HOUR)
    all_shut(play)
    assert left(play, parcel) == 10


def test_a_sealed_cabinet_is_not_counted_behind_any_door_that_could_be_seen(play):
    parcel, blind = play.stored(), play.stored()
    play.see(**{play.place(blind): "unseen"})
    play.later(4 * HOUR)
    play.do(Unsealed(seconds=4 * HOUR))
    assert left(play, parcel) == 10
    play.see(**{play.place(blind): "shut"})
    assert left(play, blind) == 10, "once, not twice"


def test_what_became_overdue_while_nobody_could_come_is_so_no_more(play):
    parcel = play.stored()
    play.later(9 * HOUR)
    play.see(**{play.place(parcel): "unseen"})
    play.later(3 * HOUR)
    assert play.site.parcels[parcel].overdue
    play.see(**{play.place(parcel): "shut"})
    assert (play.site.parcels[parcel].overdue, left(play, parcel)) == (False, 1)


def test_what_is_held_loses_no_time_twice(play):
    parcel, later = play.stored(), play.stored()
    play.hold(parcel)
    for one in (parcel, later):
        play.see(**{play.place(one): "unseen"})
    play.later(2 * HOUR)
    play.hold(later)
    play.later(2 * HOUR)
    for one in (parcel, later):
        play.see(**{play.place(one): "shut"})
        play.unhold(one)
    assert (left(play, parcel), left(play, later)) == (10, 10)


def test_a_parcel_that_came_later_lost_only_what_it_saw(play):
    parcel = play.deposit()
    name = play.place(parcel)
    play.open_and_shut(name)
    assert left(play, parcel) == 10
    play.see(**{name: "unseen"})
    play.later(HOUR)
    play.see(**{name: "shut"})
    assert left(play, parcel) == 10


def test_at_a_place_staff_hand_out_whatever_the_cabinet_does(play):
    parcel = play.put("shelf")
    play.do(Unsealed(seconds=4 * HOUR))
    cut(play, 4)
    all_shut(play)
    assert left(play, parcel) == 6


def test_a_clock_that_stood_still_without_power_is_put_right_with_the_deadlines(play):
    parcel = play.stored()
    play.restart()  # its clock goes on from the last event: eight hours are missing
    all_shut(play)
    assert left(play, parcel) == 10
    newer = play.stored()
    play.jump(8 * HOUR)
    assert (left(play, parcel), left(play, newer)) == (10, 10)


def test_a_small_jump_gives_nothing(play):
    parcel = play.stored()
    play.restart()
    all_shut(play)
    before = play.site.parcels[parcel].deadline
    play.jump(14 * 60)
    assert play.site.parcels[parcel].deadline == before


def test_a_jump_while_a_door_is_unseen_counts_once(play):
    parcel = play.stored()
    cut(play, 0)
    play.jump(8 * HOUR)
    all_shut(play)
    assert left(play, parcel) == 10


def test_closed_hours_are_counted_for_they_were_known():
    opening = OpeningHours(UTC, week=(((480, 1200),),) * 7)
    play = Play(door("A1"), free_hours=24, opening=opening)
    parcel = play.stored()
    play.later(20 * HOUR)
    assert left(play, parcel) == 4


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_a_jump_is_given_once_to_what_came_before_at_or_after_the_start(play, seconds):
    early = play.stored() if seconds < 0 else None
    play.later(1)
    play.restart()
    all_shut(play)
    play.later(max(0, seconds))
    parcel = early or play.stored()
    before = left(play, parcel)
    play.later(60)
    play.jump(8 * HOUR)
    assert left(play, parcel) == before - 60 / HOUR


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_what_is_held_has_the_time_that_it_had_when_it_was_held_whatever_the_clock_did_since(play, seconds):
    parcel = play.stored()
    play.later(HOUR)
    before = left(play, parcel) - max(0, seconds) / HOUR
    if seconds < 0:
        play.hold(parcel)
        play.later(1)
    play.restart()
    all_shut(play)
    play.later(max(0, seconds))
    if seconds >= 0:
        play.hold(parcel)
    play.later(60)
    play.jump(8 * HOUR)
    play.unhold(parcel)
    assert left(play, parcel) == before


@pytest.mark.parametrize("seconds", [15 * 60 - 1, 15 * 60])
def test_a_jump_of_a_quarter_of_an_hour_is_the_first_that_gives_something(play, seconds):
    parcel = play.stored()
    play.later(1)
    play.restart()
    all_shut(play)
    before = play.site.parcels[parcel].deadline
    play.jump(seconds)
    assert (play.site.parcels[parcel].deadline > before) is (seconds == 15 * 60)


@pytest.mark.parametrize("seconds", [0, 1])
def test_what_the_clock_did_while_a_door_was_not_seen_is_given_once_when_it_is(play, seconds):
    parcel = play.stored()
    name = play.place(parcel)
    play.later(HOUR)
    before = left(play, parcel)
    play.restart()
    if seconds:
        all_shut(play)
        play.later(seconds)
        play.see(**{name: "unseen"})
    play.jump(8 * HOUR)
    assert left(play, parcel) == before - (seconds / HOUR or 8), "an unseen door has it when it is seen"
    all_shut(play)
    assert left(play, parcel) == before - seconds / HOUR


def test_every_door_has_its_own_downtime_whatever_stands_before_it(play):
    """Behind the first, which is not seen, nothing is given yet; and one that came later keeps none from others."""
    blind, parcel = play.stored(flags=("fragile",)), play.stored(flags=("fragile",))
    old, young = play.stored(), play.stored(join=True)
    assert play.place(old) == play.place(young)
    play.later(1)
    play.restart()
    every = dict.fromkeys(play.site.compartments, "shut")
    play.see(**every | {play.place(blind): "unseen"})
    play.later(1)
    behind = play.site.compartments[play.place(old)]
    swapped = with_compartment(play.site, behind.id, parcels=tuple(reversed(behind.parcels)))
    play.site = play.folded = with_parcel(swapped, young, stored_at=play.now)
    before = {one: play.site.parcels[one].deadline for one in (blind, parcel, old)}
    play.jump(8 * HOUR)
    given = [play.site.parcels[one].deadline - before[one] for one in before]
    assert given == [timedelta(0), timedelta(hours=8), timedelta(hours=8)]


def test_a_parcel_that_is_just_coming_hides_no_other_behind_its_door(play):
    parcel = play.stored()
    play.later(HOUR)
    coming = play.deposit(join=True)
    name = play.place(parcel)
    play.site = play.folded = with_compartment(play.site, name, parcels=(coming, parcel))
    before = left(play, parcel)
    play.do(Unsealed(seconds=HOUR))
    assert left(play, parcel) == before + 1


def test_a_door_that_the_cabinet_has_no_more_has_no_downtime(play):
    parcel = play.stored()
    cut(play, 2, lost={"B9": play.now})
    all_shut(play)
    assert left(play, parcel) == 10


def test_a_door_of_which_nobody_knows_since_when_is_unseen_since_the_start(play):
    parcel = play.stored()
    play.restart()
    play.site = play.folded = replace(play.site, unseen_since={})
    before = play.site.parcels[parcel].deadline
    play.jump(8 * HOUR)
    assert play.site.parcels[parcel].deadline == before
