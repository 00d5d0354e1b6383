"""Parcels that were announced: room is kept for each until its time, never twice, and its deposit fills itself in."""

from contextlib import suppress
from datetime import timedelta
from itertools import permutations

import pytest
from core_play import Play, door
from hypothesis import given, settings
from hypothesis import strategies as st

from locker.core.events.custody_events import Ending, ExpectationEnded
from locker.core.evolve.evolve import evolve
from locker.core.evolve.site_updates import with_parcel
from locker.core.features import needed
from locker.core.model import Direction, Size
from locker.core.parcels.expected import announced_parcel
from locker.core.parcels.reservations import fits, kept, promised, spare
from locker.core.reasons import Refused
from locker.core.visits.allocation import offered

HOUR = 3600
COLD = {"features": frozenset({"cold"})}


def kept_now(play):
    return kept(promised(play.site, play.now), offered(play.site))


def test_REC_10_a_deposit_of_an_announced_number_fills_itself_in():
    play = Play(door("A1", "S"), door("A2", "M"), door("A3", "L", **COLD))
    play.resident("r2", unit="7")
    parcel = play.expected("M", "r2", flags=frozenset({"cold", "fragile"}))
    assert play.state(parcel) == "expected"
    assert play.bring(parcel) == parcel
    kept_parcel = play.site.parcels[parcel]
    assert (kept_parcel.compartment, kept_parcel.size, kept_parcel.recipients) == ("A3", Size.M, ("r2",))
    assert kept_parcel.flags == {"cold", "fragile"}
    play.open_and_shut("A3")
    play.code(parcel)
    assert play.state(parcel) == "collecting"


def test_what_the_courier_says_goes_before_what_was_announced():
    play = Play(door("A1", "S"), door("A2", "M"), door("A3", "L"))
    play.resident("r2", unit="7")
    parcel = play.expected("S", flags=frozenset({"fragile"}))
    play.bring(parcel, size="L", recipients=("r2",), flags=["liquid"])
    kept_parcel = play.site.parcels[parcel]
    assert (kept_parcel.size, kept_parcel.recipients, kept_parcel.flags) == (Size.L, ("r2",), {"liquid"})


def test_a_number_that_nobody_announced_needs_size_and_recipient():
    play = Play()
    assert play.refuses(play.deposit, None) == "not-expected"
    assert play.refuses(play.deposit, "M", recipients=None) == "not-expected"
    parcel = play.expected()
    assert play.refuses(play.bring, parcel, label="another number") == "not-expected"
    assert play.refuses(play.bring, "p99") == "not-expected"


def test_the_rules_of_every_deposit_hold_for_an_announced_one():
    play = Play()
    parcel = play.expected()
    assert play.refuses(play.bring, parcel, damaged=True) == "damaged"
    assert play.refuses(play.bring, parcel, recipients=()) == "unknown-recipient"
    play.resident("r1", consent=False)
    assert play.refuses(play.bring, parcel) == "consent-needed"
    assert play.refuses(play.bring, play.expected(flags=frozenset({"in-person"}))) == "in-person-only"


def test_room_is_kept_from_others_and_given_to_whom_it_was_promised():
    play = Play(door("A1", "M"), door("A2", "M"))
    parcel = play.expected("M")
    play.deposit("M")
    assert play.refuses(play.deposit, "M") == "no-space"
    assert play.refuses(play.deposit, "S") == "no-space", "a small one would take the same door"
    play.bring(parcel)
    assert play.state(parcel) == "depositing"


def test_room_is_promised_only_where_there_is_room_left():
    play = Play(door("A1", "S"), door("A2", "M"))
    assert play.refuses(play.expected, "L") == "too-large"
    play.expected("S")
    play.expected("S")
    assert play.refuses(play.expected, "XS") == "no-space"
    assert play.refuses(play.deposit, "S") == "no-space"


def test_a_list_is_promised_as_a_whole_or_not_at_all_and_the_refusal_names_the_place():
    play = Play(door("A1", "M"), door("A2", "M"))
    three = [play.announced("M") for _ in range(3)]
    with pytest.raises(Refused, match="no-space") as refused:
        play.expect(*three)
    assert refused.value.item == 2
    assert not promised(play.site, play.now)
    assert play.expect(*three[:2]) == (three[0].parcel, three[1].parcel)


