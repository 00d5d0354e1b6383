"""The steps at the end of a courier's round: why something did not come, and the receipt."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from api.kiosk.values import Printing
from locker.core.parcel_words import MissingReason


@dataclass(frozen=True, slots=True)
class RoundCounts:
    """How many parcels were stored, taken back and taken along in this round."""

    stored: int = 0
    taken_back: int = 0
    handed_over: int = 0


@dataclass(frozen=True, slots=True)
class MissingParcel:
    """One that was announced and did not come."""

    parcel: str
    unit: str
    tracking: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReconcileRound:
    """The courier says of each parcel that did not come why. `reasons`: of the first ones, in their order."""

    missing: tuple[MissingParcel, ...]
    counts: RoundCounts
    reasons: tuple[MissingReason, ...] = ()


@dataclass(frozen=True, slots=True)
class RoundReceipt:
    """The receipt. `code` is read out, `proof` is what its QR code says.

    `checkpoint`: the short form of what the log was then; with it nobody can cut off its end unseen. May be empty.
    """

    code: str
    proof: str
    counts: RoundCounts
    missing: int = 0
    checkpoint: str = ""
    printed: Printing = Printing.NOT_ASKED


class CourierWord(StrEnum):
    """What a courier tells staff in one touch."""

    FEW_DOORS = "few-doors"
    WORKS_BADLY = "works-badly"
    LIST = "list"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class TellStaff:
    """The courier has something to say. `case`: under which number staff have it."""

    receipt: RoundReceipt
    case: str = ""
    refused: bool = False


RoundStep: TypeAlias = ReconcileRound | RoundReceipt | TellStaff
