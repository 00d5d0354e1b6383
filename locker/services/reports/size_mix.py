"""Which sizes of doors would have been enough: the past replayed on another cabinet of the same height (S15). Pure.

A day needs as many doors of a size as parcels of it were wanted, times how long one lies here. Who finds none of its
size takes a larger one. An exchange takes some doors of one size and puts as many of another in their place as fit.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from locker.core.model import Size
from locker.frozen import dataclass
from locker.services.reports.report import Chart, Form, Row, said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from locker.services.reports.forecast import Demand
    from locker.services.reports.report import Sentence

MOST_EXCHANGED = 3
WORTH = 0.8
"""An exchange is advised that leaves at most so much of what was short."""

_Needs = dict[str, list[int]]
"""Doors that were needed of each size, day by day."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Some doors of one size for some of another, and how many doors each size is short of then, over all days."""

    doors: Mapping[str, int]
    short: Mapping[str, int]
    out: str = ""
    taken: int = 0
    into: str = ""
    put: int = 0

    @property
    def missing(self) -> int:
        """Doors that were missing, each day counted."""
        return sum(self.short.values())


def needs(demands: Mapping[str, Demand], stays: Mapping[str, float]) -> _Needs:
    """Doors that were needed of each size on each day of the past, the smallest size first."""
    return {
        size: [ceil(demand.wanted.get(day, 0) * max(stays[size], 0.25)) for day in demand.days]
        for size, demand in demands.items()
    }


def replayed(needed: _Needs, doors: Mapping[str, int]) -> dict[str, int]:
    """How many doors each size was short of, over all days, when larger ones stand in for it."""
    short = dict.fromkeys(needed, 0)
    largest_first = sorted(needed, key=lambda size: -Size(size).rank)
    for wanted in zip(*(needed[size] for size in largest_first), strict=True):
        free = 0
        for size, number in zip(largest_first, wanted, strict=True):
            free += doors.get(size, 0)
            short[size] += max(0, number - free)
            free -= min(free, number)
    return short


def exchanges(doors: Mapping[str, int]) -> Iterator[Exchange]:
    """Every exchange of a few doors of one size for as many of another as fit into their height."""
    for out, there in doors.items():
        for into in doors:
            for taken in range(1, min(MOST_EXCHANGED, there) + 1):
                put = taken * Size(out).usual_height_mm // Size(into).usual_height_mm
                if out != into and put:
                    mixed = {**doors, out: there - taken, into: doors[into] + put}
                    yield Exchange(mixed, {}, out, taken, into, put)


def best_exchange(needed: _Needs, doors: Mapping[str, int]) -> Exchange | None:
    """The exchange after which the fewest doors would have been missing, if it is worth it; else None."""
    missing = sum(replayed(needed, doors).values())
    tried = [
        Exchange(each.doors, replayed(needed, each.doors), each.out, each.taken, each.into, each.put)
        for each in exchanges(doors)
    ]
    best = min(tried, key=lambda each: (each.missing, each.taken, each.out, each.into), default=None)
    return best if best is not None and missing and best.missing <= WORTH * missing else None


def size_mix(demands: Mapping[str, Demand], stays: Mapping[str, float], doors: Mapping[str, int]) -> Chart:
    """The advice as a table: doors of each size now and then, and how many were and would have been missing."""
    needed = needs(demands, stays)
    days = max((len(each.days) for each in demands.values()), default=0)
    short, best = replayed(needed, doors), best_exchange(needed, doors)
    rows = tuple(
        Row(
            size,
            (
                doors[size],
                short[size],
                best.doors[size] if best is not None else None,
                best.short[size] if best is not None else None,
            ),
            strong=best is not None and size in {best.out, best.into},
        )
        for size in needed
    )
    columns = tuple(f"reports.mix_{name}" for name in ("doors", "short", "doors_then", "short_then"))
    finding = _finding(sum(short.values()), best, days)
    return Chart("size-mix", finding, Form.TABLE, columns, rows, said("reports.mix_hint"))


def _finding(missing: int, best: Exchange | None, days: int) -> Sentence:
    if not missing:
        return said("reports.mix_enough", n=days)
    if best is None:
        return said("reports.mix_more", n=missing, days=days)
    return said(
        "reports.mix_exchange",
        put=best.put,
        into=best.into,
        taken=best.taken,
        out=best.out,
        now=missing,
        then=best.missing,
        days=days,
    )
