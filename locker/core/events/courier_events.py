"""Events of a courier's round at the touchscreen: recorded for good, they change no door and no parcel.

A field may be added with a default, never renamed.
"""

from __future__ import annotations

from typing import TypeAlias

from locker.core.events.record import Event, withheld
from locker.core.model import Size
from locker.core.parcel_words import ContactAnswer
from locker.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierRoundEnded(Event):
    """A courier of `company` has done, and got a receipt: parcels by their ids.

    `missing` were announced and did not come; `reasons` says why, one word for each of them.
    """

    company: str
    stored: tuple[str, ...] = ()
    taken_back: tuple[str, ...] = ()
    handed_over: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverChecked(Event):
    """The courier says what an outbound parcel weighs, in grams; without `weight_g` it was not weighed.

    `declared_g`: as its sender said, None for nothing. `differs`: by more than may be. `scanned`: its label was read.
    """

    compartment: str
    parcel: str
    weight_g: int | None = None
    declared_g: int | None = None
    differs: bool = False
    scanned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactTried(Event):
    """The courier tried to reach a recipient before a door opens, and what came of it: yes, no or none."""

    company: str
    recipients: tuple[str, ...]
    answer: ContactAnswer
    label_hash: str = withheld(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelNotAccepted(Event):
    """A courier's parcel did not go into the locker, and why. `sha256`: of the picture that shows it, or empty."""

    company: str
    recipients: tuple[str, ...]
    reason: str
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPictured(Event):
    """A label without a barcode was pictured: the number of this event is the parcel's. `sha256`: of the picture."""

    company: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositTurnedAway(Event):
    """No compartment was free, or none is large enough, for a parcel of this size that somebody wanted to put in."""

    company: str
    size: Size | None
    reason: str


CourierEvent: TypeAlias = (
    CourierRoundEnded | HandOverChecked | ContactTried | ParcelNotAccepted | LabelPictured | DepositTurnedAway
)
