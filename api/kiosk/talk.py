"""What comes in at the touchscreen, what the house is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from api.kiosk.visit import Courier, Match, Shown, Wrong
from locker.core.messages import Code, NotStored
from locker.core.model import Consent, Size


@dataclass(frozen=True, slots=True)
class AskPickup:
    """Open the door that this code or token belongs to."""

    shown: Shown


@dataclass(frozen=True, slots=True)
class AskSignIn:
    """Whose PIN within the company this is."""

    company: str
    pin: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AskSearch:
    """Residents who could be meant by these digits."""

    typed: str


@dataclass(frozen=True, slots=True)
class AskDeposit:
    """Take a compartment and open its door."""

    tracking: str
    match: Match
    size: Size
    consent: Consent | None
    courier: Courier


@dataclass(frozen=True, slots=True)
class AskChange:
    """Cancel a deposit, resize it, or open its door again; by the courier."""

    deposit: str
    courier: Courier
    size: Size | None = None
    cancel: bool = False
    reason: NotStored | None = None
    take_back: bool = False


@dataclass(frozen=True, slots=True)
class AskNote:
    """Keep in the journal what a resident says is wrong."""

    wrong: Wrong
    compartment: str


Ask: TypeAlias = AskPickup | AskSignIn | AskSearch | AskDeposit | AskChange | AskNote


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
class Ordered:
    """The door of a pickup is ordered."""

    parcel: str
    compartment: str


@dataclass(frozen=True, slots=True)
class Taken:
    """How a deposit stands after it was asked for or changed."""

    deposit: str
    parcel: str
    compartment: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who the PIN belongs to, None if to nobody."""

    courier: Courier | None


@dataclass(frozen=True, slots=True)
class Found:
    """Residents that fit what was typed, and how many more there are."""

    typed: str
    matches: tuple[Match, ...]
    more: int


@dataclass(frozen=True, slots=True)
class No:
    """The house refused. `retry_after` is in seconds."""

    code: Code
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """The note is in the journal."""


Answer: TypeAlias = Ordered | Taken | SignedIn | Found | No | Kept
