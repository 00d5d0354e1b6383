"""Commands: what somebody asks for, and what is answered. A command may be refused."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, TypeAlias

from locker.core.events.service_events import ResidentSaved
from locker.core.messages.command import Command, NewCode
from locker.core.messages.custody_commands import CustodyAnswer, CustodyCommand
from locker.core.messages.parcel_commands import ParcelAnswer, ParcelCommand
from locker.core.model import Consent, Content, Direction, Flag, Size
from locker.core.parcel_words import ParcelType
from locker.core.reasons import NotStored
from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from locker.core.deposit_right import DepositRight


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit(Command):
    """A courier wants a compartment. `parcel` is a new id, or that of the expected parcel; the hashes are new.

    `recipients` are ids of known residents, empty when nobody was found. None of them, no size: as it was announced.
    The private details go to the parcel's row: the core decides without them. `needs`: features that the compartment
    must have. `join`: behind the door where this household's parcel of this carrier already is, when the rules allow,
    else as ever. `keep_until`: it may lie so long at least, for its recipients asked for that. `avoid`: features that
    the compartment must not have. `direction` desk: a member of staff puts something in for a resident; it may have no
    number, and then `label_hash` is empty. `confirmed`: the courier has said the PIN once more to hand this one over.
    `near`: columns in which it should stand, where a door there is as good as any. `right`: what the
    courier shows of their carrier, who has no account here.
    """

    parcel: str
    size: Size | None
    recipients: tuple[str, ...] | None
    label_hash: str
    code_hash: str
    token_hash: str
    sealed: bytes
    tracking: str
    unit: str
    company: str
    courier: str
    consent: Consent | None = None
    flags: frozenset[Flag] = frozenset()
    needs: frozenset[str] = frozenset()
    damaged: bool = False
    join: bool = False
    keep_until: datetime | None = None
    direction: Direction = Direction.IN
    type: ParcelType | None = None
    details: str = ""
    avoid: frozenset[str] = frozenset()
    confirmed: bool = False
    near: frozenset[int] = frozenset()
    right: DepositRight | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Command):
    """The courier gives the deposit up, and may say why."""

    parcel: str
    reason: NotStored | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resize(Command):
    """The parcel does not fit: another compartment, of this size or larger."""

    parcel: str
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Command):
    """The courier wants the door of the deposit again; with `take_back` to fetch the parcel out."""

    parcel: str
    take_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(Command):
    """A code, or a token from a QR, is shown at `source` ("kiosk" or "token:NAME").

    `second` is the end of the recipient's phone or the unit, as typed; None when not given. `every`: all that is
    stored for the same recipients, one door after another. `booked`: the outbound parcel that it must be the code of.
    `ask_second`: where an insured or in-person parcel lies, a code alone is not enough here.
    """

    pickup: str
    hash: str
    token: bool
    source: str
    second: str | None = None
    every: bool = False
    booked: str | None = None
    ask_second: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffOpen(Command):
    """Staff want this door open, for a reason that is kept. `approved_by`: somebody else, for an order of many."""

    order: str
    compartment: str
    reason: str
    approved_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear(Command):
    """Staff looked inside and say what is there. `new_codes`, by parcel, for those whose own codes are dead.

    `found`: which of several parcels lie there, with `content` parcel; None for all of them.
    """

    compartment: str
    content: Content
    found: frozenset[str] | None = None
    new_codes: Mapping[str, NewCode] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearByWord(Command):
    """Staff say what is behind a door whose switch cannot tell whether it is shut, and why they know.

    One supervisor may say so, anybody else needs a second person, `witness`. `found` as Clear has it.
    """

    compartment: str
    content: Content
    found: frozenset[str] | None = None
    reason: str
    witness: str = ""
    supervisor: bool = False
    new_codes: Mapping[str, NewCode] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retire(Command):
    """Take a compartment out of use."""

    compartment: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore(Command):
    """Put a retired compartment back into use."""

    compartment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveResident(Command):
    """Create a resident or change one. All but the id, consent and reach stays out of the journal."""

    id: str
    unit: str
    name: str
    phone: str
    language: str
    email: str
    consent: bool | None
    reach: bool

    def saved(self) -> ResidentSaved:
        """What is recorded of it."""
        return ResidentSaved(
            resident=self.id,
            consent=self.consent,
            reach=self.reach,
            unit=self.unit,
            name=self.name,
            phone=self.phone,
            language=self.language,
            email=self.email,
        )


AnyCommand: TypeAlias = (
    Deposit
    | Cancel
    | Resize
    | Reopen
    | Collect
    | StaffOpen
    | Clear
    | ClearByWord
    | Retire
    | Restore
    | SaveResident
    | ParcelCommand
    | CustodyCommand
)


@dataclass(frozen=True, slots=True)
class DepositAnswer:
    """How a deposit stands."""

    deposit: str
    parcel: str
    compartment: str
    state: str


@dataclass(frozen=True, slots=True)
class PickupAnswer:
    """The doors that a code opens: pairs of parcel and compartment."""

    pickup: str
    openings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CompartmentAnswer:
    """How a compartment stands."""

    id: str
    size: str
    use: str
    seen: str
    bank: str
    since: str | None
    parcels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResidentAnswer:
    """The id of the resident that was created or changed."""

    id: str


CommandAnswer: TypeAlias = (
    DepositAnswer | PickupAnswer | CompartmentAnswer | ResidentAnswer | ParcelAnswer | CustodyAnswer
)
