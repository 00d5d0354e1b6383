"""Places without a door: what staff put there, move and hand out by their word; and moves between doors."""

import pytest
from core_play import Play, door

from locker.core.evolve.site_updates import with_compartment
from locker.core.messages.command import NewCode
from locker.core.messages.commands import Reopen
from locker.core.messages.custody_commands import Release
from locker.core.model import Use
from locker.core.outcome import Draft
from locker.core.parcels.moving import fetch
from locker.core.place import Place, PlaceKind
from locker.core.reasons import Refused
from locker.core.rules import decide

SHELF = Place("shelf", "Shelf at the desk", PlaceKind.SHELF, 2)
ROOM = Place("room", "Post room", PlaceKind.ROOM, 1)
NEW_CODE = NewCode(code_hash="code-new", token_hash="token-new", sealed=b"sealed")
HOUR = 3600


@pytest.fixture
def play():
    return Play(door("A1", "S"), door("A2", "M"), door("A3", "L"), places=(SHELF, ROOM))


def where(play, parcel):
    found = play.site.parcels[parcel]
    return found.compartment, found.place, found.state.value


def test_STO_03_a_parcel_lies_at_a_place_by_the_word_of_staff_and_its_free_time_runs(play):
    parcel = play.put("shelf")
    assert where(play, parcel) == ("", "shelf", "stored")
    assert play.kinds()[-1] == "ParcelPlaced"
    assert "UnlockOrdered" not in play.kinds()
    play.later(72 * HOUR)
    assert play.site.parcels[parcel].overdue


def test_a_place_takes_as_many_as_it_has_room_for(play):
    play.put("shelf")
    play.put("shelf")
    assert play.refuses(play.put, "shelf") == "no-space"
    stored = play.stored("M")
    assert play.refuses(play.move, stored, "shelf") == "no-space"
    assert play.refuses(play.put, "nowhere") == "unknown"


def test_room_at_a_place_is_kept_for_what_is_on_its_way_there(play):
    play.move(play.stored("M"), "room")
    assert play.refuses(play.put, "room") == "no-space"


def test_the_rules_of_a_number_hold_at_a_place_too(play):
    play.put("shelf", label="n1")
    assert play.refuses(play.put, "shelf", label="n1") == "duplicate-tracking"
    assert play.refuses(play.deposit, "M", label="n1") == "duplicate-tracking"
    assert play.refuses(play.expected, "M", label="n1") == "duplicate-tracking"
    assert play.refuses(play.put, "shelf", recipients=()) == "unknown-recipient"
    assert play.refuses(play.put, "shelf", size=None) == "not-expected"
    assert play.refuses(play.put, "shelf", recipients=None) == "not-expected"


def test_what_was_announced_is_taken_in_at_a_place_as_it_was_announced(play):
    play.resident("r2", unit="7")
    parcel = play.expected("M", "r2", flags=frozenset({"in-person"}))
    play.put("shelf", None, parcel=parcel, recipients=None)
    assert play.site.parcels[parcel].recipients == ("r2",)
    assert play.site.parcels[parcel].flags == {"in-person"}
    assert where(play, parcel) == ("", "shelf", "stored")


def test_a_code_opens_nothing_while_its_parcel_lies_at_a_place(play):
    parcel = play.stored("M")
    name = play.place(parcel)
    play.move(parcel, "shelf")
    play.open_and_shut(name)
    assert where(play, parcel) == ("", "shelf", "stored")
    assert play.use(name) == "free"
    assert play.refuses(play.code, parcel) == "staff-only"


def test_STO_10_a_parcel_moves_from_place_to_place_by_word_and_every_move_is_recorded(play):
    parcel = play.put("shelf")
    play.move(parcel, "room")
    assert where(play, parcel) == ("", "room", "stored")
    assert play.refuses(play.move, parcel, "room") in {"not-now", "no-space"}
    play.move(parcel, "shelf")
    moves = [(e.from_place, e.place) for e in play.events if type(e).__name__ == "ParcelMoved"]
    assert moves == [("shelf", "room"), ("room", "shelf")]


def test_REL_11_a_parcel_moves_to_another_door_when_its_own_is_seen_open(play):
    parcel = play.stored("M")
    assert play.place(parcel) == "A2"
    deadline = play.site.parcels[parcel].deadline
    play.move(parcel, "A3")
    assert (play.pulses("A2"), play.pulses("A3")) == (2, 0)
    assert play.refuses(play.code, parcel) == "busy"
    play.see(A2="open")
    assert (play.pulses("A3"), where(play, parcel)) == (1, ("A2", "", "depositing"))
    play.see(A3="open")
    assert where(play, parcel) == ("A3", "", "depositing")
    play.see(A2="shut")
    play.see(A3="shut")
    assert where(play, parcel) == ("A3", "", "stored")
    assert (play.use("A2"), play.use("A3")) == ("free", "loaded")
    assert play.site.parcels[parcel].deadline == deadline
    play.code(parcel)
    assert play.state(parcel) == "collecting"


