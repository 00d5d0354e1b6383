"""What comes in at the touchscreen, the effects that it asks for, and their results."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from api.kiosk.dropoff_steps import DepositDoor
from api.kiosk.values import MaskedResident, PresentedCredential, ProblemKind, SignedInCourier

if TYPE_CHECKING:
    from locker.core.model import Consent, Size
    from locker.core.reasons import NotStored, RefusalReason


@dataclass(frozen=True, slots=True)
class PickupEffect:
    """Open the door that this code or token belongs to."""

    credential: PresentedCredential


@dataclass(frozen=True, slots=True)
class SignInEffect:
    """Sign in the courier whose PIN within the company this is."""

    company: str
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LabelEffect:
    """Look whether a parcel of this number is in the locker already, or was announced by this company."""

    tracking: str
    company: str


@dataclass(frozen=True, slots=True)
class SearchEffect:
    """Find the residents who could be meant by these digits."""

    typed: str


@dataclass(frozen=True, slots=True)
class DepositEffect:
    """Take a compartment and open its door."""

    tracking: str
    recipient: MaskedResident
    size: Size
    consent: Consent | None
    courier: SignedInCourier
    join: bool = False
    cold: bool = False


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
class NoteEffect:
    """Keep in the journal what a resident says is wrong."""

    problem: ProblemKind
    compartment: str
    parcel: str
    pickup: str = ""


@dataclass(frozen=True, slots=True)
class PutBackEffect:
    """The resident puts the parcel back: it stays theirs."""

    pickup: str
    parcel: str


@dataclass(frozen=True, slots=True)
class RateEffect:
    """Keep how easy it was, from 1 to 5."""

    compartment: str
    score: int


@dataclass(frozen=True, slots=True)
class LostCodeEffect:
    """Send new codes for what waits for this unit, to the phone that ends so, if there is any."""

    unit: str
    tail: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HelpEffect:
    """Ask staff to come. `compartment`: the door of the visit, empty for none."""

    compartment: str


@dataclass(frozen=True, slots=True)
class NextEffect:
    """Open the door of another parcel of the same people, after one that their own code opened."""

    parcel: str


Effect: TypeAlias = (
    PickupEffect
    | SignInEffect
    | LabelEffect
    | SearchEffect
    | DepositEffect
    | ChangeEffect
    | ElsewhereEffect
    | ReopenEffect
    | NoteEffect
    | PutBackEffect
    | NextEffect
    | RateEffect
    | LostCodeEffect
    | HelpEffect
)


@dataclass(frozen=True, slots=True)
class Touched:
    """A finger on a button: the act, and what it is about."""

    act: str
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Scanned:
    """A reader read this text."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PickupOrdered:
    """The door of a pickup is ordered. `own`: by the code of the recipients themselves, not of a delegate."""

    parcel: str
    compartment: str
    pickup: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class DepositTaken:
    """How a deposit stands after it was asked for or changed."""

    deposit: str
    parcel: str
    compartment: str


@dataclass(frozen=True, slots=True)
class CourierKnown:
    """Who the PIN belongs to, None if to nobody. `door`: where a deposit of theirs is still under way."""

    courier: SignedInCourier | None
    door: DepositDoor | None = None


@dataclass(frozen=True, slots=True)
class LabelKnown:
    """What the locker knows of a number. `here`: a live parcel has it; else who it is for and its size, if told."""

    here: bool
    recipient: MaskedResident | None = None
    size: Size | None = None


@dataclass(frozen=True, slots=True)
class ResidentsFound:
    """Residents that fit what was typed, and how many more there are."""

    typed: str
    matches: tuple[MaskedResident, ...]
    more: int


@dataclass(frozen=True, slots=True)
class EffectRefused:
    """An effect was refused. `retry_after` is in seconds."""

    reason: RefusalReason
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class NoteRecorded:
    """The note is in the journal, under this number."""

    case: int = 0


@dataclass(frozen=True, slots=True)
class PutBackNoted:
    """Seen shut, the parcel is stored again."""


EffectResult: TypeAlias = (
    PickupOrdered
    | DepositTaken
    | CourierKnown
    | LabelKnown
    | ResidentsFound
    | EffectRefused
    | NoteRecorded
    | PutBackNoted
)
