"""When something arrives that a carrier has taken over, and whether it is late (OB-18, OB-19). Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.frozen import dataclass

if TYPE_CHECKING:
    from datetime import date, datetime, tzinfo

    from locker.services.policies import DeliveryTime


@dataclass(frozen=True, slots=True)
class Promised:
    """The days on which it arrives, by the promise that held at the hand-over."""

    first: date
    last: date

    def late(self, day: date) -> bool:
        """True when the last of these days is over on this day."""
        return day > self.last


def promised(time: DeliveryTime | None, taken_at: datetime | None, zone: tzinfo) -> Promised | None:
    """Between which days it arrives; None while it was not taken, or where nothing was promised."""
    if time is None or taken_at is None:
        return None
    day = taken_at.astimezone(zone).date()
    return Promised(day + timedelta(days=time.first), day + timedelta(days=time.last))


def minutes_late(expected: datetime | None, came: datetime | None) -> int | None:
    """How many minutes after the time that was told the courier came, below 0 before it; None where nobody can tell."""
    if expected is None or came is None:
        return None
    return round((came - expected).total_seconds() / 60)
