"""The steps of sending, each one screen: immutable values. `send_flow.py` and `send_door.py` take their touches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from api.kiosk.sending.packing import Contents
from api.kiosk.values import DoorPhase, ErrorMessage, MaskedResident, Printing
from locker.core.model import Size
from locker.core.parcel_words import OutboundType


@dataclass(frozen=True, slots=True)
class Worth:
    """What the sender says that it is worth, in the smallest coin, and whether for that it is insured."""

    value: int
    insured: bool


@dataclass(frozen=True, slots=True)
class SendDraft:
    """What the sender has said so far: what is missing is asked next, and nothing twice.

    `return_code`: what the carrier gave for a return. `booked`: the parcel of a booking that was made elsewhere.
    """

    type: OutboundType = OutboundType.PARCEL
    contents: Contents | None = None
    return_code: str = field(default="", repr=False)
    booked: str = ""
    sender: MaskedResident | None = None
    packed: tuple[str, ...] | None = None
    weight_g: int | None = None
    worth: Worth | None = None
    size: Size | None = None
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class SendStart:
    """A return, or a parcel."""

    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class ReturnCode:
    """The carrier's code of a return is scanned, or typed."""

    draft: SendDraft
    typed: str = ""
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class SendWho:
    """Who sends it: the unit and then the end of the phone are typed. `unit`: typed already."""

    draft: SendDraft
    typed: str = field(default="", repr=False)
    unit: str = ""
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class SendContents:
    """What is inside."""

    draft: SendDraft


@dataclass(frozen=True, slots=True)
class SendPacking:
    """The packing list, ticked line by line."""

    draft: SendDraft
    ticked: tuple[str, ...] = ()
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class SendWeight:
    """What it weighs, in tenths of a kilogram."""

    draft: SendDraft
    typed: str = ""


@dataclass(frozen=True, slots=True)
class SendWorth:
    """What it is worth, in whole units of the currency, and whether it is insured."""

    draft: SendDraft
    typed: str = ""


@dataclass(frozen=True, slots=True)
class SendSize:
    """Which size fits. `door`: it is being brought and did not fit there."""

    draft: SendDraft
    error: ErrorMessage | None = None
    door: SendDoor | None = None


@dataclass(frozen=True, slots=True)
class SendCarrier:
    """Which company takes it."""

    draft: SendDraft
    page: int = 0


@dataclass(frozen=True, slots=True)
class SendAgree:
    """All that was said, and what it costs: one touch agrees, and a door opens."""

    draft: SendDraft
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class SendDoor:
    """At the door of what goes out. Fields as PickupDoor has them.

    `code`: the booking's, kept for this visit, empty when it is not known. `given_up`: the sender takes it along.
    """

    deposit: str
    parcel: str
    compartment: str
    code: str = field(default="", repr=False)
    phase: DoorPhase = DoorPhase.ORDERED
    since: float = 0.0
    at: datetime | None = None
    moved_from: str = ""
    given_up: bool = False
    reported_stuck: bool = False
    printed: Printing = Printing.NOT_ASKED
    error: ErrorMessage | None = None


SendStep: TypeAlias = (
    SendStart
    | ReturnCode
    | SendWho
    | SendContents
    | SendPacking
    | SendWeight
    | SendWorth
    | SendSize
    | SendCarrier
    | SendAgree
    | SendDoor
)