def test_the_other_door_is_kept_while_the_first_is_not_open_yet(play):
    parcel = play.stored("M")
    play.move(parcel, "A3")
    play.deposit("S")
    assert play.refuses(play.deposit, "S") == "no-space"
    play.later(40)
    assert where(play, parcel) == ("A2", "", "stored"), "its door did not open: it stays"
    play.deposit("S")


def test_a_parcel_goes_behind_any_free_door_when_the_one_that_was_meant_is_gone(play):
    parcel = play.stored("S")
    play.move(parcel, "A2")
    play.see(A2="open")
    play.see(A1="open")
    assert (where(play, parcel)[0], play.pulses("A3")) == ("A1", 1)
    play.see(A3="open")
    assert where(play, parcel)[0] == "A3"


def test_a_parcel_stays_where_it_was_when_no_other_door_is_free_any_more(play):
    parcel = play.stored("L")
    big = Play(door("A1", "L"), door("A2", "L"))
    parcel = big.stored("L")
    first, other = big.place(parcel), "A2" if big.place(parcel) == "A1" else "A1"
    big.move(parcel, other)
    big.see(**{other: "open"})
    big.see(**{first: "open"})
    big.see(**{first: "shut"})
    assert where(big, parcel) == (first, "", "stored")


def _between(play):
    """A parcel that was carried out of A2, before the open door, while A3 is ordered."""
    parcel = play.stored("M")
    play.move(parcel, "A3")
    play.see(A2="open")
    return parcel


def test_REL_11_a_parcel_is_where_it_was_when_the_second_door_does_not_open(play):
    parcel = _between(play)
    for name in ("cancel", "resize"):
        assert play.refuses(getattr(play, name), parcel, *(["L"] if name == "resize" else [])) == "not-now"
    play.later(45)
    assert (play.pulses("A3"), play.use("A3"), where(play, parcel)) == (3, "retired", ("A2", "", "depositing"))
    play.see(A2="shut")
    assert where(play, parcel) == ("A2", "", "stored")
    assert play.use("A2") == "loaded"
    play.code(parcel)
    assert play.state(parcel) == "collecting"


def test_another_free_door_is_tried_when_the_second_does_not_open():
    play = Play(door("A1"), door("A2"), door("A3"))
    parcel = play.stored()
    first = play.place(parcel)
    second, third = sorted({"A1", "A2", "A3"} - {first})
    play.move(parcel, second)
    play.see(**{first: "open"})
    play.later(45)
    assert (play.use(second), play.pulses(third) > 0) == ("retired", True)
    play.see(**{third: "open"})
    play.see(**{first: "shut"})
    play.see(**{third: "shut"})
    assert where(play, parcel) == (third, "", "stored")


def test_a_person_who_thinks_again_shuts_the_first_door_and_the_second_is_free(play):
    parcel = _between(play)
    play.see(A2="shut")
    assert where(play, parcel) == ("A2", "", "stored")
    pulsed = play.pulses("A3")
    play.later(40)
    assert (play.use("A3"), play.pulses("A3")) == ("free", pulsed)


def test_a_second_door_that_opens_after_all_is_free_when_it_is_shut(play):
    parcel = _between(play)
    play.see(A2="shut")
    play.open_and_shut("A3")
    assert (where(play, parcel), play.use("A3")) == (("A2", "", "stored"), "free")


def test_a_person_asks_for_the_second_door_once_more(play):
    parcel = _between(play)
    play.later(20)
    assert play.pulses("A3") == 3
    play.reopen(parcel)
    assert play.pulses("A3") == 4


@pytest.mark.parametrize(("first", "second"), [("shut", "shut"), ("open", "shut"), ("shut", "open"), ("open", "open")])
def test_nobody_knows_at_which_of_two_doors_a_parcel_is_after_a_restart(play, first, second):
    parcel = _between(play)
    play.restart()
    play.see(A1="shut", A2=first, A3=second)
    for name in ("A2", "A3"):
        play.see(**{name: "shut"})
    assert where(play, parcel)[2] == "check"
    assert {play.use("A2"), play.use("A3")} <= {"check"}


