"""What people ask of the command service, in its own words: a deposit, who goes on with one, a resident."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from locker.core.model import Direction
from locker.errors import LockerError
from locker.frozen import dataclass

if TYPE_CHECKING:
    from locker.core.deposit_right import DepositRight
    from locker.core.messages.command import Once
    from locker.core.model import Consent, Flag, Size
    from locker.core.parcel_words import ParcelType


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositRequest:
    """What a courier wants to put in. The recipient is named by unit (and name), by phone, or chosen by id.

    Who brings what was announced may leave out size and recipient. `needs`: features that the compartment must have.
    `confirmed`: the courier said the PIN once more to hand this one over. `right`: by which it is put in.
    """

    by: str
    tracking: str = field(repr=False)
    company: str
    courier: str = field(repr=False)
    size: Size | None = None
    unit: str | None = None
    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    resident: str | None = None
    consent: Consent | None = None
    flags: frozenset[Flag] = frozenset()
    needs: frozenset[str] = frozenset()
    damaged: bool = False
    join: bool = False
    confirmed: bool = False
    once: Once | None = None
    staff: bool = False
    direction: Direction = Direction.IN
    type: ParcelType | None = None
    details: str = field(default="", repr=False)
    right: DepositRight | None = None


class ResidentTaken(LockerError):
    """Somebody else of this name has a record in this unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentDetails:
    """A resident as staff or a feed name one. `reach`, `language` and `email` None: as before, or the default.

    `resident`: whose record it is, where unit or name change too; None: the record of this unit and name, or a new one.
    """

    unit: str
    name: str = field(repr=False)
    phone: str = field(repr=False)
    consent: bool | None
    language: str | None = None
    email: str | None = field(default=None, repr=False)
    reach: bool | None = None
    resident: str | None = None


@dataclass(frozen=True, slots=True)
class DepositActor:
    """Who asks about a deposit that began earlier: it belongs to whoever began it.

    A courier at the kiosk, with a `company`, may go on with what a colleague of the same company began.
    `staff` may go on with any.
    """

    by: str
    company: str = ""
    staff: bool = False
