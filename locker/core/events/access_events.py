"""What an access-control system tells of doors that are none of the cabinet's: the parcel room's, the service door.

A field may be added with a default, never renamed.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from locker.core.events.record import Event
from locker.frozen import dataclass


class Passage(StrEnum):
    """What happened at such a door."""

    GRANTED = "granted"
    REFUSED = "refused"
    FORCED = "forced"
    HELD_OPEN = "held-open"
    SHUT = "shut"

    @property
    def loud(self) -> bool:
        """True for what somebody should look at."""
        return self in {Passage.FORCED, Passage.HELD_OPEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryReported(Event):
    """Somebody went through a door that another system watches, or tried to. Whose badge it was stands in no event.

    `calls`: staff are called, for it is loud and new; of what is long over, or told again and again, they are not.
    """

    point: str
    passage: Passage
    happened_at: datetime
    calls: bool = False


AccessEvent: TypeAlias = EntryReported
