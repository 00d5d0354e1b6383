"""Time that rules may trust: it never runs backward, and believes a jump of the wall clock only when told to.

A Pi without a battery-backed clock starts in the past. Between two looks at the wall clock the
monotonic clock counts; a jump forward is taken when the clock is synchronised, a jump back never.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from locker.ports import Clock

TOLERANCE_SECONDS = 2


class TrustedClock:
    """`last` is the time of the last event, None in an empty folder."""

    def __init__(self, clock: Clock, last: datetime | None) -> None:
        self._clock = clock
        wall = _whole(clock.now())
        believed = last is None or clock.synced()
        self._base = wall if last is None else max(wall, last) if believed else last
        self._since = clock.monotonic()
        self._floor = self._base

    def now(self) -> datetime:
        """UTC in whole milliseconds, never behind an event."""
        moved = timedelta(seconds=self._clock.monotonic() - self._since)
        return max(self._floor, _whole(self._base + moved))

    def synced(self) -> bool:
        """True when days and hours may be believed."""
        return self._clock.synced()

    def passed(self, moment: datetime) -> None:
        """Note the time of an event: nothing later is earlier."""
        self._floor = max(self._floor, moment)

    def believed_jump(self) -> int:
        """Whole seconds by which a synchronised wall clock is ahead; 0 when it is not, or may not be believed."""
        if not self._clock.synced():
            return 0
        ahead = (self._clock.now() - self.now()).total_seconds()
        return int(ahead) if ahead >= TOLERANCE_SECONDS else 0

    def adopt(self, seconds: int) -> None:
        """Move on by so many seconds."""
        self._base += timedelta(seconds=seconds)


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
