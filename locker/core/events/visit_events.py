"""Events of a visit: a parcel comes, is stored, is fetched. A field may be added with a default, never renamed."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from locker.core.events.record import Event, private, withheld
from locker.core.model import Consent, Direction, Flag, Leaving, Size, Use
from locker.core.parcel_words import ParcelType
from locker.core.reasons import NotStored
from locker.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositStarted(Event):
    """A compartment is taken for a parcel, before its door is ordered open.

    `free_hours`, `reopen_seconds` and `door_open_seconds` hold for this parcel and this visit, whatever the site file
    says later. `confirmed`: the courier said the PIN once more to hand it over, as a parcel that is signed for asks.
    """

    deposit: str
    parcel: str
    compartment: str
    size: Size
    recipients: tuple[str, ...]
    label_hash: str = withheld()
    code_hash: str = withheld()
    token_hash: str = withheld()
    company: str
    consent: Consent | None = None
    flags: tuple[Flag, ...] = ()
    needs: tuple[str, ...] = ()
    direction: Direction = Direction.IN
    type: ParcelType = ParcelType.PARCEL
    free_hours: int | None = None
    door_open_seconds: int | None = None
    reopen_seconds: int | None = None
    confirmed: bool = False
    sealed: bytes = private(default=b"")
    tracking: str = private(default="")
    unit: str = private(default="")
    courier: str = private(default="")
    details: str = private(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositLeaving(Event):
    """The courier's word: this door is shut with nothing of this deposit behind it.

    `leaving` withdrawn: the parcel is still inside, and gone once the door was open and shut again. `kept`: it stays.
    """

    parcel: str
    compartment: str
    leaving: Leaving
    reason: NotStored | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositMoved(Event):
    """The deposit goes on at another compartment: resized, the first door did not open, or the second one is open.

    `place`: it is a parcel that staff bring from there.
    """

    parcel: str
    compartment: str
    size: Size
    visit: str
    place: str = ""
    door_open_seconds: int | None = None
    reopen_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondDoorOrdered(Event):
    """A parcel is to go behind this other door. Until that is seen open it is recorded at its `origin`, as before."""

    parcel: str
    compartment: str
    origin: str
    visit: str
    door_open_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositReopened(Event):
    """Its courier, or staff, are at a stored parcel's door again; the parcel is depositing again.

    `take_back`: to fetch it out, `returned` because it is overdue. `place` or `target`: to take it there, to a place
    without a door or behind another one. `fetched_by` is the courier's name.
    """

    parcel: str
    compartment: str
    take_back: bool = False
    returned: bool = False
    place: str = ""
    target: str = ""
    door_open_seconds: int | None = None
    reopen_seconds: int | None = None
    fetched_by: str = private(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelStored(Event):
    """The parcel is behind a shut door and its code is valid. `again`: it has been stored before."""

    parcel: str
    compartment: str
    deadline: datetime
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRenewed(Event):
    """The parcel has another code and token; those before open nothing any more."""

    parcel: str
    compartment: str
    code_hash: str = withheld()
    token_hash: str = withheld()
    sealed: bytes = private(default=b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelEnded(Event):
    """The parcel is out of the cabinet other than by pickup: cancelled, withdrawn or returned."""

    parcel: str
    compartment: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupStarted(Event):
    """The right code or token was shown; the parcel is collecting, before its door is ordered open.

    Of several parcels behind one door each has this event, of the same pickup. `credential` is what opened it.
    """

    pickup: str
    parcel: str
    compartment: str
    source: str
    token: bool = False
    credential: str = ""
    door_open_seconds: int | None = None
    reopen_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupFailed(Event):
    """The door did not open: the parcel is stored as before, its code valid."""

    pickup: str
    parcel: str
    compartment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelCollected(Event):
    """The door was seen open and then shut. `by_word`: staff said so. `again`: it had been collected before."""

    parcel: str
    compartment: str
    by_word: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopeningFailed(Event):
    """In the grace after a pickup the door did not open again: the grace runs on, new visits count the failure."""

    compartment: str
    visit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitEnded(Event):
    """Nobody is at this door any more, and the compartment is as it was before or free."""

    compartment: str
    visit: str
    use: Use


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitResumed(Event):
    """A visit that a restart cut short goes on: its door was found as it may be in a visit."""

    compartment: str
    visit: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelOverdue(Event):
    """The free time is over; the parcel stays and its code still opens."""

    parcel: str
    compartment: str


VisitEvent: TypeAlias = (
    DepositStarted
    | DepositLeaving
    | DepositMoved
    | SecondDoorOrdered
    | DepositReopened
    | ParcelStored
    | CodeRenewed
    | ParcelEnded
    | PickupStarted
    | PickupFailed
    | ParcelCollected
    | ReopeningFailed
    | VisitEnded
    | VisitResumed
    | ParcelOverdue
)
