"""Events: what is recorded for good. A field may be added with a default, never renamed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from locker.core.custody_events import CustodyEvent
from locker.core.model import CheckFrom, Consent, Content, Direction, Flag, Leaving, Size, Use, VisitKind
from locker.core.parcel_events import ParcelEvent
from locker.core.reasons import NotStored
from locker.core.record import Event, private, withheld
from locker.core.service_events import ServiceEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Event):
    """The daemon started: every switch is unseen until looked at."""

    version: str


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
    """The one event that opens a door: pulse this lock once."""

    compartment: str
    visit: str
    kind: VisitKind
    pulse: int
    asked: bool = False
    reason: str = ""


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
class DepositStarted(Event):
    """A compartment is taken for a parcel, before its door is ordered open.

    `free_hours` and `door_open_seconds` hold for this parcel and this visit, whatever the site file says later.
    """

    deposit: str
    parcel: str
    compartment: str
    size: Size
    recipients: tuple[str, ...]
    label_hash: str = withheld()
    code_hash: str = withheld()
    token_hash: str = withheld()
    company: str
    consent: Consent | None = None
    flags: tuple[Flag, ...] = ()
    needs: tuple[str, ...] = ()
    direction: Direction = Direction.IN
    free_hours: int | None = None
    door_open_seconds: int | None = None
    sealed: bytes = private(default=b"")
    tracking: str = private(default="")
    unit: str = private(default="")
    courier: str = private(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositLeaving(Event):
    """The courier's word: this door is shut with nothing of this deposit behind it.

    `leaving` withdrawn: the parcel is still inside, and gone once the door was open and shut again.
    """

    parcel: str
    compartment: str
    leaving: Leaving
    reason: NotStored | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositMoved(Event):
    """The deposit goes on at another compartment: resized, or the first door did not open.

    `place`: it is a parcel that staff bring from there.
    """

    parcel: str
    compartment: str
    size: Size
    visit: str
    place: str = ""
    door_open_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositReopened(Event):
    """Its courier, or staff, are at a stored parcel's door again; the parcel is depositing again.

    `take_back`: to fetch it out, `returned` because it is overdue. `place` or `target`: to take it there, to a place
    without a door or behind another one. `fetched_by` is the courier's name.
    """

    parcel: str
    compartment: str
    take_back: bool = False
    returned: bool = False
    place: str = ""
    target: str = ""
    door_open_seconds: int | None = None
    fetched_by: str = private(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelStored(Event):
    """The parcel is behind a shut door and its code is valid. `again`: it has been stored before."""

    parcel: str
    compartment: str
    deadline: datetime
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRenewed(Event):
    """The parcel has another code and token; those before open nothing any more."""

    parcel: str
    compartment: str
    code_hash: str = withheld()
    token_hash: str = withheld()
    sealed: bytes = private(default=b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelEnded(Event):
    """The parcel is out of the cabinet other than by pickup: cancelled, withdrawn or returned."""

    parcel: str
    compartment: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupStarted(Event):
    """The right code or token was shown; the parcel is collecting, before its door is ordered open.

    Of several parcels behind one door each has this event, of the same pickup. `credential` is what opened it.
    """

    pickup: str
    parcel: str
    compartment: str
    source: str
    token: bool = False
    credential: str = ""
    door_open_seconds: int | None = None
    reopen_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupFailed(Event):
    """The door did not open: the parcel is stored as before, its code valid."""

    pickup: str
    parcel: str
    compartment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelCollected(Event):
    """The door was seen open and then shut. `by_word`: staff said so. `again`: it had been collected before."""

    parcel: str
    compartment: str
    by_word: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopeningFailed(Event):
    """In the grace after a pickup the door did not open again: the grace runs on, new visits count the failure."""

    compartment: str
    visit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitEnded(Event):
    """Nobody is at this door any more, and the compartment is as it was before or free."""

    compartment: str
    visit: str
    use: Use


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentUnknown(Event):
    """Nobody can say what is behind this door: the compartment is CHECK until staff look inside."""

    compartment: str
    why: str
    parcel: str = ""
    check_from: CheckFrom | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitResumed(Event):
    """A visit that a restart cut short goes on: its door was found as it may be in a visit."""

    compartment: str
    visit: str
    open: bool


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
class ParcelOverdue(Event):
    """The free time is over; the parcel stays and its code still opens."""

    parcel: str
    compartment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored(Event):
    """A backup was put back. These compartments were touched later and are CHECK."""

    compartments: tuple[str, ...] = ()


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
VisitEvent: TypeAlias = (
    DepositStarted
    | DepositLeaving
    | DepositMoved
    | DepositReopened
    | ParcelStored
    | CodeRenewed
    | ParcelEnded
    | PickupStarted
    | PickupFailed
    | ParcelCollected
    | ReopeningFailed
    | VisitEnded
    | VisitResumed
    | ParcelOverdue
)
CompartmentEvent: TypeAlias = (
    ContentUnknown | CompartmentCleared | CompartmentRetired | CompartmentRestored | CodeRejected | Restored
)
AnyEvent: TypeAlias = DoorEvent | VisitEvent | CompartmentEvent | ParcelEvent | CustodyEvent | ServiceEvent