@pytest.mark.parametrize("order", [("A2", "A3"), ("A3", "A2")])
def test_nobody_knows_when_a_wire_was_dead_between_two_doors(play, order):
    parcel = _between(play)
    play.see(A3="unseen")
    play.later(20)
    for name in order:
        play.see(**{name: "shut"})
    assert (where(play, parcel), play.use("A3")) == (("A2", "", "check"), "check")


def test_a_first_door_that_is_left_open_is_looked_at_with_the_second(play):
    parcel = _between(play)
    play.later(41)
    other = Play(door("A1", "S"), door("A2", "M"), door("A3", "L"), places=(SHELF, ROOM), door_open_seconds=10)
    parcel = _between(other)
    other.later(11)
    assert (where(other, parcel), other.use("A3")) == (("A2", "", "check"), "check")
    other.see(A3="open")
    other.see(A3="shut")
    assert (where(other, parcel), other.use("A3")) == (("A2", "", "check"), "check")


def test_staff_settle_a_move_that_no_switch_will_ever_end(play):
    parcel = _between(play)
    play.restart()
    play.clear_by_word("A2", "parcel", supervisor=True)
    assert (where(play, parcel), play.use("A3")) == (("A2", "", "stored"), "check")


def test_a_move_between_doors_cut_by_a_restart_is_looked_at_by_staff(play):
    parcel = play.stored("M")
    play.move(parcel, "A3")
    play.restart()
    play.see(A1="shut", A2="shut", A3="shut")
    assert where(play, parcel) == ("A2", "", "check")
    assert play.use("A3") == "free"


def test_a_parcel_moves_from_a_place_behind_a_door_and_gets_a_code_when_it_has_none(play):
    parcel = play.put("shelf")
    play.move(parcel, "A2", new_code=NEW_CODE)
    assert where(play, parcel) == ("A2", "", "depositing")
    play.open_and_shut("A2")
    assert where(play, parcel) == ("A2", "", "stored")
    assert play.site.codes["code-new"] == parcel


@pytest.mark.parametrize("why", ["the door does not open", "the person gives it up"])
def test_a_parcel_from_a_place_goes_back_there(play, why):
    parcel = play.put("shelf")
    play.move(parcel, "A2", new_code=NEW_CODE)
    if why == "the person gives it up":
        play.cancel(parcel)
    play.later(60)
    assert where(play, parcel) == ("", "shelf", "stored")
    assert play.use("A2") == ("free" if why == "the person gives it up" else "retired")


def test_a_parcel_behind_a_door_in_check_moves_to_a_place_by_word_and_the_door_stays_check(play):
    parcel = play.stored("M")
    name = play.place(parcel)
    play.staff_open(name)
    play.see(**{name: "open"})
    play.move(parcel, "shelf")
    assert where(play, parcel) == ("", "shelf", "stored")
    assert play.use(name) == "check"
    play.see(**{name: "shut"})
    play.clear(name, "empty")
    assert where(play, parcel) == ("", "shelf", "stored")


def test_a_door_that_cannot_take_it_is_refused_with_its_reason(play):
    parcel = play.stored("M")
    assert play.refuses(play.move, parcel, play.place(parcel)) == "not-now"
    assert play.refuses(play.move, parcel, "A1") == "too-large"
    play.see(A3="unseen")
    assert play.refuses(play.move, parcel, "A3") == "door-unseen"
    play.see(A3="shut")
    play.expected("L")
    assert play.refuses(play.move, parcel, "A3") == "no-space", "it was promised"
    assert play.refuses(play.move, parcel, "nowhere") == "unknown"
    play.retire("A1")
    small = play.put("shelf", "S")
    assert play.refuses(play.move, small, "A1", new_code=NEW_CODE) == "not-now"


def test_moves_are_for_parcels_at_rest(play):
    assert play.refuses(play.move, play.deposit("S"), "shelf") == "busy"
    assert play.refuses(play.move, play.expected("M"), "shelf") == "not-now"
    held = play.put("shelf")
    play.hold(held)
    assert play.refuses(play.move, held, "room") == "held"
    assert play.refuses(play.move, "p99", "shelf") == "unknown"


# --- withdrawn, returned, released ------------------------------------------------------------------


def test_C22_a_courier_takes_an_own_parcel_back_within_a_quarter_of_an_hour(play):
    parcel = play.stored("M")
    name = play.place(parcel)
    play.later(15 * 60 - 1)
    play.withdraw(parcel)
    assert play.state(parcel) == "depositing"
    play.open_and_shut(name)
    assert (play.state(parcel), play.use(name)) == ("withdrawn", "free")


