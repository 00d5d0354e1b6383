"""Events of a parcel that stays: held, given more time, announced, moved from here to there.

A field may be added with a default, never renamed.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from locker.core.events.record import Event, private, withheld
from locker.core.model import Direction, Flag, Size
from locker.core.parcel_words import ParcelType
from locker.frozen import dataclass


class MoreTime(StrEnum):
    """Why a parcel may stay longer than it was promised."""

    EXTENDED = "extended"
    SHIFTED = "shifted"
    DOWNTIME = "downtime"
    REASSIGNED = "reassigned"


class Ending(StrEnum):
    """Why a parcel is not expected any more, though it has not come."""

    EXPIRED = "expired"
    CANCELLED = "cancelled"


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
    """The parcel may stay until a later `deadline`: asked for once, by a person for many, or nobody could fetch it."""

    parcel: str
    compartment: str
    deadline: datetime
    cause: MoreTime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelExpected(Event):
    """A carrier announced a parcel: room of its size is kept until a time.

    `window_from` and `window_to`: between which it will be brought; both None where the carrier did not say.
    """

    parcel: str
    size: Size
    recipients: tuple[str, ...]
    label_hash: str = withheld()
    company: str
    flags: tuple[Flag, ...] = ()
    needs: tuple[str, ...] = ()
    until: datetime
    window_from: datetime | None = None
    window_to: datetime | None = None
    type: ParcelType = ParcelType.PARCEL
    tracking: str = private(default="")
    unit: str = private(default="")
    courier: str = private(default="")
    details: str = private(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectationEnded(Event):
    """An announced parcel has not come, and no room is kept for it any more."""

    parcel: str
    cause: Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelPlaced(Event):
    """Staff put a parcel at a place without a door: it is stored there, by their word."""

    parcel: str
    place: str
    size: Size
    recipients: tuple[str, ...]
    label_hash: str = withheld()
    company: str
    deadline: datetime
    direction: Direction = Direction.IN
    flags: tuple[Flag, ...] = ()
    type: ParcelType = ParcelType.PARCEL
    tracking: str = private(default="")
    unit: str = private(default="")
    courier: str = private(default="")
    details: str = private(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelMoved(Event):
    """A parcel lies at another place now; it came from behind the door of `compartment`, or `from_place`."""

    parcel: str
    compartment: str = ""
    from_place: str = ""
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelReassigned(Event):
    """Staff say that a parcel is for others than it was put in for. What was told `before` opens nothing any more."""

    parcel: str
    compartment: str = ""
    recipients: tuple[str, ...]
    before: tuple[str, ...]
    reason: str
    unit: str = private(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelReleased(Event):
    """Staff hand a parcel out to somebody whose identity they have seen; what its door does follows."""

    parcel: str
    compartment: str = ""
    place: str = ""
    identity: str = "seen"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderChecked(Event):
    """Somebody has seen who sends this parcel, as the real-name rule asks: `checked_by` is a word of IdentityCheck.

    No document and no number of one is kept: that it was checked, by whom and when is all there is.
    """

    parcel: str
    checked_by: str


CustodyEvent: TypeAlias = (
    ParcelHeld
    | HoldEnded
    | DeadlineShifted
    | ParcelExpected
    | ExpectationEnded
    | ParcelPlaced
    | ParcelMoved
    | ParcelReassigned
    | ParcelReleased
    | SenderChecked
)
