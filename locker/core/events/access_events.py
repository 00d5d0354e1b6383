"""What an access-control system tells of doors that are none of the cabinet's: the parcel room's, the service door.

A field may be added with a default, never renamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from locker.core.events.record import Event


class Passage(StrEnum):
    """What happened at such a door."""

    GRANTED = "granted"
    REFUSED = "refused"
    FORCED = "forced"
    HELD_OPEN = "held-open"
    SHUT = "shut"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryReported(Event):
    """Somebody went through a door that another system watches, or tried to. Whose badge it was stands in no event."""

    point: str
    passage: Passage
    happened_at: datetime


AccessEvent: TypeAlias = EntryReported
