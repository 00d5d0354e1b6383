"""Events of people on duty: who sees to what, who works when, what the next person must know. No door, no parcel.

What a shift note says stands in a table of its own; here stands a salted hash (`digest`) that proves it while it is
kept. A field may be added with a default, never renamed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from locker.core.events.record import Event
from locker.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTaken(Event):
    """Somebody has seen a task and sees to it: `owner` is the name of a staff account, empty when it is given back."""

    task: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskUnseen(Event):
    """Nobody has seen this alarm for so long that somebody else must be called."""

    task: str
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftPlanned(Event):
    """Somebody is on duty from then until then."""

    shift: str
    staff: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftCancelled(Event):
    """That shift is not worked."""

    shift: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftNoteWritten(Event):
    """Somebody wrote down what the next person must know."""

    note: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftNotesRead(Event):
    """The next person has read these notes and takes over."""

    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationFired(Event):
    """A rule of automation was reached: `when` was `value`, at least `least`, by that version of the rules.

    `then`: what it does, a task for a person or a call to them.
    """

    rule: str
    version: int
    when: str
    value: int
    least: int
    then: str


DutyEvent: TypeAlias = (
    TaskTaken | TaskUnseen | ShiftPlanned | ShiftCancelled | ShiftNoteWritten | ShiftNotesRead | AutomationFired
)
