"""Events of doors, switches and compartments. A field may be added with a default, never renamed."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from locker.core.events.record import Event
from locker.core.model import CheckFrom, Content, VisitKind
from locker.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Event):
    """The daemon started: every switch is unseen until looked at, and nobody watched since `down_since`."""

    version: str
    down_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockJumped(Event):
    """The wall clock jumped by so many seconds; running visits keep their remaining time.

    `durations`: deadlines, reopening times and kept answers of this life keep theirs too (not in old journals).
    A jump back, of less than 0 seconds, is only ever made by a person.
    """

    seconds: int
    durations: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorsSeen(Event):
    """Switches that could not be read before can be read."""

    shut: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorsUnseen(Event):
    """Switches that cannot be read any more."""

    compartments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFault(Event):
    """More than half of a bank's switches changed at once and without orders: none of them is believed.

    `shut` and `open` are what they read now, `open_before` those that stood open when they were last believed.
    `again`: the bank was not believed before either, and reads something else now.
    """

    bank: str
    shut: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    open_before: tuple[str, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOpened(Event):
    """The switch says open. `visit` is empty when nobody was known to be at this door."""

    compartment: str
    visit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorShut(Event):
    """The switch says shut, after open."""

    compartment: str
    visit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorForced(Event):
    """A door was seen open without an order. The compartment is CHECK if it was in use."""

    compartment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLeftOpen(Event):
    """A door of a visit stood open too long. The compartment is CHECK."""

    compartment: str
    visit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockOrdered(Event):
    """The one event that opens a door: pulse this lock once.

    `ordered_by`: of whose orders this is one more, for the brake on many doors; empty where it counts for nobody.
    """

    compartment: str
    visit: str
    kind: VisitKind
    pulse: int
    asked: bool = False
    reason: str = ""
    ordered_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseLost(Event):
    """An ordered pulse could not be given; the rule for doors that did not open goes on."""

    compartment: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFault(Event):
    """A door was not seen open after its pulses."""

    compartment: str
    visit: str
    pulses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchFault(Event):
    """So many orders in a row, and the door's switch never changed: switch, cable or lock is dead."""

    compartment: str
    openings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentUnknown(Event):
    """Nobody can say what is behind this door: the compartment is CHECK until staff look inside."""

    compartment: str
    why: str
    parcel: str = ""
    check_from: CheckFrom | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompartmentCleared(Event):
    """Staff looked inside and said what is there.

    `by_word`: the switch could not tell that the door is shut, so that a reason and, where there is one, a second
    person (`witness`) stand for it.
    """

    compartment: str
    content: Content
    by_word: bool = False
    reason: str = ""
    witness: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompartmentRetired(Event):
    """Out of use until restored."""

    compartment: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompartmentRestored(Event):
    """Back in use."""

    compartment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRejected(Event):
    """A wrong code, or a wrong second item. `left`: how many the source may still try bare."""

    source: str
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored(Event):
    """A backup was put back. These compartments were touched later and are CHECK.

    `rights_ended`: carriers' deposit rights that were signed before are taken no more.
    """

    compartments: tuple[str, ...] = ()
    rights_ended: bool = False


DoorEvent: TypeAlias = (
    Started
    | ClockJumped
    | DoorsSeen
    | DoorsUnseen
    | BankFault
    | DoorOpened
    | DoorShut
    | DoorForced
    | DoorLeftOpen
    | PulseLost
    | UnlockOrdered
    | LockFault
    | SwitchFault
)
CompartmentEvent: TypeAlias = (
    ContentUnknown | CompartmentCleared | CompartmentRetired | CompartmentRestored | CodeRejected | Restored
)