@pytest.mark.parametrize("why", ["twice", "already here", "twice in one list"])
def test_a_number_is_announced_once(why):
    play = Play()
    if why == "twice":
        play.expected(label="n1")
        assert play.refuses(play.expected, label="n1") == "duplicate-tracking"
    elif why == "already here":
        play.stored(label="n1")
        assert play.refuses(play.expected, label="n1") == "duplicate-tracking"
    else:
        both = [play.announced(label="n1"), play.announced(label="n1")]
        assert play.refuses(play.expect, *both) == "duplicate-tracking"


@pytest.mark.parametrize("hours", [0, -1, 24 * 30 + 1])
def test_a_promise_has_a_time_that_is_to_come_and_not_far_away(hours):
    play = Play()
    assert play.refuses(play.expected, hours=hours) == "not-now"
    assert play.refuses(play.expected, recipients=()) == "unknown-recipient"


def test_C18_room_is_kept_until_its_time_and_no_longer():
    play = Play(door("A1"))
    parcel = play.expected(hours=2)
    play.now += timedelta(hours=2, milliseconds=-1)
    assert play.refuses(play.deposit) == "no-space"
    play.now += timedelta(milliseconds=1)
    assert play.refuses(play.bring, parcel) == "not-expected", "too late"
    play.deposit()
    play.later(1)
    assert play.state(parcel) == "cancelled"
    assert play.events[-1].cause == "expired"


def test_a_promise_that_is_over_makes_way_for_the_same_number_before_anybody_noticed():
    play = Play()
    first = play.expected(hours=2, label="n1")
    play.now += timedelta(hours=3)
    second = play.expected(hours=2, label="n1")
    assert (play.state(first), play.state(second)) == ("cancelled", "expected")


def test_a_promise_that_ends_during_the_deposit_does_not_disturb_it():
    play = Play(door("A1"), door("A2"))
    parcel = play.expected(hours=1)
    play.later(HOUR - 10)
    play.bring(parcel)
    play.see(**{play.place(parcel): "open"})
    play.later(60)
    play.see(**{play.place(parcel): "shut"})
    assert play.state(parcel) == "stored"
    play.later(HOUR)
    assert play.state(parcel) == "stored"


def test_who_announced_may_take_it_back_once():
    play = Play(door("A1"))
    parcel = play.expected()
    play.end_expected(parcel)
    assert play.state(parcel) == "cancelled"
    assert play.refuses(play.end_expected, parcel) == "unknown"
    assert play.refuses(play.bring, parcel) == "not-expected"
    other = play.deposit()
    assert play.refuses(play.end_expected, other) == "not-now"


def test_a_deposit_that_is_given_up_does_not_bring_the_promise_back():
    play = Play(door("A1"), door("A2"))
    parcel = play.expected()
    play.bring(parcel)
    play.cancel(parcel)
    assert play.state(parcel) == "cancelled"
    assert promised(play.site, play.now) == []


def test_a_courier_who_resizes_takes_no_promised_room():
    play = Play(door("A1", "S"), door("A2", "M"))
    play.expected("M")
    here = play.deposit("S")
    play.see(A1="open")
    assert play.refuses(play.resize, here, "M") == "no-space"


def test_a_cold_promise_is_kept_by_a_cold_compartment_only():
    play = Play(door("A1", "M", **COLD), door("A2", "M"))
    play.expected("M", flags=frozenset({"cold"}))
    assert play.place(play.deposit("M")) == "A2"
    assert play.refuses(play.expected, "M") == "no-space"


def test_compartments_have_what_the_site_file_says_in_any_word():
    play = Play(door("A1", "M"), door("A2", "L", features=frozenset({"charging"})), door("A3", "M"))
    assert play.place(play.deposit("M", needs=frozenset({"charging"}))) == "A2"
    assert play.refuses(play.deposit, "M", needs=frozenset({"charging"})) == "no-space"
    assert [play.place(play.deposit("M")) for _ in range(2)] == ["A1", "A3"]


