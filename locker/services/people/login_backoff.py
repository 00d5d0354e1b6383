"""How long somebody who typed a wrong password waits: longer each time, never for good."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

LONGEST_WAIT_S = 60
FORGOTTEN_AFTER = timedelta(minutes=15)
_KEPT = 2048


@dataclass(frozen=True, slots=True)
class Backoff:
    """Wrong tries in a row, and when the last one was."""

    failures: int
    at: datetime

    def wait(self, now: datetime) -> int:
        """Whole seconds to wait before the next try: 1, 2, 4 … 60 after the last wrong one; 0 when it may be tried."""
        if self.failures == 0 or now - self.at >= FORGOTTEN_AFTER:
            return 0
        delay = min(2 ** min(self.failures - 1, 10), LONGEST_WAIT_S)
        left = self.at + timedelta(seconds=delay) - now
        return max(0, min(ceil(left.total_seconds()), LONGEST_WAIT_S))

    def wrong(self, now: datetime) -> Backoff:
        """One more; what lies far back is forgotten."""
        return Backoff(1 if now - self.at >= FORGOTTEN_AFTER else self.failures + 1, now)


class Backoffs:
    """Tallies by key, in memory; the oldest is dropped so that a flood of keys cannot grow it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Backoff] = OrderedDict()

    def wait(self, key: str, now: datetime) -> int:
        """Seconds until `key` may try again."""
        tally = self._kept.get(key)
        return tally.wait(now) if tally else 0

    def wrong(self, key: str, now: datetime) -> None:
        """`key` was wrong."""
        tally = self._kept.pop(key, None) or Backoff(0, now)
        self._kept[key] = tally.wrong(now)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Take one wrong try back: what was counted before it was known to be right."""
        tally = self._kept.pop(key, None)
        if tally and tally.failures > 1:
            self._kept[key] = Backoff(tally.failures - 1, tally.at)