def test_REL_06_a_courier_never_makes_a_parcel_collected_and_takes_no_other_out(play):
    parcel = play.stored("M")
    assert play.refuses(play.withdraw, parcel, own=False) == "not-now"
    assert play.refuses(play.withdraw, parcel, company="Another") == "unknown"
    play.later(15 * 60)
    assert play.refuses(play.withdraw, parcel) == "not-now"
    assert play.refuses(play.withdraw, "p99") == "unknown"


def test_EXC_04_an_overdue_parcel_goes_back_with_any_courier_of_its_company(play):
    parcel = play.stored("M")
    name = play.place(parcel)
    play.later(72 * HOUR)
    assert play.refuses(play.withdraw, parcel, own=False, company="Another") == "unknown"
    play.withdraw(parcel, own=False, company=" sf ")
    play.open_and_shut(name)
    assert (play.state(parcel), play.use(name)) == ("returned", "free")
    assert play.refuses(play.code, parcel) == "unknown-code"


def test_a_parcel_whose_door_does_not_open_for_its_courier_stays_and_its_code_opens(play):
    parcel = play.stored("M")
    play.later(72 * HOUR)
    play.withdraw(parcel, own=False)
    play.later(40)
    assert play.state(parcel) == "stored"
    assert play.site.parcels[parcel].overdue
    play.code(parcel)
    assert play.state(parcel) == "collecting"


def test_C21_an_overdue_parcel_at_a_place_is_given_back_by_staff(play):
    parcel = play.put("shelf")
    play.later(72 * HOUR)
    assert play.refuses(play.withdraw, parcel, own=False) == "staff-only"
    play.withdraw(parcel, own=False, staff=True)
    assert play.state(parcel) == "returned"


def test_what_is_held_goes_with_no_courier_and_is_released_to_nobody(play):
    parcel = play.stored("M")
    play.hold(parcel)
    assert play.refuses(play.withdraw, parcel) == "held"
    assert play.refuses(play.release, parcel) == "held"
    assert play.refuses(play.move, parcel, "shelf") == "held"


def test_REL_06_staff_release_a_parcel_to_whom_they_have_seen(play):
    parcel = play.stored("M")
    name = play.place(parcel)
    play.release(parcel)
    assert play.state(parcel) == "collecting"
    assert [k for k in play.kinds() if k in {"ParcelReleased", "PickupStarted"}] == ["ParcelReleased", "PickupStarted"]
    play.open_and_shut(name)
    assert play.state(parcel) == "collected"


def test_a_parcel_at_a_place_is_released_by_word(play):
    parcel = play.put("shelf")
    play.release(parcel)
    assert play.state(parcel) == "collected"
    assert play.site.parcels.get(parcel) is None
    assert play.refuses(play.release, parcel) == "unknown"
    play.put("shelf", label=f"label-{parcel}")


def test_a_release_needs_a_door_that_can_be_seen_and_nobody_at_it(play):
    parcel = play.stored("M")
    play.staff_open(play.place(parcel))
    assert play.refuses(play.release, parcel) == "busy"
    other = play.stored("L")
    play.see(**{play.place(other): "unseen"})
    assert play.refuses(play.release, other) == "door-unseen"
    assert play.refuses(play.withdraw, other) == "door-unseen"


@pytest.mark.parametrize("hour", ["outside the hours"])
def test_couriers_come_within_the_hours_and_staff_at_any(hour):
    from datetime import UTC

    from locker.core.doors.opening_hours import OpeningHours

    opening = OpeningHours(UTC, week=((),) * 6 + (((480, 485),),))
    play = Play(door("A1"), door("A2"), places=(SHELF,), opening=opening)
    parcel = play.stored()
    play.later(600)
    assert play.refuses(play.withdraw, parcel) == "closed"
    play.release(parcel)
    assert play.state(parcel) == "collecting"


def test_nothing_is_fetched_from_a_place_or_handed_out_from_a_door_that_is_not_loaded(play):
    parcel, placed = play.stored(), play.put("shelf")
    doubtful = with_compartment(play.site, play.place(parcel), use=Use.CHECK)
    release = Release(by="staff:t", parcel=parcel, pickup="k9", reason="code lost")
    for ask in (
        lambda: fetch(Draft(play.site, play.now), play.site.parcels[placed]),
        lambda: fetch(Draft(doubtful, play.now), doubtful.parcels[parcel]),
        lambda: decide(doubtful, release, play.now),
        lambda: decide(doubtful, Reopen(by="token:c", parcel=parcel), play.now),
    ):
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.reason.value == "not-now"
