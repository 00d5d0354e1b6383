"""The brake on many doors: alone one opens so many different ones in so many minutes; nobody's visit is ever braked."""

from datetime import timedelta

import pytest
from core_play import Play, door

from locker.core.doors.mass_opening import KEPT, many_doors
from locker.core.messages.commands import StaffOpen
from locker.core.place import Place, PlaceKind
from locker.core.reasons import RefusalReason, Refused

NAMES = [f"A{number}" for number in range(1, 31)]


@pytest.fixture
def play():
    return Play(*(door(name) for name in NAMES), many_doors=4)


def staff_open(play, name, by="staff:chen", approved_by=""):
    order = StaffOpen(by=by, order=f"s{name}{play.now}", compartment=name, reason="test", approved_by=approved_by)
    return play.ask(order)


def braked(play, name, **more):
    with pytest.raises(Refused) as refused:
        staff_open(play, name, **more)
    assert refused.value.reason is RefusalReason.TOO_MANY_DOORS
    return refused.value.retry_after


def test_so_many_doors_and_no_more_by_one_person_alone(play):
    for name in NAMES[:4]:
        staff_open(play, name)
    assert braked(play, NAMES[4]) == 600
    assert [name for name in NAMES if play.pulses(name)] == NAMES[:4]


def test_another_person_has_doors_of_their_own(play):
    for name in NAMES[:4]:
        staff_open(play, name)
    for name in NAMES[:4]:
        play.later(10)
        staff_open(play, name, by="token:intercom")
    braked(play, NAMES[5])
    braked(play, NAMES[5], by="token:intercom")
    staff_open(play, NAMES[5], by="staff:wu")


def test_the_same_door_again_is_no_other_door(play):
    for name in NAMES[:4]:
        staff_open(play, name)
    for _ in range(5):
        play.later(20)
        staff_open(play, NAMES[0])
    braked(play, NAMES[4])


def test_after_some_minutes_doors_are_free_again_one_by_one(play):
    for name in NAMES[:4]:
        staff_open(play, name)
        play.later(60)
    wait = braked(play, NAMES[4])
    assert wait == 600 - 240
    play.later(wait)
    staff_open(play, NAMES[4])
    assert braked(play, NAMES[5]) == 60


def test_what_somebody_else_approved_is_not_braked_and_counts_for_nobody(play):
    for name in NAMES[:10]:
        staff_open(play, name, approved_by="staff:wu")
    for name in NAMES[10:14]:
        staff_open(play, name)
    braked(play, NAMES[14])
    braked(play, NAMES[14], approved_by="staff:chen")
    staff_open(play, NAMES[14], approved_by="staff:wu")


def test_a_jump_of_the_clock_neither_frees_nor_lengthens(play):
    for name in NAMES[:4]:
        staff_open(play, name)
    for each in play.site.compartments.values():
        assert all(order.at <= play.now for order in each.staff_orders)
    before = braked(play, NAMES[4])
    play.jump(3 * 3600)
    assert abs(braked(play, NAMES[4]) - before) <= 1


def test_deposits_and_pickups_are_never_braked():
    play = Play(*(door(name) for name in NAMES), many_doors=1)
    staff_open(play, NAMES[29], by="token:courier")
    for parcel in [play.stored() for _ in range(6)]:
        play.code(parcel)
    braked(play, NAMES[28], by="token:courier")


def test_parcels_that_are_moved_out_one_after_another_are_doors_too():
    play = Play(*(door(name) for name in NAMES), places=(Place("shelf", "Shelf", PlaceKind.SHELF, 9),), many_doors=3)
    parcels = [play.stored() for _ in range(5)]
    for parcel in parcels[:3]:
        play.move(parcel, "shelf")
    assert play.refuses(play.move, parcels[3], "shelf") == "too-many-doors"
    assert play.refuses(staff_open, play, NAMES[29], by="staff:t") == "too-many-doors"


@pytest.mark.parametrize(("compartments", "least"), [(8, 12), (24, 12), (30, 15), (76, 38)])
def test_without_a_number_it_is_half_of_the_cabinet_and_twelve_at_the_least(compartments, least):
    assert many_doors(Play(*(door(f"A{n}") for n in range(compartments))).site) == least


def test_a_door_remembers_each_person_once_and_for_an_hour(play):
    for minute in range(0, 90, 10):
        staff_open(play, "A1", by=f"staff:p{minute}")
        play.later(600)
    orders = play.site.compartments["A1"].staff_orders
    assert len({order.by for order in orders}) == len(orders) <= 7
    assert all(order.at > play.now - KEPT - timedelta(minutes=10) for order in orders)


@pytest.mark.parametrize(("doors", "alone"), [(3, 12), (25, 12), (26, 13), (27, 13)])
def test_one_alone_orders_half_of_the_cabinet_and_at_least_twelve(doors, alone):
    assert many_doors(Play(*(door(f"A{n}") for n in range(doors))).site) == alone


@pytest.mark.parametrize(("waited", "left"), [(0, 600), (598.5, 2), (599, 1), (599.5, 1)])
def test_the_brake_says_in_how_many_seconds_the_first_order_counts_no_more(waited, left):
    play = Play(many_doors=1)
    play.staff_open("A1")
    play.later(waited)
    with pytest.raises(Refused) as refused:
        play.staff_open("A2")
    assert refused.value.retry_after == left


def test_a_door_that_one_has_ordered_already_counts_once_when_its_parcel_is_fetched_too():
    play = Play(many_doors=1, places=(Place("shelf", "Shelf", PlaceKind.SHELF, 3),))
    parcel, other = play.stored(), play.stored()
    play.staff_open(play.place(parcel))
    play.later(31)
    assert play.refuses(play.move, other, "shelf") == "too-many-doors"
    play.move(parcel, "shelf")
