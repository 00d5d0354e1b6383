"""The steps of taking parcels out, door by door: overdue ones, and those that go out with this carrier."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from api.kiosk.values import DoorPhase, ErrorMessage


class FetchKind(StrEnum):
    """Which parcels a courier takes out. `overdue`: back to the sender. `outbound`: from residents."""

    OVERDUE = "overdue"
    OUTBOUND = "outbound"


@dataclass(frozen=True, slots=True)
class ConfirmFetch:
    """Who is signed in says the PIN once more: a screen stays signed in for a while after its courier has gone."""

    kind: FetchKind
    typed: str = field(default="", repr=False)
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class FetchList:
    """What is to be taken out. `passed`: parcels that this walk has left where they are."""

    kind: FetchKind
    passed: tuple[str, ...] = ()
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class FetchDoor:
    """At the door of one of them.

    `pickup`: the visit of what goes out. `scanned`: the number of the label that was read, empty until then.
    `checked`: what goes out was weighed, or could not be. `since` and `at`: when this phase began.
    """

    kind: FetchKind
    parcel: str
    compartment: str
    unit: str = ""
    pickup: str = ""
    declared_g: int | None = None
    passed: tuple[str, ...] = ()
    phase: DoorPhase = DoorPhase.ORDERED
    since: float = 0.0
    at: datetime | None = None
    scanned: str = ""
    keeps: bool = False
    checked: bool = False
    error: ErrorMessage | None = None


@dataclass(frozen=True, slots=True)
class WeighParcel:
    """The weight of what goes out is being typed, in grams."""

    door: FetchDoor
    typed: str = ""
    error: ErrorMessage | None = None


FetchStep: TypeAlias = ConfirmFetch | FetchList | FetchDoor | WeighParcel
