"""The effects that sending asks for, and their results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from api.kiosk.sending.send_steps import SendDraft
from api.kiosk.values import MaskedResident

if TYPE_CHECKING:
    from locker.core.model import Size


@dataclass(frozen=True, slots=True)
class ReturnEffect:
    """Look whether a return of this code was booked, and waits to be brought."""

    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SenderEffect:
    """Find the resident of this unit whose phone ends so."""

    unit: str
    tail: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BookEffect:
    """Book what the draft says, keep what was ticked and agreed to, and open a door."""

    draft: SendDraft


@dataclass(frozen=True, slots=True)
class BringEffect:
    """Open a door for a return that was booked elsewhere, and keep what was ticked."""

    draft: SendDraft


@dataclass(frozen=True, slots=True)
class SendChangeEffect:
    """Give up what is being brought, go on at a door of this size, or order its door once more."""

    deposit: str
    size: Size | None = None
    cancel: bool = False


@dataclass(frozen=True, slots=True)
class SendReopenEffect:
    """Open the door of what has just been brought again, by the booking's code."""

    code: str = field(repr=False)


SendEffect: TypeAlias = ReturnEffect | SenderEffect | BookEffect | BringEffect | SendChangeEffect | SendReopenEffect


@dataclass(frozen=True, slots=True)
class ReturnKnown:
    """The parcel of a booked return; empty when none was booked. `here`: it was brought already."""

    code: str = field(repr=False)
    parcel: str = ""
    here: bool = False


@dataclass(frozen=True, slots=True)
class SenderKnown:
    """Who it is, None when unit and phone belong to nobody."""

    sender: MaskedResident | None


@dataclass(frozen=True, slots=True)
class SendOrdered:
    """A door is ordered for what goes out. `code`: the booking's, where it is told."""

    deposit: str
    parcel: str
    compartment: str
    code: str = field(default="", repr=False)


SendResult: TypeAlias = ReturnKnown | SenderKnown | SendOrdered
