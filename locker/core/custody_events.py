"""Events of a parcel that stays: held, given more time, announced, moved from here to there.

A field may be added with a default, never renamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from locker.core.record import Event


class MoreTime(StrEnum):
    """Why a parcel may stay longer than it was promised."""

    EXTENDED = "extended"
    SHIFTED = "shifted"
    DOWNTIME = "downtime"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelHeld(Event):
    """Nothing lets this parcel out, and its time stands still, until a person ends the hold."""

    parcel: str
    compartment: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldEnded(Event):
    """The parcel may leave again. Its `deadline` is later by as long as it was held; None where it had none."""

    parcel: str
    compartment: str
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineShifted(Event):
    """The parcel may stay until a later `deadline`: asked for once, by a person for many, or for a time out of order."""

    parcel: str
    compartment: str
    deadline: datetime
    cause: MoreTime
    reason: str = ""


CustodyEvent: TypeAlias = ParcelHeld | HoldEnded | DeadlineShifted
