"""What staff, residents and couriers ask about a parcel that is in custody, and what they are answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from locker.core.command import Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold(Command):
    """Let nothing take this parcel out, for a reason that is kept."""

    parcel: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unhold(Command):
    """End the hold."""

    parcel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Extend(Command):
    """Let this parcel stay so many hours longer, once."""

    parcel: str
    hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineFilter:
    """Which parcels: all that is said must hold; nothing said means all."""

    units: tuple[str, ...] = ()
    compartments: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    carrier: str = ""
    overdue: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftDeadlines(Command):
    """Let many parcels stay so many hours longer, for a reason that is kept: a storm, an outage."""

    hours: int
    reason: str
    only: DeadlineFilter = DeadlineFilter()


CustodyCommand: TypeAlias = Hold | Unhold | Extend | ShiftDeadlines


@dataclass(frozen=True, slots=True)
class StandingAnswer:
    """How a parcel in custody stands. `compartment` or `place` is empty, `deadline` is RFC 3339."""

    parcel: str
    state: str
    compartment: str
    place: str
    held: str
    deadline: str | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class DeadlinesAnswer:
    """The parcels whose deadline was shifted."""

    parcels: tuple[str, ...]


CustodyAnswer: TypeAlias = StandingAnswer | DeadlinesAnswer
