"""Which compartment a parcel gets."""

import pytest
from core_play import Play, door

LOW = {"bottom_mm": 400, "top_mm": 600}
BEST = {"bottom_mm": 850, "top_mm": 1050}
HIGH = {"bottom_mm": 1300, "top_mm": 1500}
CHARGING = frozenset({"charging"})


def given(play, size, **more):
    return play.place(play.deposit(size, **more))


def test_C9_the_smallest_that_fits_stepping_up_when_that_size_is_full():
    play = Play(door("A1", "XL"), door("A2", "L"), door("A3", "S"), door("A4", "M"), door("A5", "M"))
    assert [given(play, "M") for _ in range(4)] == ["A4", "A5", "A2", "A1"]
    assert play.refuses(play.deposit, "M") == "no-space"
    assert given(play, "XS") == "A3"


def test_STO_01_of_equal_doors_one_in_a_column_that_is_asked_for_comes_first_and_no_larger_one_does():
    play = Play(door("A1", column=1), door("B1", column=2), door("B2", "L", column=2))
    assert given(play, "M", near=frozenset({2})) == "B1"
    assert given(play, "M", near=frozenset({2})) == "A1", "a larger door is not given to stand together"


def test_wear_is_spread():
    play = Play(door("A1"), door("A2"))
    seen = []
    for _ in range(4):
        parcel = play.collected()
        seen.append(play.place(parcel))
        play.later(60)
    assert seen == ["A1", "A2", "A1", "A2"]


@pytest.mark.parametrize(("bottom", "top", "low"), [(380, 1220, True), (379, 1000, False), (400, 1221, False)])
def test_a_low_door_is_wholly_between_380_and_1220_mm(bottom, top, low):
    assert door("A1", bottom_mm=bottom, top_mm=top).low is low


def test_a_door_is_low_by_the_word_of_the_site_file_too():
    assert door("A1", features=frozenset({"low"})).low
    assert not door("A1", features=frozenset({"cold"})).low


def test_low_doors_are_kept_back_while_another_of_their_size_is_free_and_no_larger_one_spares_them():
    play = Play(door("A1", "M", **LOW), door("A2", "M", **HIGH), door("A3", "XL", **HIGH))
    assert [given(play, "M") for _ in range(3)] == ["A2", "A1", "A3"]


def test_of_each_size_two_low_doors_are_kept_back_and_the_rest_are_doors_like_others():
    play = Play(*(door(f"A{n}", "M", **LOW) for n in range(1, 5)), door("A5", "M", **HIGH), door("A6", "L", **LOW))
    taken = [given(play, "M") for _ in range(6)]
    assert taken[:3] == ["A1", "A2", "A5"]
    assert taken[3:] == ["A3", "A4", "A6"]


def test_R19_low_doors_come_first_for_a_resident_with_the_reach_flag():
    play = Play(door("A1", "M", **HIGH), door("A2", "L", **LOW))
    play.resident("r1", reach=True)
    assert [given(play, "M") for _ in range(2)] == ["A2", "A1"]


def test_one_recipient_with_the_reach_flag_is_enough():
    play = Play(door("A1", "M", **HIGH), door("A2", "M", **LOW))
    play.resident("r2", reach=True)
    assert play.place(play.deposit("M", "r1", "r2")) == "A2"


def test_among_low_doors_the_best_height_comes_first():
    play = Play(door("A1", "M", **LOW), door("A2", "M", **BEST))
    play.resident("r1", reach=True)
    assert given(play, "M") == "A2"


def test_R23_cold_compartments_are_for_cold_parcels_while_another_fits():
    cold = {"features": frozenset({"cold"})}
    play = Play(door("A1", "M", **cold), door("A2", "XL"))
    assert given(play, "M") == "A2"
    assert given(play, "M") == "A1"


def test_R23_cold_parcels_go_into_cold_compartments_only():
    play = Play(door("A1", "M"), door("A2", "XL", features=frozenset({"cold"})))
    assert given(play, "M", flags=["cold"]) == "A2"
    assert play.refuses(play.deposit, "M", flags=["cold"]) == "no-space"


def test_STO_09_liquids_go_low():
    play = Play(door("A1", "M", bottom_mm=1500, top_mm=1700), door("A2", "M", bottom_mm=1300, top_mm=1500))
    assert given(play, "M", flags=["liquid"]) == "A2"


@pytest.mark.parametrize("state", ["open", "unseen"])
def test_never_a_door_that_is_not_seen_shut(state):
    play = Play(door("A1"), door("A2"))
    play.see(A1="unseen")
    if state == "open":
        play.see(A1="open")
    assert given(play, "M") == "A2"
    assert play.refuses(play.deposit) == "no-space"


def test_two_couriers_never_get_the_same():
    play = Play(*(door(f"A{n}") for n in range(1, 9)))
    assert len({given(play, "M") for _ in range(8)}) == 8
    assert play.refuses(play.deposit) == "no-space"


@pytest.mark.parametrize(
    ("bottom", "top", "best"), [(749, 850, False), (750, 850, True), (1000, 1201, True), (1001, 1201, False)]
)
def test_who_cannot_reach_high_gets_a_door_whose_middle_is_between_800_and_1100_mm(bottom, top, best):
    play = Play(door("A1", **LOW), door("A2", bottom_mm=bottom, top_mm=top))
    play.resident("r9", unit="9", reach=True)
    assert given(play, "M", recipients=("r9",)) == ("A2" if best else "A1")


def test_STO_01_near_holds_for_who_cannot_reach_high_too():
    play = Play(door("A1", column=1, **BEST), door("B1", column=2, **BEST))
    play.resident("r9", unit="9", reach=True)
    assert given(play, "M", recipients=("r9",), near=frozenset({2})) == "B1"


def test_a_door_that_is_taken_in_place_of_a_jammed_one_has_what_the_parcel_needs():
    play = Play(door("A1", features=CHARGING), door("A2"), door("A3", features=CHARGING))
    parcel = play.deposit(needs=CHARGING)
    assert play.place(parcel) == "A1"
    play.later(46)
    assert play.place(parcel) == "A3"
