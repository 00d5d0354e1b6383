"""When a measure becomes a warning and when it is none any more, and how locks are judged by their days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locker.services.health.door_statistics import DoorDay, FaultRate, door_health
from locker.services.health.limits import LIMITS, LOCK_FAILS, LOCK_SLOW, RANK, WIRE, LimitWatch, Subject

EVERY = [*LIMITS, WIRE, LOCK_SLOW, LOCK_FAILS]
ALL_LIMITS = pytest.mark.parametrize("limit", EVERY, ids=lambda limit: limit.subject)
FIRST_DAY = date(2026, 3, 1)


@ALL_LIMITS
def test_UX_03_a_limit_raises_only_what_lasts_and_ends_only_what_is_over(limit):
    watch, at = LimitWatch(limit), 0.0
    bad = limit.raises
    good = limit.clears
    assert watch.look(good, at) is None
    if limit.raise_seconds:
        assert watch.look(bad, at) is None, "not at once"
        assert watch.look(good, at + limit.raise_seconds) is None, "a dip is none"
        assert watch.look(bad, at + limit.raise_seconds) is None, "it counts from its return"
        at += 2 * limit.raise_seconds
    assert watch.look(bad, at) is True
    watch.settle(raised=True)
    assert watch.look(bad, at + 1) is None, "once"
    if limit.clear_seconds:
        assert watch.look(good, at) is None
        at += limit.clear_seconds
    assert watch.look(good, at) is False


@ALL_LIMITS
def test_between_the_two_limits_nothing_changes(limit):
    middle = (limit.raises + limit.clears) / 2
    assert not limit.beyond(middle)
    assert not limit.within(middle)
    for raised in (True, False):
        watch = LimitWatch(limit, raised)
        assert [watch.look(middle, at) for at in (0, 1e6, 2e6)] == [None] * 3


@ALL_LIMITS
def test_what_cannot_be_measured_changes_nothing(limit):
    for raised in (True, False):
        assert LimitWatch(limit, raised).look(None, 1e6) is None


@given(st.lists(st.tuples(st.sampled_from(["bad", "good", "between", None]), st.integers(0, 100_000)), max_size=40))
def test_a_warning_never_changes_twice_the_same_way(story):
    for limit in EVERY:
        watch, at, last = LimitWatch(limit), 0.0, False
        values = {"bad": limit.raises, "good": limit.clears, "between": (limit.raises + limit.clears) / 2, None: None}
        for what, seconds in story:
            at += seconds
            change = watch.look(values[what], at)
            if change is not None:
                assert change is not last
                last = change
                watch.settle(raised=change)


def test_every_subject_has_one_limit_and_a_rank():
    assert sorted(limit.subject for limit in EVERY) == sorted(Subject)
    assert set(RANK) == set(Subject)


# --- locks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "tries", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 200, 0.0, 0.01885),
        (3, 210, 0.00487, 0.04112),
        (5, 5, 0.5655, 1.0),
        (50, 100, 0.4038, 0.5962),
    ],
)
def test_N10_wilsons_interval_is_that_of_the_tables(faults, tries, low, high):
    rate = FaultRate(faults, tries)
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=2e-4)


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_the_interval_holds_the_share_and_shrinks_with_tries(faults, good):
    rate, ten_times = FaultRate(faults, faults + good), FaultRate(10 * faults, 10 * (faults + good))
    assert 0 <= rate.low <= rate.share + 1e-9
    assert rate.share - 1e-9 <= rate.high <= 1
    if rate.tries:
        assert ten_times.high - ten_times.low < rate.high - rate.low


def days(*millis, **more):
    return [DoorDay(FIRST_DAY + timedelta(days=n), 4, 3, 0, value, **more) for n, value in enumerate(millis)]


def test_N10_a_lock_that_wears_is_slow_and_is_steady_again_once_it_is_changed():
    worn = door_health("D3", days(*(400 + 6 * n for n in range(30))), 9804)
    assert worn.slope == pytest.approx(6)
    assert worn.slow
    assert not worn.steady
    changed = door_health("D3", days(*(400 + 6 * n for n in range(12)), *[400] * 18), 9804)
    assert not changed.slow
    assert changed.steady


@pytest.mark.parametrize(
    "millis",
    [
        [410] * 30,  # always the same
        [400, 900] * 15,  # restless, and no worse than it was
        [400 + 2.5 * n for n in range(8)],  # a cold week
        [400] * 29 + [3000],  # somebody leant against it
        [400, 500, 600],  # too few days
    ],
)
def test_no_other_lock_is_called_slow(millis):
    assert not door_health("A1", days(*millis), 100).slow


def test_N10_a_lock_fails_when_more_than_chance_says_so():
    once = [DoorDay(FIRST_DAY, 20, 20, 1)]
    often = [DoorDay(FIRST_DAY, 95, 95, 5)]
    assert not door_health("A1", once, 20).fails
    assert door_health("A1", often, 95).fails
    assert door_health("A1", [], 0).rate.tries == 0


@given(st.lists(st.one_of(st.none(), st.floats(1, 5000)), max_size=30), st.randoms())
def test_the_order_of_days_means_nothing(millis, random):
    rows = days(*millis)
    mixed = list(rows)
    random.shuffle(mixed)
    assert door_health("A1", rows, 1) == door_health("A1", mixed, 1)
