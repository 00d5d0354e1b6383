"""What staff, residents and couriers ask about a parcel that is in custody, and what they are answered."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from locker.core.messages.command import Command, NewCode
from locker.core.model import Direction, Flag, Size
from locker.core.parcel_words import IdentityCheck, ParcelType
from locker.frozen import dataclass


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
    """Let this parcel stay so many hours longer: once, or with a staff member's `reason`, which is kept."""

    parcel: str
    hours: int
    reason: str = ""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """One parcel that a carrier will bring: `parcel` is a new id, `recipients` ids of known residents.

    `tracking` and `unit` are private and go to the parcel's row: the core decides without them.
    """

    parcel: str
    size: Size
    recipients: tuple[str, ...]
    label_hash: str
    company: str
    until: datetime
    flags: frozenset[Flag] = frozenset()
    needs: frozenset[str] = frozenset()
    type: ParcelType = ParcelType.PARCEL
    tracking: str = ""
    unit: str = ""
    window: tuple[datetime, datetime] | None = None
    details: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect(Command):
    """A carrier announces parcels: room is kept for all of them, or for none."""

    parcels: tuple[Announced, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndExpected(Command):
    """An announced parcel does not come, or what a resident booked is not brought."""

    parcel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceParcel(Command):
    """Staff put a parcel at a place. `parcel` is a new id, or that of the expected parcel, which fills itself in."""

    parcel: str
    place: str
    size: Size | None
    recipients: tuple[str, ...] | None
    label_hash: str
    company: str
    direction: Direction = Direction.IN
    flags: frozenset[Flag] = frozenset()
    type: ParcelType | None = None
    details: str = ""
    tracking: str = ""
    unit: str = ""
    courier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Command):
    """Staff take a parcel to another door or place, `to` being the id of either.

    `new_code` is taken when nothing opens the parcel yet, and it goes behind a door.
    """

    parcel: str
    to: str
    new_code: NewCode | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassign(Command):
    """Staff say for whom a parcel is that came for others. `unit` is private and goes to the parcel's row."""

    parcel: str
    recipients: tuple[str, ...]
    unit: str
    reason: str
    new_code: NewCode


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw(Command):
    """A courier of `company` takes a parcel out. `own`: who asks is who brought it."""

    parcel: str
    company: str
    courier: str
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFetched(Command):
    """A courier of `company`, at the door of a parcel to be taken out, leaves it; `missing`: it is not in there."""

    parcel: str
    company: str
    missing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOver(Command):
    """Staff take what a resident left for them, or take back what they left for a resident. `pickup` is a new id."""

    parcel: str
    pickup: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Command):
    """Staff hand a parcel out to somebody whose identity they have seen. `pickup` is a new id.

    `source`: where whoever takes it stands, so that a screen goes on with them; empty where there is none.
    """

    parcel: str
    pickup: str
    reason: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSender(Command):
    """Somebody has seen who sends this parcel: staff, the carrier, or a service that checks identities."""

    parcel: str
    checked_by: IdentityCheck


CustodyCommand: TypeAlias = (
    Hold
    | Unhold
    | Extend
    | ShiftDeadlines
    | Expect
    | EndExpected
    | PlaceParcel
    | Move
    | Reassign
    | Withdraw
    | NotFetched
    | Release
    | TakeOver
    | CheckSender
)


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


@dataclass(frozen=True, slots=True)
class ExpectedAnswer:
    """The ids of announced parcels, in the order in which they were announced."""

    parcels: tuple[str, ...]


CustodyAnswer: TypeAlias = StandingAnswer | DeadlinesAnswer | ExpectedAnswer
