"""Commands about one parcel that are not about its door first: what opens it, what is said of it, who fetches it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from locker.core.messages.command import Command, NewCode
from locker.core.model import Direction, Flag, Size
from locker.core.parcel_words import Contents, ParcelType, RejectReason
from locker.frozen import dataclass

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDelegate(Command):
    """Somebody is sent to fetch a parcel, until then. The name goes to its own table; the hashes are of a new code."""

    parcel: str
    credential: str
    name: str
    until: datetime
    new_code: NewCode


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceCode(Command):
    """The code was lost: another one takes its place."""

    parcel: str
    new_code: NewCode


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCredential(Command):
    """A credential of this parcel is to open nothing any more."""

    parcel: str
    credential: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutBack(Command):
    """The resident at the door says that a parcel stays; all of this pickup's when none is named."""

    pickup: str
    source: str
    parcel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject(Command):
    """The resident at the door says what is wrong with a parcel; named when the pickup has several."""

    pickup: str
    source: str
    why: RejectReason
    parcel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept(Command):
    """The resident says that what was fetched is as it should be."""

    pickup: str
    source: str
    parcel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Book(Command):
    """A resident wants to give something to a carrier, or over the desk to staff, as `direction` says.

    `label_hash` is of the carrier's return code, empty for none. `contents`: as the sender says, None for nothing said.
    """

    parcel: str
    sender: str
    company: str
    size: Size
    type: ParcelType
    declared: int | None
    new_code: NewCode
    declared_weight_g: int | None = None
    direction: Direction = Direction.OUT
    label_hash: str = ""
    tracking: str = ""
    unit: str = ""
    flags: frozenset[Flag] = frozenset()
    contents: Contents | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BringReturn(Command):
    """The carrier's code of a booked return was shown: it opens a door for it, once."""

    parcel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(Command):
    """The carrier's courier fetches an outbound parcel. `company` as the courier signed in."""

    pickup: str
    parcel: str
    company: str
    courier: str
    source: str
    weight_g: int | None = None


ParcelCommand: TypeAlias = (
    AddDelegate | ReplaceCode | EndCredential | PutBack | Reject | Accept | Book | BringReturn | HandOver
)


@dataclass(frozen=True, slots=True)
class CredentialAnswer:
    """A credential that was made, ended or replaced. `sealed`: its code and token, encrypted, where they are told."""

    parcel: str
    credential: str
    kind: str
    until: str | None = None
    sealed: str = ""


@dataclass(frozen=True, slots=True)
class PickupParcelsAnswer:
    """How the parcels of a pickup stand after what was said of them: parcel, compartment, state, held."""

    pickup: str
    parcels: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class BookingAnswer:
    """A booking: its code is in `sealed`, encrypted."""

    booking: str
    parcel: str
    sealed: str
    reserved_until: str


ParcelAnswer: TypeAlias = CredentialAnswer | PickupParcelsAnswer | BookingAnswer