def test_what_has_more_than_is_needed_waits_for_who_needs_it():
    play = Play(door("A1", "M", features=frozenset({"charging"})), door("A2", "XL"))
    assert [play.place(play.deposit("M")) for _ in range(2)] == ["A2", "A1"]


def test_a_low_door_may_be_asked_for_like_any_feature():
    play = Play(door("A1", "M"), door("A2", "L", bottom_mm=400, top_mm=700))
    assert play.place(play.deposit("M", needs=frozenset({"low"}))) == "A2"


def test_promised_room_that_a_broken_door_takes_away_goes_to_who_comes_first():
    play = Play(door("A1"), door("A2"))
    first, second = play.expected(), play.expected()
    play.see(A1="open")
    assert kept_now(play) == 1
    assert play.refuses(play.deposit) == "no-space"
    play.bring(second)
    assert play.refuses(play.bring, first) == "no-space"


SIZES = st.sampled_from(["S", "M", "L"])
DOORS = st.lists(st.tuples(SIZES, st.booleans()), min_size=1, max_size=5)


@given(doors=DOORS, wanted=st.lists(st.tuples(SIZES, st.booleans()), max_size=4))
@settings(max_examples=150, deadline=None)
def test_the_most_promises_are_kept_that_any_way_of_giving_doors_could_keep(doors, wanted):
    play = Play(*(door(f"A{n}", size, **(COLD if cold else {})) for n, (size, cold) in enumerate(doors)))
    for size, cold in wanted:
        with suppress(Refused):
            play.expected(size, flags=frozenset({"cold"} if cold else ()))
    promises = promised(play.site, play.now)
    free = list(offered(play.site))
    best = max(
        (
            sum(fits(one, p.size, needed(p)) for one, p in zip(order, promises, strict=False))
            for order in permutations(free, min(len(free), len(promises)))
        ),
        default=0,
    )
    assert kept(promises, free) == best == len(promises), "what was promised can be kept"


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_nothing_that_is_asked_takes_room_that_was_promised(data):
    doors = data.draw(DOORS)
    play = Play(*(door(f"A{n}", size, **(COLD if cold else {})) for n, (size, cold) in enumerate(doors)))
    waiting = []
    for _ in range(data.draw(st.integers(1, 8))):
        size, cold = data.draw(SIZES), data.draw(st.booleans())
        flags = frozenset({"cold"} if cold else ())
        with suppress(Refused):
            match data.draw(st.sampled_from(["expect", "deposit", "bring", "resize"])):
                case "expect":
                    waiting.append(play.expected(size, flags=flags))
                case "deposit":
                    play.deposit(size, flags=flags)
                case "bring" if waiting:
                    play.bring(waiting.pop(0), size=data.draw(st.sampled_from([None, size])))
                case "resize" if parcels := [p for p in play.site.parcels.values() if p.state == "depositing"]:
                    play.resize(parcels[0].id, size)
        promises = promised(play.site, play.now)
        assert kept(promises, offered(play.site)) == len(promises)


def test_no_room_is_kept_for_what_is_expected_no_more_even_before_it_is_forgotten():
    play = Play()
    parcel = play.expected()
    assert [one.id for one in promised(play.site, play.now)] == [parcel]
    ended = evolve(play.site, ExpectationEnded(parcel=parcel, cause=Ending.CANCELLED), play.now)
    assert promised(ended, play.now) == []


def test_a_number_finds_what_was_announced_and_neither_what_has_come_nor_what_is_going_out():
    play = Play()
    come, awaited = play.stored(label="one"), play.expected("M", label="two")
    assert [announced_parcel(play.site, label) for label in ("one", "three")] == [None, None]
    assert announced_parcel(play.site, "two") is play.site.parcels[awaited]
    play.site = with_parcel(play.site, awaited, direction=Direction.OUT)
    assert announced_parcel(play.site, "two") is None
    assert come in play.site.parcels


def test_REC_10_what_has_come_takes_no_door_that_only_another_promise_can_have():
    play = Play(door("A1", "M"), door("A2", "L"))
    play.expected("L")
    come = play.expected("M")
    free = list(offered(play.site))
    assert [one.id for one in spare(play.site, play.now, free, for_parcel=come)] == ["A1"]
    assert spare(play.site, play.now, free) == []
