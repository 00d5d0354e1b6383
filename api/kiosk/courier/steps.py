"""The steps of dropping off, each one screen: immutable values.

`sign_in.py`, `label.py`, `recipient.py`, `deposit.py` and `custody.py` take their touches.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from api.kiosk.courier.fetch_steps import FetchStep
from api.kiosk.courier.round_steps import RoundStep
from api.kiosk.values import DoorPhase, ErrorMessage, MaskedResident
from locker.core.model import Consent, Flag, Size
from locker.labels import Carrier, TransportLabel


@dataclass(frozen=True, slots=True)
class SignIn:
    """Company and PIN. `badge`: whose badge was shown, so that only their PIN fits."""

    company: str = ""
    typed: str = field(default="", repr=False)
    error: ErrorMessage | None = None
    page: int = 0
    badge: str = ""


@dataclass(frozen=True, slots=True)
class AcceptTerms:
    """The terms of this locker have lines that this courier has not accepted yet."""

    version: int
    page: int = 0
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class ScanLabel:
    """Waiting for a label."""

    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class TypeNumber:
    """The tracking number is being typed."""

    typed: str = ""
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class PhotoLabel:
    """A label without a barcode is shown to the kiosk's camera. `taken`: the picture's name, `number`: what it gets."""

    taken: str = ""
    day: str = ""
    number: str = ""
    camera_off: bool = False


@dataclass(frozen=True, slots=True)
class CompareNumber:
    """The check digit does not fit the others: the courier compares the number with the label."""

    tracking: str
    label: TransportLabel | None = None


@dataclass(frozen=True, slots=True)
class CompareCarrier:
    """The number looks like that of another carrier: the courier looks whether it is theirs."""

    tracking: str
    carrier: Carrier
    label: TransportLabel | None = None


@dataclass(frozen=True, slots=True)
class ChooseRecipient:
    """Who the parcel is for."""

    tracking: str
    typed: str = ""
    matches: tuple[MaskedResident, ...] = ()
    more: int = 0
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class Unlisted:
    """The recipient is not in the list."""

    previous: ChooseRecipient
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The courier is asked whether the resident agreed."""

    tracking: str
    recipient: MaskedResident
    announced: Size | None = None
    flags: tuple[Flag, ...] = ()
    tried: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nobody answered the courier's call. `tried`: when, the last at the end."""

    ask: AskConsent


class NoDoor(StrEnum):
    """Why no door opens for a recipient. `never`: they want no parcel in the locker at all."""

    NEVER = "never"
    IN_PERSON = "in-person"
    REFUSED = "refused"
    NO_ANSWER = "no-answer"


@dataclass(frozen=True, slots=True)
class NoConsent:
    """The resident did not agree: no door opens. `ask`: where they were asked about this parcel."""

    tracking: str
    recipient: MaskedResident
    why: NoDoor
    ask: AskConsent | None = None


@dataclass(frozen=True, slots=True)
class ChooseSize:
    """Which size fits. `door`: the deposit is under way and did not fit there. `announced`: as the carrier said.

    `pieces`: of how many it is one, 0 for a single parcel; `mark`: of its shipment, empty for the first piece.
    """

    tracking: str
    recipient: MaskedResident
    consent: Consent | None = None
    error: ErrorMessage | None = None
    door: DepositDoor | None = None
    announced: Size | None = None
    flags: tuple[Flag, ...] = ()
    pieces: int = 0
    mark: str = ""


@dataclass(frozen=True, slots=True)
class CountPieces:
    """How many pieces the shipment has."""

    previous: ChooseSize


@dataclass(frozen=True, slots=True)
class ConfirmHandOver:
    """The parcel is signed for: its courier says the PIN once more to hand it over, then its door opens."""

    previous: ChooseSize
    size: Size
    typed: str = field(default="", repr=False)
    error: ErrorMessage | None = None


class Hindrance(StrEnum):
    """What keeps a parcel out of the locker."""

    DAMAGED = "damaged"
    WET = "wet"
    BANNED = "banned"
    FRESH = "fresh"
    WEIGHT = "weight"
    EARLY = "early"


@dataclass(frozen=True, slots=True)
class CheckParcel:
    """The courier says what is wrong with the parcel."""

    previous: ChooseSize


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """It does not go into the locker, and why. `previous`: None when its label alone says so."""

    previous: ChooseSize | None
    hindrance: Hindrance


@dataclass(frozen=True, slots=True)
class NothingFits:
    """Too big for all, or nothing is free: it goes to the desk."""

    previous: ChooseSize
    full: bool = False


class DepositIntent(StrEnum):
    """What the courier wants of a deposit under way. `leave`: something is inside and stays there."""

    STORE = "store"
    CANCEL = "cancel"
    LEAVE = "leave"
    TAKE_BACK = "take-back"


@dataclass(frozen=True, slots=True)
class DepositDoor:
    """As PickupDoor, of a deposit.

    `moved_from`: the door before that did not open, or did not fit. `full_door`: the one that was not empty.
    `signed`: its courier was asked for a signature, where one is asked.
    """

    deposit: str
    parcel: str
    compartment: str
    tracking: str
    recipient: MaskedResident
    consent: Consent | None = None
    intent: DepositIntent = DepositIntent.STORE
    phase: DoorPhase = DoorPhase.ORDERED
    since: float = 0.0
    at: datetime | None = None
    moved_from: str = ""
    full_door: str = ""
    reported_stuck: bool = False
    signed: bool = False
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class SignHandOver:
    """The parcel is signed for: its courier signs with a finger for having put it in. `drawn`: as of SignParcel."""

    door: DepositDoor
    drawn: bool = False
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class WhyCancel:
    """The courier gives the deposit up, and says why."""

    door: DepositDoor


@dataclass(frozen=True, slots=True)
class TakeOneBack:
    """Which of the parcels that were stored just now goes back with its courier."""


@dataclass(frozen=True, slots=True)
class ConfirmPin:
    """The door of a stored parcel opens again for its courier only: who just walked past does not know the PIN."""

    door: DepositDoor
    take_back: bool
    typed: str = field(default="", repr=False)
    error: ErrorMessage | None = None


CourierStep: TypeAlias = (
    SignIn
    | AcceptTerms
    | ScanLabel
    | TypeNumber
    | PhotoLabel
    | CompareNumber
    | CompareCarrier
    | ChooseRecipient
    | Unlisted
    | AskConsent
    | NoAnswer
    | NoConsent
    | ChooseSize
    | CheckParcel
    | NotAccepted
    | NothingFits
    | CountPieces
    | ConfirmHandOver
    | DepositDoor
    | SignHandOver
    | WhyCancel
    | ConfirmPin
    | TakeOneBack
    | FetchStep
    | RoundStep
)
