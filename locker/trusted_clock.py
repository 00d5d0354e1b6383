"""Time that rules may trust: it never runs backward, and believes a jump of the wall clock only within bounds.

A Pi without a battery-backed clock starts in the past, and one whose clock held local time starts hours ahead. So:

1. Between two looks at the wall clock the monotonic clock counts.
2. A jump forward is taken when the clock is synchronised and the jump is believable: not before this program was
   written, and not by more than `LARGEST_JUMP`, unless trusted time itself is from before this program was written.
3. A jump back is never taken. While the wall clock is behind, trusted time runs slow, half as fast, until the wall
   clock has caught up; but at full pace while somebody stands at a door, whose waits are counted in it.
4. A person who knows better may accept the wall clock as it is (`lockerd clock accept`), back or forward.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locker.ports import Clock

log = logging.getLogger(__name__)

TOLERANCE = timedelta(seconds=2)
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)
"""No clock that shows less is right: this program was not written yet."""
LARGEST_JUMP = timedelta(days=366)
SLOWER = 2


class TrustedClock:
    """`last` is the time of the last event, None in an empty folder."""

    def __init__(self, clock: Clock, last: datetime | None) -> None:
        self._clock = clock
        wall = _whole(clock.now())
        self._base = wall if last is None else last
        self._since = clock.monotonic()
        self._floor = self._base
        self._slow = False
        self._said = False
        if last is not None and self.synced() and self._believable(wall - last):
            self._base = self._floor = max(wall, last)

    def now(self) -> datetime:
        """UTC in whole milliseconds, never behind an event."""
        passed = timedelta(seconds=self._clock.monotonic() - self._since)
        now = self._base + passed
        if self._slow:
            now = min(now, max(self._base + passed / SLOWER, self._clock.now()))
        return max(self._floor, _whole(now))

    def synced(self) -> bool:
        """True when days and hours may be believed."""
        return self._clock.synced() and self._clock.now() >= WRITTEN

    def note_event(self, moment: datetime) -> None:
        """Note the time of an event: nothing later is earlier."""
        self._floor = max(self._floor, moment)

    def offset(self) -> timedelta:
        """By how much the wall clock is ahead of trusted time; negative while it is behind."""
        return self._clock.now() - self.now()

    @property
    def disbelieved(self) -> bool:
        """True while a synchronised wall clock shows a time that is not believed: a person must decide."""
        return self.synced() and self.offset() >= TOLERANCE and not self._believable(self.offset())

    def believed_jump(self) -> int:
        """Whole seconds by which a synchronised wall clock is ahead; 0 when it is not, or may not be believed."""
        if not self.synced():
            return 0
        ahead = self.offset()
        return int(ahead.total_seconds()) if ahead >= TOLERANCE and self._believable(ahead) else 0

    def keep_pace(self, *, busy: bool) -> None:
        """Run slow from now on while the wall clock is behind, but not while `busy`: while a visit counts its waits."""
        if self.disbelieved is not self._said:
            self._said = self.disbelieved
            if self._said:
                log.warning("the clock shows %s and is not believed; see 'lockerd clock accept'", self._clock.now())
        slow = not busy and self.synced() and self.offset() <= -TOLERANCE
        if slow is not self._slow:
            self._base, self._since = self.now(), self._clock.monotonic()
            self._slow = slow

    def adopt(self, seconds: int) -> None:
        """Move by so many seconds: forward as believed, back only by a person's word."""
        self._base = self.now() + timedelta(seconds=seconds)
        self._since = self._clock.monotonic()
        self._slow = False
        if seconds < 0:
            self._floor = self._base

    def _believable(self, ahead: timedelta) -> bool:
        return ahead <= LARGEST_JUMP or self._base < WRITTEN


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
