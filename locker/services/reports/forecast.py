"""How many parcels will come, by size, for three weeks ahead, with an interval from the method's own past error. Pure.

A day is expected to be as the median of the last four same weekdays, times what the operator has said of its event; the
days behind are first divided by theirs. Who was turned away for lack of space wanted a door too and is counted. The
interval of a day so far ahead is where eight of ten of the method's own errors lay that were made so far ahead.
"""

from __future__ import annotations

from dataclasses import field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Times = Callable[[date], float]

AHEAD_DAYS = 21
LEAST_DAYS = 56
"""Days of history without which nothing is said."""
HISTORY_DAYS = 182
SAME_WEEKDAYS = 4
ORIGINS = 63
"""From so many days behind it is looked back at what the method would have said."""
LOW, HIGH = 0.1, 0.9
WEEKS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Demand:
    """Parcels of one size that were put in, and those for which there was no room, by day. `days`: all, in order."""

    days: tuple[date, ...]
    wanted: Mapping[date, int]
    refused: int = 0

    @property
    def tells(self) -> bool:
        """True when there is enough of it."""
        return len(self.days) >= LEAST_DAYS


@dataclass(frozen=True, slots=True)
class DayAhead:
    """What is expected of a day: at least, about, at most."""

    day: date
    low: float
    about: float
    high: float
    times: float = 1.0


@dataclass(frozen=True, slots=True)
class WeekError:
    """How far off the method was so many weeks ahead: mean error a day, that of last week's same day, and the counts.

    `inside`: how many days lay within an interval that was made of errors before them, of `judged`.
    """

    week: int
    error: float
    naive: float
    inside: int
    judged: int
    bias: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """What the method would have said on past days, against what came."""

    errors: Mapping[int, Sequence[float]] = field(default_factory=dict)
    weeks: tuple[WeekError, ...] = ()


def usual(demand: Demand, weekday_of: date, upto: date, times: Times) -> float:
    """What a day of this weekday is like without an event, as one knew it at the end of `upto`."""
    if not demand.days:
        return 0.0
    at = (upto - demand.days[0]).days
    return _usual(_even(demand, times), at, (weekday_of.weekday() - upto.weekday()) % 7 or 7)


def _even(demand: Demand, times: Times) -> list[float]:
    """What was wanted day by day, each divided by its event."""
    return [demand.wanted.get(day, 0) / times(day) for day in demand.days]


def _usual(even: Sequence[float], origin: int, ahead: int) -> float:
    """The median of the last four days, up to `origin`, of the weekday of the day so far ahead."""
    last = origin + ahead - 7 * ((ahead + 6) // 7)
    known = sorted(even[at] for at in range(last, max(-1, last - 7 * SAME_WEEKDAYS), -7))
    half = len(known) // 2
    if not known:
        return 0.0
    return known[half] if len(known) % 2 else (known[half - 1] + known[half]) / 2


def backtest(demand: Demand, times: Times) -> Backtest:
    """Errors of the method by weeks ahead, from every day of the last nine weeks that has enough behind it."""
    if not demand.tells:
        return Backtest()
    even, factors = _even(demand, times), [times(day) for day in demand.days]
    came, last = [demand.wanted.get(day, 0) for day in demand.days], len(demand.days) - 1
    errors: dict[int, list[float]] = {week: [] for week in WEEKS}
    naive: dict[int, list[float]] = {week: [] for week in WEEKS}
    for origin in range(max(7 * SAME_WEEKDAYS, last - ORIGINS), last):
        levels = [_usual(even, origin, n) for n in range(1, 8)]
        for ahead in range(1, min(AHEAD_DAYS, last - origin) + 1):
            day, week = origin + ahead, (ahead + 6) // 7
            errors[week].append(came[day] - levels[(ahead - 1) % 7] * factors[day])
            naive[week].append(came[day] - came[day - 7 * week])
    return Backtest(errors, tuple(_week(week, errors[week], naive[week]) for week in WEEKS if errors[week]))


def _week(week: int, errors: Sequence[float], naive: Sequence[float]) -> WeekError:
    half = len(errors) // 2
    earlier, later = errors[:half], errors[half:]
    low, high = (quantile_of(earlier, LOW), quantile_of(earlier, HIGH)) if earlier else (0.0, 0.0)
    judged = later if earlier else []
    return WeekError(
        week,
        _mean([abs(each) for each in errors]),
        _mean([abs(each) for each in naive]),
        sum(low <= each <= high for each in judged),
        len(judged),
        _mean(errors),
    )


def forecast(demand: Demand, today: date, times: Times) -> tuple[DayAhead, ...]:
    """The days from today on; none while there is too little behind."""
    if not demand.tells:
        return ()
    tried, even = backtest(demand, times), _even(demand, times)
    last, found = len(even) - 1, []
    for n in range(AHEAD_DAYS):
        day = today + timedelta(days=n)
        factor, errors = times(day), tried.errors[min(WEEKS[-1], n // 7 + 1)]
        about = _usual(even, last, (day - demand.days[-1]).days) * factor
        spread = max(1.0, factor)
        low, high = (about + spread * quantile_of(errors, share) for share in (LOW, HIGH))
        found.append(DayAhead(day, max(0.0, min(low, about)), about, max(high, about), factor))
    return tuple(found)


def quantile_of(values: Sequence[float], share: float) -> float:
    """The value below which this share of all lies, between two in the same measure."""
    if not values:
        return 0.0
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def total(demands: Sequence[Demand]) -> Demand:
    """All sizes together."""
    days = tuple(sorted({day for each in demands for day in each.days}))
    wanted = {day: sum(each.wanted.get(day, 0) for each in demands) for day in days}
    return Demand(days, wanted, sum(each.refused for each in demands))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
