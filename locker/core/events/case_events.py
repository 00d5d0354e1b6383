"""Events of cases: what somebody complained of, asked for or claimed, and what became of it.

Who it was and what they wrote stands in tables of its own and can be erased; here stand numbers, words of the trade,
and of each text a salted hash (`digest`), which proves it as long as it is kept and tells nothing once it is not.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from locker.core.events.record import Event
from locker.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened(Event):
    """A case begins: from where it came, of which kind and class, and by when somebody must answer and solve it.

    `of`: the number of the event that opened it by itself, 0 where a person did. `photos`: by their SHA-256.
    """

    case: str
    kind: str
    priority: int
    source: str
    parcel: str
    compartment: str
    reply_due: datetime
    due: datetime
    provisional: bool
    of: int = 0
    digest: str = ""
    photos: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSaid(Event):
    """Somebody wrote into a case: `what` says what it is for, `number` which entry of the case it is."""

    case: str
    what: str
    number: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStageReached(Event):
    """The case has come to this stage, or was sent back to it."""

    case: str
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAssigned(Event):
    """Who answers for the case, and who works on it too: names of staff accounts."""

    case: str
    owner: str
    partners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMarkedUrgent(Event):
    """Somebody cannot wait: the first answer is due earlier."""

    case: str
    reply_due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePhotoAdded(Event):
    """A photo was put to the case, without what cameras write into their files."""

    case: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseForwarded(Event):
    """Somebody else must answer: a carrier, the property, a warehouse. `number` is the entry that says what."""

    case: str
    to: str
    party: str
    number: int
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReturned(Event):
    """What was forwarded has come back; `number` is the entry that was forwarded."""

    case: str
    number: int
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDueMoved(Event):
    """The time limits of an open case are others now, because of `reason`."""

    case: str
    reply_due: datetime
    due: datetime
    provisional: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseWarned(Event):
    """A time limit of the case comes near or has passed: `what` says which. Told once each."""

    case: str
    what: str
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationDecided(Event):
    """Who pays how much, in hundredths of the currency: the lower of loss and declared value (None: not declared)."""

    case: str
    party: str
    actual: int
    declared: int | None
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationApproved(Event):
    """A second person agreed to what was decided, or sent it back."""

    case: str
    amount: int
    approved: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed(Event):
    """The case has ended: `outcome` is a word of the trade."""

    case: str
    outcome: str
    parcel: str
    compartment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseErased(Event):
    """What people wrote in this case, and who they were, is gone."""

    case: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFileMade(Event):
    """Somebody took a file of the case away: for whom it is masked, why it was made, and its hash."""

    case: str
    purpose: str
    reason: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyDeclared(Event):
    """People may be in danger: nothing opens for visitors at these doors, the screen says so, staff are called."""

    case: str
    danger: str
    compartments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyEnded(Event):
    """The danger is over: what was frozen for it is not frozen any more."""

    case: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDaysImported(Event):
    """The days of a year on which work rests, and those on which it does not though it is a weekend."""

    year: int
    off: int
    worked: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingDaysMissing(Event):
    """Nobody has said which days of this year are worked: time limits that reach into it are provisional."""

    year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakApproved(Event):
    """A second person agreed to the time limits of cases that a version of the rule `peak` asks for."""

    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecordsImported(Event):
    """A list of calls of a telephone exchange was taken over: so many were new; `sha256` is over what is kept of them.

    Of whoever called nothing is kept. `list`: by which it can be taken back.
    """

    list: str
    source: str
    records: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecordsUndone(Event):
    """A list of calls was taken back whole."""

    list: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierReported(Event):
    """A month is over, and a company's system is told of the cases about its parcels; `sha256` is over the CSV."""

    company: str
    month: str
    cases: int
    sha256: str


CaseEvent: TypeAlias = (
    CaseOpened
    | CaseSaid
    | CaseStageReached
    | CaseAssigned
    | CaseMarkedUrgent
    | CasePhotoAdded
    | CaseForwarded
    | CaseReturned
    | CaseDueMoved
    | CaseWarned
    | CompensationDecided
    | CompensationApproved
    | CaseClosed
    | CaseErased
    | CaseFileMade
    | EmergencyDeclared
    | EmergencyEnded
    | WorkingDaysImported
    | WorkingDaysMissing
    | PeakApproved
    | CallRecordsImported
    | CallRecordsUndone
    | CarrierReported
)
