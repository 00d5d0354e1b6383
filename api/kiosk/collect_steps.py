"""The steps of collecting, each one screen: immutable values. `collect.py` takes their touches."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from api.kiosk.values import DoorPhase, ErrorMessage, PresentedCredential, ProblemKind


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
class LostCode:
    """The unit and then the end of the phone are typed, to have a new code sent. `unit`: typed already."""

    typed: str = field(default="", repr=False)
    unit: str = ""
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """Whoever waits for a parcel here gets a new code: the answer is the same to everyone."""

    at: datetime


@dataclass(frozen=True, slots=True)
class SecondItem:
    """One more thing to show: the end of the phone, or the unit.

    `valuable`: because of what the parcel is; else because many codes were wrong.
    """

    code: str = field(repr=False)
    typed: str = field(default="", repr=False)
    by_unit: bool = False
    error: ErrorMessage | None = None
    valuable: bool = False


@dataclass(frozen=True, slots=True)
class PickupDoor:
    """At the door of a pickup.

    `pickup`: the visit, `own`: it was opened by the recipients' own code, so that their other parcels may follow.
    `since` and `at`: when this phase began. `reported_stuck`: a person says it is shut. `accepted`: what asks to be
    looked at was accepted, and signed for where it asks for that.
    """

    parcel: str
    compartment: str
    credential: PresentedCredential
    phase: DoorPhase = DoorPhase.ORDERED
    since: float = 0.0
    at: datetime | None = None
    reported_stuck: bool = False
    error: ErrorMessage | None = None
    pickup: str = ""
    own: bool = False
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class ReportProblem:
    """What is wrong behind the door."""

    door: PickupDoor


@dataclass(frozen=True, slots=True)
class ProblemReported:
    """It is in the journal, its door is for nobody else, and staff are called.

    `case`: the number to say; `who`: whose case it is; `due`: by when they answer. `photos`: names of the pictures.
    """

    door: PickupDoor
    problem: ProblemKind
    at: datetime
    case: str = ""
    who: str = ""
    due: datetime | None = None
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportPhoto:
    """The damage is held to the camera, three times at most. `camera_off`: it gave no picture."""

    reported: ProblemReported
    camera_off: bool = False


@dataclass(frozen=True, slots=True)
class InspectParcel:
    """The door is shut, the parcel in hand: opening was no acceptance. `signature`: it is signed for after that."""

    door: PickupDoor
    signature: bool
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class SignParcel:
    """The recipient signs with a finger. `drawn`: there is a stroke on the pad."""

    door: PickupDoor
    drawn: bool = False
    error: ErrorMessage | None = None


CollectStep: TypeAlias = (
    Keypad
    | NoCode
    | LostCode
    | CodeAsked
    | SecondItem
    | PickupDoor
    | InspectParcel
    | SignParcel
    | ReportProblem
    | ProblemReported
    | ReportPhoto
)
