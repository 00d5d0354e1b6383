"""What is said to the core and what it says: commands (asked), observations (seen), events (recorded).

A command may be refused, an observation may not: what is seen has happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from locker.core.codes import Code, Content, NotStored
from locker.core.commands import (
    Answer,
    AnyCommand,
    Cancel,
    Clear,
    Collect,
    Command,
    CompartmentAnswer,
    Deposit,
    DepositAnswer,
    Once,
    PickupAnswer,
    Reopen,
    ResidentAnswer,
    Resize,
    Restore,
    Retire,
    SaveResident,
    StaffOpen,
)
from locker.core.event import Event, private
from locker.core.events import (
    AnyEvent,
    ClockJumped,
    CodeRejected,
    CompartmentCleared,
    CompartmentRestored,
    CompartmentRetired,
    ContentUnknown,
    DepositLeaving,
    DepositMoved,
    DepositReopened,
    DepositStarted,
    DeskEvent,
    DoorEvent,
    DoorForced,
    DoorLeftOpen,
    DoorOpened,
    DoorShut,
    DoorsSeen,
    DoorsUnseen,
    LockFault,
    Noted,
    ParcelCollected,
    ParcelEnded,
    ParcelOverdue,
    ParcelStored,
    PickupFailed,
    PickupStarted,
    PulseLost,
    ReopeningFailed,
    ResidentSaved,
    Restored,
    SnapshotMissed,
    SnapshotTaken,
    Started,
    SwitchFault,
    UnlockOrdered,
    VisitEnded,
    VisitEvent,
    VisitResumed,
)
from locker.core.events_cold import TemperatureBack, TemperatureOut
from locker.core.model import Seen

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class SwitchesSeen:
    """What switches say now, by compartment; unchanged ones may be among them."""

    doors: Mapping[str, Seen]


@dataclass(frozen=True, slots=True)
class PulseFailed:
    """The driver could not give the pulse that was ordered; `fault` names the door and the remedy."""

    compartment: str
    fault: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed. `synced`: the clock may be believed about days and hours."""

    synced: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """The daemon starts: nothing has been seen yet, and a visit may have been cut short."""

    version: str


@dataclass(frozen=True, slots=True)
class WallJumped:
    """The wall clock moved by so many seconds, and the move is believed."""

    seconds: int


Observation: TypeAlias = SwitchesSeen | PulseFailed | Tick | Begun | WallJumped
Message: TypeAlias = AnyCommand | Observation

__all__ = [
    "Answer",
    "AnyCommand",
    "AnyEvent",
    "Begun",
    "Cancel",
    "Clear",
    "ClockJumped",
    "Code",
    "CodeRejected",
    "Collect",
    "Command",
    "CompartmentAnswer",
    "CompartmentCleared",
    "CompartmentRestored",
    "CompartmentRetired",
    "Content",
    "ContentUnknown",
    "Deposit",
    "DepositAnswer",
    "DepositLeaving",
    "DepositMoved",
    "DepositReopened",
    "DepositStarted",
    "DeskEvent",
    "DoorEvent",
    "DoorForced",
    "DoorLeftOpen",
    "DoorOpened",
    "DoorShut",
    "DoorsSeen",
    "DoorsUnseen",
    "Event",
    "LockFault",
    "Message",
    "NotStored",
    "Noted",
    "Observation",
    "Once",
    "ParcelCollected",
    "ParcelEnded",
    "ParcelOverdue",
    "ParcelStored",
    "PickupAnswer",
    "PickupFailed",
    "PickupStarted",
    "PulseFailed",
    "PulseLost",
    "Reopen",
    "ReopeningFailed",
    "ResidentAnswer",
    "ResidentSaved",
    "Resize",
    "Restore",
    "Restored",
    "Retire",
    "SaveResident",
    "SnapshotMissed",
    "SnapshotTaken",
    "StaffOpen",
    "Started",
    "SwitchFault",
    "SwitchesSeen",
    "TemperatureBack",
    "TemperatureOut",
    "Tick",
    "UnlockOrdered",
    "VisitEnded",
    "VisitEvent",
    "VisitResumed",
    "WallJumped",
    "private",
]
