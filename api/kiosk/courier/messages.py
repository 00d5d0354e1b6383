"""What couriers' screens ask of the locker, and the results that come back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from api.kiosk.courier.fetch_steps import FetchDoor, FetchKind
from api.kiosk.courier.round_steps import CourierWord, MissingParcel, RoundCounts, RoundReceipt
from api.kiosk.courier.steps import DepositDoor
from api.kiosk.values import FetchedParcel, MaskedResident, SignedInCourier, StoredParcel

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.model import Consent, Flag, Size
    from locker.core.parcel_words import ContactAnswer, MissingReason
    from locker.core.reasons import NotStored
    from locker.labels import TransportLabel


@dataclass(frozen=True, slots=True)
class SignInEffect:
    """Sign in the courier whose PIN within the company this is; `badge`: and whose badge was shown."""

    company: str
    pin: str = field(repr=False)
    badge: str = ""


@dataclass(frozen=True, slots=True)
class TermsEffect:
    """Keep that this courier accepted this version of the terms."""

    courier: SignedInCourier
    version: int


@dataclass(frozen=True, slots=True)
class TellEffect:
    """Open a case with what a courier tells staff."""

    courier: SignedInCourier
    word: CourierWord


@dataclass(frozen=True, slots=True)
class BadgeEffect:
    """Sign in the courier whose badge a reader has read."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RightEffect:
    """Look at the carrier's right that a reader has read."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignDepositEffect:
    """Keep what the courier drew for having put this in; None for somebody who cannot sign."""

    courier: SignedInCourier
    parcel: str
    compartment: str
    deposit: str
    points: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeskEffect:
    """Find who takes in what is for nobody in the list."""


@dataclass(frozen=True, slots=True)
class DeclineEffect:
    """Keep that a parcel did not go into the locker, and why."""

    courier: SignedInCourier
    recipient: str
    reason: str


@dataclass(frozen=True, slots=True)
class ContactEffect:
    """Keep that the courier called a recipient about this parcel, and what came of it."""

    courier: SignedInCourier
    recipient: str
    tracking: str
    answer: ContactAnswer


@dataclass(frozen=True, slots=True)
class LabelEffect:
    """Look whether a parcel of this number is in the locker already, or was announced by this company.

    `label`: what else it says. `declined`: the parcel before, which the courier takes along.
    """

    tracking: str
    company: str
    label: TransportLabel | None = None
    declined: DeclineEffect | None = None


@dataclass(frozen=True, slots=True)
class PhotoLabelEffect:
    """Take a picture of a label without a barcode, and give the parcel a number."""

    courier: SignedInCourier


@dataclass(frozen=True, slots=True)
class SearchEffect:
    """Find the residents who could be meant by these digits."""

    typed: str


@dataclass(frozen=True, slots=True)
class DepositEffect:
    """Take a compartment and open its door. `pin`: said once more to hand over what is signed for.

    `confirmed`: it was said before, for the door that was not empty. `pieces`, `mark`: as of `ChooseSize`; `piece`:
    which one it is.
    """

    tracking: str
    recipient: MaskedResident
    size: Size
    consent: Consent | None
    courier: SignedInCourier
    join: bool = False
    flags: tuple[Flag, ...] = ()
    pin: str = field(default="", repr=False)
    confirmed: bool = False
    pieces: int = 0
    mark: str = ""
    piece: int = 1
    weight_g: int | None = None


@dataclass(frozen=True, slots=True)
class ChangeEffect:
    """Cancel a deposit under way, resize it, or order its door once more; by the courier who stands at it."""

    deposit: str
    courier: SignedInCourier
    size: Size | None = None
    cancel: bool = False
    reason: NotStored | None = None


@dataclass(frozen=True, slots=True)
class ElsewhereEffect:
    """The compartment was not empty: leave what is inside to staff, and take another one."""

    deposit: str
    again: DepositEffect


@dataclass(frozen=True, slots=True)
class ReopenEffect:
    """Open the door of a stored parcel again, for the courier whose PIN this is and for nobody else."""

    deposit: str
    courier: SignedInCourier
    pin: str = field(repr=False)
    take_back: bool = False


@dataclass(frozen=True, slots=True)
class ConfirmEffect:
    """Look whether this PIN is that of the courier who is signed in."""

    courier: SignedInCourier
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FetchEffect:
    """Open the door of a parcel that this courier takes out."""

    kind: FetchKind
    parcel: str
    courier: SignedInCourier


@dataclass(frozen=True, slots=True)
class ProveEffect:
    """Look whether this label is that of the parcel behind the open door."""

    parcel: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LeaveEffect:
    """The parcel behind the open door stays there; `missing`: it is not in there, and staff look."""

    door: FetchDoor
    courier: SignedInCourier
    missing: bool


@dataclass(frozen=True, slots=True)
class HandOverEffect:
    """Keep what an outbound parcel weighs; None when it was not weighed."""

    door: FetchDoor
    courier: SignedInCourier
    weight_g: int | None


@dataclass(frozen=True, slots=True)
class EndRoundEffect:
    """Make the receipt of this courier's round. `reasons`: why announced parcels did not come."""

    courier: SignedInCourier
    reasons: tuple[tuple[str, MissingReason], ...] = ()


