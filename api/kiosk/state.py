"""The state of one touchscreen: an immutable value, and each step of it one screen.

A step's name leads to all of it: `ScanLabel` is drawn by scan_label.html, and `scan_label` in `collect` or `dropoff`
takes its touches.

What a person typed lives here and nowhere else: it is never logged, stored or sent back in an address.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from locker.core.model import Consent, Size
from locker.core.reasons import RefusalReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locker.core.model import Site


@dataclass(frozen=True, slots=True)
class KioskTime:
    """Now: `seconds` only go forward and time the screens, `utc` is compared with what the journal says."""

    seconds: float
    utc: datetime


@dataclass(frozen=True, slots=True)
class LockerState:
    """What the screens may know of the locker at one moment.

    `sealed`: why nothing can be recorded. `free`: by size. `code_lengths`: how many digits codes have, fewest first.
    `left_behind`: deposits that couriers began at this kiosk, on a screen that is lost.
    """

    site: Site
    sealed: str | None
    free: Mapping[Size, int]
    companies: tuple[str, ...]
    languages: tuple[str, ...]
    code_lengths: tuple[int, ...]
    left_behind: frozenset[str] = frozenset()


class DoorPhase(StrEnum):
    """How it stands at the door of a pickup or deposit, by what its switch said."""

    ORDERED = "ordered"
    OPEN = "open"
    SHUT = "shut"
    OVER = "over"
    FAILED = "failed"
    LEFT_OPEN = "left-open"
    CHECK = "check"


class Dialog(StrEnum):
    """What a person laid over the screen."""

    HELP = "help"
    DISPLAY = "display"


class ProblemKind(StrEnum):
    """What a resident finds wrong behind an open door."""

    EMPTY = "empty"
    OTHER = "other"
    DAMAGED = "damaged"
    STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """How the screen is shown to this person."""

    large: bool = False
    contrast: bool = False
    calm: bool = False


@dataclass(frozen=True, slots=True)
class ErrorMessage:
    """A sentence beside what it concerns. `key`: its message id; `until` (monotonic seconds): when to try again."""

    key: str
    until: float | None = None

    @staticmethod
    def of(reason: RefusalReason, retry_after: int | None, now: float) -> ErrorMessage:
        """The sentence of a refusal."""
        return ErrorMessage(f"refused.{reason.value}", None if retry_after is None else now + retry_after)


@dataclass(frozen=True, slots=True)
class SignedInCourier:
    """Who is signed in."""

    id: str
    company: str
    name: str


@dataclass(frozen=True, slots=True)
class MaskedResident:
    """A resident as a courier may see them: the name masked, the phone by its end."""

    id: str
    unit: str
    name: str
    phone_end: str
    consent: bool | None
    reach: bool


@dataclass(frozen=True, slots=True)
class StoredParcel:
    """One parcel that this courier has stored since signing in."""

    door: str
    unit: str
    tracking: str


# --- steps: collect -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody is here."""


@dataclass(frozen=True, slots=True)
class Keypad:
    """The pickup code is being typed. `rejected`: what is typed was tried and opens nothing."""

    typed: str = field(default="", repr=False)
    error: ErrorMessage | None = None
    rejected: bool = False


@dataclass(frozen=True, slots=True)
class NoCode:
    """What to do without a code."""


@dataclass(frozen=True, slots=True)
class SecondItem:
    """One more thing to show: the end of the phone, or the unit."""

    code: str = field(repr=False)
    typed: str = field(default="", repr=False)
    by_unit: bool = False
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class PresentedCredential:
    """What opened the door, kept for this visit only, so that the same person can open it again."""

    code: str | None = field(default=None, repr=False)
    second: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PickupDoor:
    """At the door of a pickup. `since` and `at`: when this phase began. `reported_stuck`: a person says it is shut."""

    parcel: str
    compartment: str
    credential: PresentedCredential
    phase: DoorPhase = DoorPhase.ORDERED
    since: float = 0.0
    at: datetime | None = None
    reported_stuck: bool = False
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class ReportProblem:
    """What is wrong behind the door."""

    door: PickupDoor


@dataclass(frozen=True, slots=True)
class ProblemReported:
    """It is in the journal; now somebody must be called."""

    door: PickupDoor
    problem: ProblemKind
    at: datetime


# --- steps: drop off ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignIn:
    """Company and PIN."""

    company: str = ""
    typed: str = field(default="", repr=False)
    error: ErrorMessage | None = None
    page: int = 0


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


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The courier is asked whether the resident agreed."""

    tracking: str
    recipient: MaskedResident


@dataclass(frozen=True, slots=True)
class NoConsent:
    """The resident did not agree: no door opens. `never`: they want no parcel in the locker at all."""

    tracking: str
    recipient: MaskedResident
    never: bool


@dataclass(frozen=True, slots=True)
class ChooseSize:
    """Which size fits. `door`: the deposit is under way and the parcel did not fit there."""

    tracking: str
    recipient: MaskedResident
    consent: Consent | None = None
    error: ErrorMessage | None = None
    door: DepositDoor | None = None


@dataclass(frozen=True, slots=True)
class NothingFits:
    """Too big for all: it goes to the desk."""

    previous: ChooseSize


class DepositIntent(StrEnum):
    """What the courier wants of a deposit under way."""

    STORE = "store"
    CANCEL = "cancel"
    TAKE_BACK = "take-back"


@dataclass(frozen=True, slots=True)
class DepositDoor:
    """As PickupDoor, of a deposit. `moved_from`: the door that did not open, or did not fit."""

    deposit: str
    parcel: str
    compartment: str
    tracking: str
    recipient: MaskedResident
    intent: DepositIntent = DepositIntent.STORE
    phase: DoorPhase = DoorPhase.ORDERED
    since: float = 0.0
    at: datetime | None = None
    moved_from: str = ""
    reported_stuck: bool = False
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class ConfirmPin:
    """The door of a stored parcel opens again for its courier only: who just walked past does not know the PIN."""

    door: DepositDoor
    take_back: bool
    typed: str = field(default="", repr=False)
    error: ErrorMessage | None = None


Step: TypeAlias = (
    Idle
    | Keypad
    | NoCode
    | SecondItem
    | PickupDoor
    | ReportProblem
    | ProblemReported
    | SignIn
    | ScanLabel
    | TypeNumber
    | ChooseRecipient
    | Unlisted
    | AskConsent
    | NoConsent
    | ChooseSize
    | NothingFits
    | DepositDoor
    | ConfirmPin
)


@dataclass(frozen=True, slots=True)
class KioskState:
    """One touchscreen as it stands: who is at it, at which step, and how it is shown.

    `serial` counts screens: a touch names the screen that it was made on, and one on a screen that is gone
    does nothing. `waiting`: an effect is asked for and has no result yet. `last_touch` is in monotonic seconds.
    """

    step: Step
    language: str
    last_touch: float
    display: DisplaySettings = DisplaySettings()
    dialog: Dialog | None = None
    courier: SignedInCourier | None = None
    stored_parcels: tuple[StoredParcel, ...] = ()
    waiting: bool = False
    serial: int = 0
