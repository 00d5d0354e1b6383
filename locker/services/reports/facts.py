"""What a fact is: so often, or so long, something of one kind happened on one day. Events are folded into them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class FactKey(NamedTuple):
    """What happened, on which day at the site, and to what. What does not matter for a kind is empty.

    `who`: a courier's account, a staff account, or a pseudonym of a resident, never a name or a number. `part`: what
    else tells facts of a kind apart, as a bucket of hours, a reason, a door.
    """

    what: str
    day: str
    size: str = ""
    company: str = ""
    channel: str = ""
    who: str = ""
    part: str = ""


class Fact(NamedTuple):
    """So often and, where time matters, so many seconds in all."""

    key: FactKey
    n: int
    seconds: int

    @property
    def what(self) -> str:
        """What happened."""
        return self.key.what

    @property
    def day(self) -> str:
        """On which day at the site, as 2026-03-01."""
        return self.key.day

    @property
    def part(self) -> str:
        """What else tells it apart."""
        return self.key.part


class Grain(StrEnum):
    """How finely facts are read: what is not told apart is summed, and a day that is not told is the first of them.

    `weekday`: by day of the week, size and part. `part`: by that alone. `day-size`: by day, size and part.
    """

    FINE = "fine"
    WHOLE = "whole"
    DAY = "day"
    WEEKDAY = "weekday"
    PART = "part"
    DAY_SIZE = "day-size"


DWELL_HOURS = (4, 12, 24, 72)
"""Ends of the buckets of the time that a parcel lies here; the last one is the aim of KPI-02."""
VISIT_SECONDS = (5, 10, 15, 20, 30, 45, 60, 90, 120, 300)
"""Ends of the buckets of the time that somebody stands at a door."""
LATER = "more"


def bucket(value: float, ends: Iterable[int]) -> str:
    """The bucket of a value, named by its end."""
    return next((str(end) for end in ends if value <= end), LATER)


def merged(facts: Iterable[Fact]) -> list[Fact]:
    """Facts of one key put together, in the order in which each key came first."""
    sums: dict[FactKey, list[int]] = {}
    for key, n, seconds in facts:
        found = sums.setdefault(key, [0, 0])
        found[0] += n
        found[1] += seconds
    return [Fact(key, n, seconds) for key, (n, seconds) in sums.items()]
