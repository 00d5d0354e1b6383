"""The other door of a parcel that staff carry: which one it is, and what a jam or a dead wire there comes to."""

import pytest
from core_play import Play, door

from locker.core.model import CheckFrom


@pytest.fixture
def play():
    return Play(door("A1", "S"), door("A2", "M"), door("A3", "L"))


LOW = {"bottom_mm": 500, "top_mm": 700}
SECOND_DOORS = {
    "A2": {"bottom_mm": 1300, "top_mm": 1500},
    "A3": LOW,
    "A4": {"features": frozenset({"cold"}), "bottom_mm": 1300, "top_mm": 1500},
    "A5": {"features": frozenset({"charging"}), "bottom_mm": 1300, "top_mm": 1500},
    "A6": {"features": frozenset({"cold", "charging"}), **LOW},
}


@pytest.mark.parametrize(
    ("who", "more", "second"),
    [
        ("r1", {}, "A2"),
        ("r9", {}, "A3"),
        ("r1", {"flags": ("cold",)}, "A4"),
        ("r1", {"needs": frozenset({"charging"})}, "A5"),
    ],
)
def test_any_door_that_is_taken_instead_of_the_one_that_was_meant_suits_the_parcel(who, more, second):
    everything = frozenset({"cold", "charging"})
    play = Play(door("A1", features=everything, **LOW), *(door(name, **how) for name, how in SECOND_DOORS.items()))
    play.resident("r9", unit="9", phone="+8613800000009", reach=True)
    for name in SECOND_DOORS:
        play.retire(name)
    parcel = play.stored(recipients=(who,), **more)
    for name in SECOND_DOORS:
        play.restore(name)
    play.expected("M")
    play.move(parcel, "A6")
    play.see(A6="open")
    play.see(A1="open")
    assert play.site.visits["A1"].target == second


def test_pulses_that_a_person_asked_for_are_told_of_a_second_door_too(play):
    parcel = play.stored("S")
    play.move(parcel, "A2")
    play.see(A1="open")
    play.later(16)
    play.reopen(parcel)
    play.later(31)
    (fault,) = [event for event in play.events if type(event).__name__ == "LockFault"]
    assert (fault.compartment, fault.pulses) == ("A2", 4)


def test_a_second_door_whose_wire_was_dead_makes_both_doubtful_when_the_first_is_shut(play):
    parcel = play.stored("S")
    play.move(parcel, "A2")
    play.see(A1="open")
    play.see(A2="unseen")
    play.see(A1="shut")
    told = [(e.compartment, e.parcel, e.why, e.check_from) for e in play.events if type(e).__name__ == "ContentUnknown"]
    why = "the switch was not seen during a visit"
    assert told == [("A1", parcel, why, CheckFrom.DEPOSIT), ("A2", "", why, None)]


def test_a_second_door_that_nobody_could_watch_makes_the_parcel_at_the_first_doubtful(play):
    parcel = play.stored("S")
    play.move(parcel, "A2")
    play.see(A1="open")
    play.see(A2="unseen")
    play.later(31)
    told = {e.compartment: (e.parcel, e.check_from) for e in play.events if type(e).__name__ == "ContentUnknown"}
    assert told == {"A2": ("", None), "A1": (parcel, CheckFrom.DEPOSIT)}


def test_a_door_that_is_kept_for_its_unit_is_taken_before_another_one():
    play = Play(door("A1"), door("A2"), door("A3"), door("A4", kept_for="1203"), door("A5", kept_for="7"))
    play.retire("A4")
    parcel = play.stored()
    play.restore("A4")
    play.move(parcel, "A2")
    play.see(A2="open")
    play.see(A1="open")
    assert play.site.visits["A1"].target == "A4"
