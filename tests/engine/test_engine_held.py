"""What was seen while sealed is kept in order and in little room, however long it lasts; the reserve comes back."""

import asyncio
import itertools
import random
from datetime import UTC, datetime

import pytest
from engine_bench import DOORS, in_virtual_time
from hypothesis import given
from hypothesis import strategies as st

from locker.core.messages.observations import Begun, PulseFailed, SwitchesSeen
from locker.core.model import Policy, Seen, Site
from locker.core.rules import decide
from locker.held_observations import MOST, REPEATS, HeldObservations

S, O, U = Seen.SHUT, Seen.OPEN, Seen.UNSEEN  # noqa: E741  as the table of a switch has them
NAMES = [door.id for door in DOORS]
ALL_SHUT = SwitchesSeen(dict.fromkeys(NAMES, S))


def cabinet():
    site = Site(policy=Policy(), compartments={door.id: door for door in DOORS})
    return decide(site, ALL_SHUT, datetime(2026, 3, 1, tzinfo=UTC)).site


def drained(held):
    out = []
    while (first := held.first()) is not None:
        out.append(first)
        held.drop_first()
    assert len(held) == 0
    return out


def of_door(observations, door):
    return [one.doors[door] for one in observations if isinstance(one, SwitchesSeen) and door in one.doors]


def test_a_wire_that_tells_the_same_for_days_is_held_once():
    site, held = cabinet(), HeldObservations()
    for _ in range(50_000):
        held.hold(SwitchesSeen(dict.fromkeys(NAMES, U)), site)
    assert drained(held) == [SwitchesSeen(dict.fromkeys(NAMES, U))]


def test_after_a_start_no_door_is_known_so_the_first_look_is_held_whole():
    site, held = cabinet(), HeldObservations()
    held.hold(Begun("t"), site)
    held.hold(ALL_SHUT, site)
    held.hold(ALL_SHUT, site)
    assert drained(held) == [Begun("t"), ALL_SHUT]


def test_what_differs_is_held_in_the_order_in_which_it_was_seen():
    site, held = cabinet(), HeldObservations()
    seen = [
        SwitchesSeen({"A1": O}),
        PulseFailed("A2", "no answer"),
        SwitchesSeen({"A1": S, "A3": O}),
        SwitchesSeen({"A1": O, "A3": U}),
    ]
    for one in seen:
        held.hold(one, site)
    assert drained(held) == seen


def test_a_door_that_goes_to_and_fro_is_held_so_often_as_it_can_teach_anything():
    site, held = cabinet(), HeldObservations()
    for value in itertools.islice(itertools.cycle([O, S]), 2 * 10_000):
        held.hold(SwitchesSeen({"A1": value}), site)
    assert of_door(drained(held), "A1") == [O, S] * REPEATS


def test_an_opening_among_thousands_of_failures_of_the_wire_is_not_lost():
    site, held = cabinet(), HeldObservations()
    for value in [U, S] * 500 + [O, S] + [U, S] * 500:
        held.hold(SwitchesSeen({"A1": value}), site)
    kept = of_door(drained(held), "A1")
    assert O in kept
    assert kept[-1] is S
    assert len(kept) <= MOST


@given(st.lists(st.sampled_from([S, O, U]), max_size=400), st.randoms(use_true_random=False))
def test_any_history_is_kept_small_with_its_end_and_with_all_that_a_door_ever_said(values, chance):
    """Also where no round is ever repeated; what is kept is a part of what was, in its order."""
    site, held = cabinet(), HeldObservations()
    for value in values:
        held.hold(SwitchesSeen({"A1": value} | ({"A2": chance.choice([S, O])} if chance.random() < 0.3 else {})), site)
    changes = [value for before, value in itertools.pairwise([S, *values]) if value is not before]
    kept = of_door(drained(held), "A1")
    assert len(kept) <= MOST
    assert set(kept) == set(changes)
    assert kept[-1:] == changes[-1:]
    rest = iter(changes)
    assert all(value in rest for value in kept)


@in_virtual_time
async def test_days_of_a_wire_that_comes_and_goes_take_no_room_while_sealed(bench):
    """Three days of a look every five seconds, in which nothing is ever recorded."""
    full = ["still full"]
    bench.engine.seal("full", until=lambda: full[0] if full else None)
    chance = random.Random(1)
    for _ in range(3 * 24 * 720):
        bench.engine.observe(SwitchesSeen(dict.fromkeys(NAMES, chance.choice([U, S]))))
        if chance.random() < 0.001:
            bench.engine.observe(SwitchesSeen({"A2": O}))
    await bench.quiet()
    assert len(bench.engine._held) <= MOST * len(NAMES)
    full.clear()
    await asyncio.sleep(6)
    assert bench.engine.sealed is None
    assert bench.use("A2") == "check", "it was open"
    assert len(bench.engine._held) == 0


@pytest.mark.parametrize("kind", ["at the next tidying", "after it was sealed"])
def test_the_reserve_is_laid_by_again(tmp_path, kind):
    @in_virtual_time
    async def walk(bench):
        reserve = tmp_path / "reserve"
        assert reserve.stat().st_size
        reserve.unlink()
        if kind == "after it was sealed":
            bench.engine.seal("full")
            await asyncio.sleep(60)
            assert bench.engine.sealed is None
        else:
            await asyncio.sleep(3700)
        assert reserve.stat().st_size

    walk(tmp_path)
