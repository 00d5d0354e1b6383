"""Events of a parcel that are not the door's: what opens it, what its resident says of it, who is to fetch it.

A field may be added with a default, never renamed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from locker.core.credential import CredentialEnd, CredentialKind
from locker.core.events.record import Event, private, withheld
from locker.core.model import Direction, Flag, Size
from locker.core.parcel_words import Contents, ParcelType, RejectReason
from locker.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialAdded(Event):
    """Something more opens this parcel, until then or as long as it is here. Its name is known to one table only."""

    parcel: str
    credential: str
    kind: CredentialKind
    until: datetime | None = None
    code_hash: str = withheld(default="")
    token_hash: str = withheld(default="")
    name: str = private(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialEnded(Event):
    """It opens nothing any more."""

    parcel: str
    credential: str
    end: CredentialEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBackSaid(Event):
    """The resident says that this parcel stays: it is stored again when the door is seen shut."""

    pickup: str
    parcel: str
    compartment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupRejected(Event):
    """The resident says that the parcel is not what it should be: it is held, and staff look behind the door."""

    pickup: str
    parcel: str
    compartment: str
    why: RejectReason


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupAccepted(Event):
    """The resident says that all is well; `by_rule`: nobody objected in time."""

    pickup: str
    parcel: str
    compartment: str
    by_rule: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundBooked(Event):
    """A resident will bring a parcel for a carrier, or over the desk for staff, as its `direction` says.

    Room for it is kept until `reserved_until`, and its code opens.
    """

    parcel: str
    size: Size
    recipients: tuple[str, ...]
    company: str
    type: ParcelType
    reserved_until: datetime
    flags: tuple[Flag, ...] = ()
    declared: int | None = None
    declared_weight_g: int | None = None
    contents: Contents | None = None
    direction: Direction = Direction.OUT
    label_hash: str = withheld(default="")
    code_hash: str = withheld()
    tracking: str = private(default="")
    unit: str = private(default="")
    courier: str = private(default="")
    sealed: bytes = private(default=b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingLapsed(Event):
    """Nobody brought what was booked, or `cancelled`, will bring it: its room is free and its code opens nothing."""

    parcel: str
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverStarted(Event):
    """The carrier's courier fetches an outbound parcel: its door is ordered next."""

    pickup: str
    parcel: str
    compartment: str
    company: str
    weight_g: int | None = None
    courier: str = private(default="")


ParcelEvent: TypeAlias = (
    CredentialAdded
    | CredentialEnded
    | PutBackSaid
    | PickupRejected
    | PickupAccepted
    | OutboundBooked
    | BookingLapsed
    | HandOverStarted
)
