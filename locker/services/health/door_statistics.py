"""How the locks of the doors do: openings, faults with their interval, and how long a pulse takes to open. Pure."""

from __future__ import annotations

from itertools import combinations
from math import sqrt
from statistics import median
from typing import TYPE_CHECKING

from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

DAYS_KEPT = 30
TREND_DAYS = 8
"""A slope over fewer days says more about these days than about the lock."""

SLOW_PER_DAY, STEADY_PER_DAY = 2.0, 1.0
SLOW_BY, STEADY_BY = 1.25, 1.15
"""A lock that wears opens later day by day; a cold week makes all of them later by a few milliseconds, and ends."""

FAILS_RATE = 0.01
_Z = 1.96


@dataclass(frozen=True, slots=True)
class DoorDay:
    """One door on one day. `openings` were ordered, `cycles` are all; `millis` from pulse to switch, None for none."""

    day: date
    cycles: int = 0
    openings: int = 0
    faults: int = 0
    millis: float | None = None


@dataclass(frozen=True, slots=True)
class FaultRate:
    """Faults among tries, and Wilson's interval of their share: what else fits to the same count, 95 times of 100."""

    faults: int
    tries: int

    @property
    def share(self) -> float:
        """The share itself; 0 of none."""
        return self.faults / self.tries if self.tries else 0.0

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return max(0.0, self._middle - self._reach)

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return min(1.0, self._middle + self._reach)

    @property
    def _middle(self) -> float:
        return (self.share + _Z**2 / (2 * self.tries)) / (1 + _Z**2 / self.tries) if self.tries else 0.5

    @property
    def _reach(self) -> float:
        n = self.tries
        return _Z / (1 + _Z**2 / n) * sqrt(self.share * (1 - self.share) / n + _Z**2 / (4 * n**2)) if n else 0.5


@dataclass(frozen=True, slots=True)
class DoorHealth:
    """One door over the last days. `cycles` count since counting began.

    `millis`: the median day; None while too little was measured. `slope`: milliseconds that it grows a day, None where
    days are too few to tell. `trend`: the days that were measured, the oldest first.
    """

    door: str
    cycles: int
    rate: FaultRate
    millis: float | None
    slope: float | None
    trend: tuple[float, ...]

    @property
    def slow(self) -> bool:
        """True when this lock wears: later day by day, and much later than it was."""
        return self._later(SLOW_PER_DAY, SLOW_BY)

    @property
    def steady(self) -> bool:
        """True when that is over: the lock was changed, or the days were cold."""
        return not self._later(STEADY_PER_DAY, STEADY_BY)

    def _later(self, per_day: float, by: float) -> bool:
        if self.slope is None or self.slope < per_day:
            return False
        third = max(1, len(self.trend) // 3)
        return median(self.trend[-third:]) >= by * median(self.trend[:third])

    @property
    def fails(self) -> bool:
        """True when it misses more than one opening in a hundred, by more than chance."""
        return self.rate.low > FAILS_RATE


def door_health(door: str, days: Sequence[DoorDay], cycles: int) -> DoorHealth:
    """A door by its days, in any order, no day twice."""
    timed = sorted((each.day.toordinal(), each.millis) for each in days if each.millis is not None)
    values = tuple(millis for _, millis in timed)
    return DoorHealth(
        door=door,
        cycles=cycles,
        rate=FaultRate(sum(d.faults for d in days), sum(d.openings + d.faults for d in days)),
        millis=median(values) if values else None,
        slope=_slope(timed) if len(timed) >= TREND_DAYS else None,
        trend=values,
    )


def _slope(points: Sequence[tuple[int, float]]) -> float:
    """The median of all slopes between two days (Theil and Sen): one bad day moves nothing."""
    return median((y - v) / (x - u) for (u, v), (x, y) in combinations(points, 2))
