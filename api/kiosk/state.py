"""The nouns of the touchscreen: a visit is a value, and each step of it one screen.

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
class Facts:
    """What the screens may know of the house at one moment."""

    site: Site
    sealed: str | None
    free: Mapping[Size, int]
    companies: tuple[str, ...]
    languages: tuple[str, ...]


class Phase(StrEnum):
    """How it stands at the door of a visit, by what the switch said."""

    ORDERED = "ordered"
    OPEN = "open"
    SHUT = "shut"
    OVER = "over"
    FAILED = "failed"
    LEFT_OPEN = "left-open"


class Sheet(StrEnum):
    """What a person laid over the screen."""

    HELP = "help"
    DISPLAY = "display"


class Wrong(StrEnum):
    """What a resident finds wrong behind an open door."""

    EMPTY = "empty"
    OTHER = "other"
    DAMAGED = "damaged"
    STUCK = "stuck"


@dataclass(frozen=True, slots=True)
class Display:
    """How the screen is shown to this person."""

    large: bool = False
    contrast: bool = False
    calm: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """A sentence beside what it concerns. `until` (monotonic seconds): when it may be tried again."""

    key: str
    until: float | None = None

    @staticmethod
    def of(code: RefusalReason, retry_after: int | None, now: float) -> Trouble:
        """The sentence of a refusal."""
        return Trouble(f"refused.{code.value}", None if retry_after is None else now + retry_after)


@dataclass(frozen=True, slots=True)
class SignedInCourier:
    """Who is signed in."""

    id: str
    company: str
    name: str


@dataclass(frozen=True, slots=True)
class Match:
    """A resident as a courier may see them: the name masked, the phone by its end."""

    id: str
    unit: str
    name: str
    phone_end: str
    consent: bool | None
    reach: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """One parcel of this courier's round."""

    door: str
    unit: str
    tracking: str


# --- steps: collect -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody is here."""


@dataclass(frozen=True, slots=True)
class Keypad:
    """The pickup code is being typed."""

    typed: str = field(default="", repr=False)
    trouble: Trouble | None = None
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class NoCode:
    """What to do without a code."""


@dataclass(frozen=True, slots=True)
class Second:
    """One more thing to show: the end of the phone, or the unit."""

    code: str = field(repr=False)
    typed: str = field(default="", repr=False)
    by_unit: bool = False
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What opened the door, kept for this visit only, so that the same person can open it again."""

    code: str | None = field(default=None, repr=False)
    second: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PickupDoor:
    """At the door of a pickup. `asked_why`: the person said that it did not open."""

    parcel: str
    compartment: str
    shown: Shown
    phase: Phase = Phase.ORDERED
    since: float = 0.0
    at: datetime | None = None
    asked_why: bool = False
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class ReportProblem:
    """What is wrong behind the door."""

    door: PickupDoor


@dataclass(frozen=True, slots=True)
class ProblemReported:
    """It is in the journal; now somebody must be called."""

    door: PickupDoor
    wrong: Wrong
    at: datetime


# --- steps: drop off ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SignIn:
    """Company and PIN."""

    company: str = ""
    typed: str = field(default="", repr=False)
    trouble: Trouble | None = None
    page: int = 0


@dataclass(frozen=True, slots=True)
class ScanLabel:
    """Waiting for a label."""

    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class TypeNumber:
    """The tracking number is being typed."""

    typed: str = ""
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class ChooseRecipient:
    """Who the parcel is for."""

    tracking: str
    typed: str = ""
    matches: tuple[Match, ...] = ()
    more: int = 0
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Unlisted:
    """The recipient is not in the list."""

    back: ChooseRecipient


@dataclass(frozen=True, slots=True)
class AskConsent:
    """The courier is asked whether the resident agreed."""

    tracking: str
    match: Match


@dataclass(frozen=True, slots=True)
class NoConsent:
    """The resident did not agree: no door opens."""

    tracking: str
    match: Match
    never: bool


@dataclass(frozen=True, slots=True)
class ChooseSize:
    """Which size fits. `door`: the deposit is under way and the parcel did not fit there."""

    tracking: str
    match: Match
    consent: Consent | None = None
    trouble: Trouble | None = None
    door: DepositDoor | None = None


@dataclass(frozen=True, slots=True)
class NothingFits:
    """Too big for all: it goes to the desk."""

    back: ChooseSize


class Wish(StrEnum):
    """What the courier said about a deposit under way."""

    STORE = "store"
    CANCEL = "cancel"
    TAKE_BACK = "take-back"


@dataclass(frozen=True, slots=True)
class DepositDoor:
    """At the door of a deposit. `moved_from`: the door that did not open, or did not fit."""

    deposit: str
    parcel: str
    compartment: str
    tracking: str
    match: Match
    wish: Wish = Wish.STORE
    phase: Phase = Phase.ORDERED
    since: float = 0.0
    at: datetime | None = None
    moved_from: str = ""
    asked_why: bool = False
    trouble: Trouble | None = None


Step: TypeAlias = (
    Idle
    | Keypad
    | NoCode
    | Second
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
)


@dataclass(frozen=True, slots=True)
class KioskState:
    """Somebody at the touchscreen, from the first touch to the last.

    `serial` counts screens: a touch names the screen that it was made on, and one on a screen that is gone
    does nothing. `waiting`: the house was asked and has not answered. `touched` is in monotonic seconds.
    """

    step: Step
    language: str
    touched: float
    display: Display = Display()
    sheet: Sheet | None = None
    courier: SignedInCourier | None = None
    round: tuple[Stored, ...] = ()
    waiting: bool = False
    serial: int = 0
