"""S9, S10: a door of one's own is for nobody else, and what residents send leaves room for what they get."""

import pytest
from core_play import Play, door
from test_core_outbound import book


@pytest.fixture
def play():
    made = Play(door("A1", kept_for="0907"), door("A2"), door("A3", "L"))
    made.resident("r2", unit="0907", phone="+8613800000002")
    return made


def own(play):
    return play.deposit("M", "r2")


def test_S9_a_door_of_a_unit_is_its_first_choice_and_nobody_elses_last(play):
    assert play.place(own(play)) == "A1"
    assert [play.place(play.deposit("M")) for _ in range(2)] == ["A2", "A3"]
    play.see(**dict.fromkeys(("A1", "A2", "A3"), "shut"))
    assert play.refuses(play.deposit, "M") == "no-space"


def test_S9_nobody_else_gets_it_when_nothing_else_is_free(play):
    play.deposit("M")
    play.deposit("M")
    assert play.refuses(play.deposit, "M") == "no-space"
    assert play.place(own(play)) == "A1"


def test_S9_a_unit_with_its_own_door_taken_gets_one_of_those_for_all(play):
    play.stored("M", "r2")
    assert play.place(play.stored("M", "r2")) == "A2"


def test_S9_a_unit_is_known_however_it_is_written():
    play = Play(door("A1", kept_for="OFFICE  A "), door("A2"))
    play.resident("r3", unit="office a")
    assert play.place(play.deposit("M", "r3")) == "A1"


def test_S9_a_deposit_that_goes_on_elsewhere_does_not_go_there_for_others(play):
    first = play.deposit("M")
    assert play.place(first) == "A2"
    play.deposit("L")
    assert play.refuses(play.resize, first, "M") == "no-space"


def test_S9_staff_move_others_parcels_everywhere_but_there(play):
    parcel = play.stored("M")
    assert play.refuses(play.move, parcel, "A1") == "not-now"
    mine = play.stored("M", "r2")
    assert play.place(mine) == "A1"
    play.move(mine, "A3")
    play.see(A1="open")
    play.see(A3="open")
    play.see(A1="shut")
    play.see(A3="shut")
    play.move(mine, "A1")
    play.see(A3="open")
    play.see(A1="open")
    play.see(A3="shut")
    play.see(A1="shut")
    assert play.place(mine) == "A1"


def test_S9_no_promise_to_others_counts_on_it(play):
    play.expected("M", "r1")
    play.expected("M", "r1")
    assert play.refuses(play.expected, "M", "r1") == "no-space"
    assert play.place(own(play)) == "A1", "what is promised to others does not keep its own from it"


def test_S9_a_door_of_ones_own_stands_in_for_no_promise_to_others():
    play = Play(door("A1", kept_for="0907"), door("A2", "L"))
    play.resident("r2", unit="0907", phone="+8613800000002")
    play.expected("M", "r1")
    assert play.refuses(play.deposit, "L", "r2") == "no-space", "the only door for all is promised"


def test_S10_what_residents_send_leaves_so_many_doors_to_couriers():
    play = Play(door("A1"), door("A2"), door("A3"), keep_for_deliveries=2)
    book(play, size="M")
    assert play.refuses(book, play, "b2", "M") == "no-space"
    for _ in range(2):
        play.deposit("M")
    assert play.refuses(play.deposit, "M") == "no-space", "the third is kept for what was booked"


def test_S10_only_doors_that_are_large_enough_count_and_those_of_a_unit_do_not():
    play = Play(
        door("A1", "S"), door("A2", "S"), door("A3", "L"), door("A4", "L", kept_for="0907"), keep_for_deliveries=1
    )
    assert play.refuses(book, play, "b1", "L") == "no-space"
    book(play, "b2", "S")
    book(play, "b3", "S")
    assert play.refuses(book, play, "b4", "S") == "no-space", (
        "a small one may go behind the large door, which is the last"
    )


def test_S10_without_a_number_a_resident_may_book_the_last_one():
    play = Play(door("A1"))
    parcel = book(play, size="M")
    assert play.state(parcel) == "expected"


def test_a_larger_parcel_and_who_cannot_reach_high_get_the_door_of_their_unit_first():
    low = {"bottom_mm": 850, "top_mm": 1050}
    play = Play(door("A1"), door("A2", "L"), door("A3", "L", kept_for="1203"), door("A4", **low), door("A5", **low))
    play.retire("A3")
    parcel = play.deposit()
    play.restore("A3")
    play.resize(parcel, "L")
    assert play.place(parcel) == "A3"
    play = Play(door("A4", **low), door("A5", kept_for="9", **low))
    play.resident("r9", unit="9", reach=True)
    assert play.place(play.deposit(recipients=("r9",))) == "A5"
