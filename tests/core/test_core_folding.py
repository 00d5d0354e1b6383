"""Events that no rule of today leads to and that a journal of before may hold: what folding makes of them."""

from datetime import timedelta

import pytest
from core_play import Play

from locker.core.events.custody_events import ParcelMoved
from locker.core.events.door_events import (
    ClockJumped,
    CompartmentCleared,
    ContentUnknown,
    DoorOpened,
    Restored,
    UnlockOrdered,
)
from locker.core.events.service_events import ResidentErased
from locker.core.events.visit_events import ParcelCollected, ParcelStored, ReopeningFailed, VisitEnded, VisitResumed
from locker.core.evolve.evolve import evolve
from locker.core.model import CheckFrom, Content, Use, VisitKind


@pytest.fixture
def play():
    return Play()


def after(play, *events):
    site = play.site
    for event in events:
        site = evolve(site, event, play.now)
    return site


def test_a_resident_who_is_erased_is_known_no_more_and_the_others_are(play):
    play.resident("r2")
    assert list(after(play, ResidentErased(resident="r1")).residents) == ["r2"]


def test_what_was_overdue_is_so_no_more_when_it_is_stored_with_another_deadline(play):
    parcel = play.stored()
    play.later(72 * 3600)
    name, deadline = play.place(parcel), play.site.parcels[parcel].deadline
    for moved, overdue in ((timedelta(0), True), (timedelta(hours=1), False)):
        stored = ParcelStored(parcel=parcel, compartment=name, deadline=deadline + moved, again=True)
        assert after(play, stored).parcels[parcel].overdue is overdue


def test_what_was_not_overdue_is_not_so_because_it_is_stored_again(play):
    parcel = play.stored()
    known = play.site.parcels[parcel]
    stored = ParcelStored(parcel=parcel, compartment=known.compartment, deadline=known.deadline, again=True)
    assert not after(play, stored).parcels[parcel].overdue


@pytest.mark.parametrize("ends", ["collected", "failed"])
def test_pulses_that_a_person_asked_for_are_counted_for_one_opening(play, ends):
    parcel = play.collected() if ends == "failed" else play.collecting()
    name = play.place(parcel)
    asked = UnlockOrdered(compartment=name, visit="k2", kind=VisitKind.PICKUP, pulse=2, asked=True)
    ended = {
        "collected": ParcelCollected(parcel=parcel, compartment=name),
        "failed": ReopeningFailed(compartment=name, visit="k2"),
    }[ends]
    assert after(play, asked).visits[name].asked == 1
    visit = after(play, asked, ended).visits[name]
    assert (visit.asked, visit.pulses) == (0, 0)


def test_only_an_order_of_staff_that_ends_at_an_open_door_counts_as_a_fault_of_its_switch(play):
    name = play.place(play.collecting())
    play.see(**{name: "open"})
    ended = VisitEnded(compartment=name, visit="k2", use=Use.CHECK)
    assert after(play, ended).compartments[name].faults == 0
    play.see(A2="open")
    play.staff_open("A2")
    assert after(play, VisitEnded(compartment="A2", visit="s3", use=Use.CHECK)).compartments["A2"].faults == 1
    play.see(A3="open")
    assert after(play, VisitEnded(compartment="A3", visit="s9", use=Use.CHECK)).compartments["A3"].faults == 0


@pytest.mark.parametrize(("content", "use", "parcels"), [("empty", "free", ()), ("parcel", "loaded", ("p1",))])
def test_a_word_about_a_door_says_what_it_is_used_for_and_what_is_recorded_there(play, content, use, parcels):
    name = play.place(play.stored())
    play.open_and_shut(name)
    cleared = after(play, CompartmentCleared(compartment=name, content=Content(content))).compartments[name]
    assert (cleared.use.value, cleared.parcels) == (use, parcels)


def test_a_parcel_that_may_be_behind_a_door_is_recorded_there_and_one_that_nobody_knows_is_not(play):
    parcel = play.stored()
    name = play.place(parcel)
    other = next(one for one in play.site.compartments if one != name)
    found = after(play, ContentUnknown(compartment=other, why="x", parcel=parcel, check_from=CheckFrom.PICKUP))
    assert found.compartments[other].parcels == (parcel,)
    assert found.compartments[other].reason == "x"
    assert found.parcels[parcel].state.value == "check"
    for stranger in ("", "p9"):
        unknown = after(play, ContentUnknown(compartment=name, why="x", parcel=stranger))
        assert unknown.compartments[name].parcels == ()
        assert unknown.compartments[name].use.value == "check"


def test_a_door_behind_which_nothing_is_recorded_is_CHECK_after_a_restore_and_no_parcel_is_named(play):
    restored = after(play, Restored(compartments=("A1", "B9"))).compartments
    assert {name: (c.use.value, c.parcels) for name, c in restored.items()} == {
        "A1": ("check", ()),
        "A2": ("free", ()),
        "A3": ("free", ()),
    }


def test_a_jump_of_before_moved_no_durations_and_one_of_today_does(play):
    play.later(1)
    parcel = play.stored()
    before = play.site.parcels[parcel].deadline
    for durations in (False, True):
        jumped = after(play, ClockJumped(seconds=3600, durations=durations))
        assert (jumped.parcels[parcel].deadline > before) is durations


def test_a_jump_makes_new_only_what_it_moves(play):
    parcel = play.stored()
    play.restart()
    jumped = after(play, ClockJumped(seconds=3600, durations=True))
    assert jumped.parcels[parcel] is play.site.parcels[parcel]
    assert all(jumped.compartments[name] is each for name, each in play.site.compartments.items())


def test_a_door_that_is_seen_open_is_in_doubt_no_more(play):
    name = play.place(play.collecting())
    play.restart()
    assert play.site.visits[name].doubt
    visit = after(play, DoorOpened(compartment=name, visit="k2")).visits[name]
    assert (visit.doubt, visit.opened_at) == (False, play.now)


def test_what_was_in_doubt_and_is_taken_to_a_place_is_in_doubt_no_more(play):
    parcel = play.stored()
    name = play.place(parcel)
    play.open_and_shut(name)
    assert play.site.parcels[parcel].check_from is CheckFrom.STORED
    moved = after(play, ParcelMoved(parcel=parcel, compartment=name, from_place="", place="shelf"))
    known = moved.parcels[parcel]
    assert (known.state.value, known.place, known.compartment, known.check_from) == ("stored", "shelf", "", None)
    assert moved.compartments[name].parcels == ()


@pytest.mark.parametrize("is_open", [True, False])
def test_a_grace_that_a_start_finds_open_is_a_grace_no_more(play, is_open):
    name = play.place(play.collected())
    play.restart()
    shut_at = play.site.visits[name].shut_at
    visit = after(play, VisitResumed(compartment=name, visit="k2", open=is_open)).visits[name]
    assert (visit.opened_at, visit.shut_at) == ((play.now, None) if is_open else (None, shut_at))
    assert not visit.doubt