TakeOutEffect: TypeAlias = ConfirmEffect | FetchEffect | ProveEffect | LeaveEffect | HandOverEffect

CourierEffect: TypeAlias = (
    TakeOutEffect
    | TermsEffect
    | TellEffect
    | EndRoundEffect
    | DeclineEffect
    | DeskEffect
    | SignDepositEffect
    | ContactEffect
    | BadgeEffect
    | RightEffect
    | SignInEffect
    | LabelEffect
    | PhotoLabelEffect
    | SearchEffect
    | DepositEffect
    | ChangeEffect
    | ElsewhereEffect
    | ReopenEffect
)


@dataclass(frozen=True, slots=True)
class DepositTaken:
    """How a deposit stands after it was asked for or changed. `mark`, `pieces`: of its shipment, empty for none."""

    deposit: str
    parcel: str
    compartment: str
    mark: str = ""
    pieces: int = 0


@dataclass(frozen=True, slots=True)
class CourierKnown:
    """Who the PIN belongs to, None if to nobody. `door`: where they still stand.

    `stored` and `fetched`: what they did since their last receipt. `badge_first`: the PIN alone does not sign in.
    `terms`: the version of the terms that they have still to accept, 0 for none.
    """

    courier: SignedInCourier | None
    door: DepositDoor | FetchDoor | None = None
    stored: tuple[StoredParcel, ...] = ()
    fetched: tuple[FetchedParcel, ...] = ()
    badge_first: bool = False
    terms: int = 0


@dataclass(frozen=True, slots=True)
class BadgeKnown:
    """The badge is that of this courier, who signs in with the PIN now."""

    courier: SignedInCourier


@dataclass(frozen=True, slots=True)
class RightKnown:
    """The right puts something in. `door`: where its courier still stands.

    `label`: what is known of the parcel that it is for, None for any parcel.
    """

    courier: SignedInCourier
    door: DepositDoor | None = None
    label: LabelKnown | None = None


@dataclass(frozen=True, slots=True)
class LabelKnown:
    """What the locker knows of a number. `here`: a live parcel has it; else who it is for and its size, if told.

    `consent` and `flags`: as the label says.
    """

    here: bool
    recipient: MaskedResident | None = None
    size: Size | None = None
    consent: Consent | None = None
    flags: tuple[Flag, ...] = ()
    weight_g: int | None = None
    too_early: bool = False


@dataclass(frozen=True, slots=True)
class ResidentsFound:
    """Residents that fit what was typed, and how many more there are."""

    typed: str
    matches: tuple[MaskedResident, ...]
    more: int


@dataclass(frozen=True, slots=True)
class FetchOrdered:
    """The door of what is taken out is ordered. `declared_g`: what its sender said that it weighs."""

    compartment: str
    pickup: str = ""
    declared_g: int | None = None


@dataclass(frozen=True, slots=True)
class LabelProved:
    """The number that was read, empty for no label, and whether it is this parcel's."""

    number: str
    fits: bool


@dataclass(frozen=True, slots=True)
class FetchSettled:
    """What was said of the parcel at the door is in the journal."""


@dataclass(frozen=True, slots=True)
class LabelPhotographed:
    """The picture of a label, and the number that its parcel gets; all empty when the camera gives none."""

    sha256: str = ""
    day: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class StaffTold:
    """Staff have it, under this number."""

    case: str


@dataclass(frozen=True, slots=True)
class WordKept:
    """What the courier said is in the journal, at this time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class RoundEnded:
    """The receipt of the round; None when there was nothing to give one for."""

    receipt: RoundReceipt | None


@dataclass(frozen=True, slots=True)
class MissingFound:
    """What was announced, did not come, and has no reason yet."""

    missing: tuple[MissingParcel, ...]
    counts: RoundCounts


CourierResult: TypeAlias = (
    DepositTaken
    | CourierKnown
    | LabelKnown
    | ResidentsFound
    | FetchOrdered
    | LabelProved
    | FetchSettled
    | RoundEnded
    | MissingFound
    | LabelPhotographed
    | StaffTold
    | WordKept
    | BadgeKnown
    | RightKnown
)
