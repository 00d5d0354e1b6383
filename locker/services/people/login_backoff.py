"""How long somebody who typed a wrong password waits: longer each time, never for good."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

MAX_WAIT_S = 60
FORGET_AFTER = timedelta(minutes=15)
_MAX_KEYS = 2048


@dataclass(frozen=True, slots=True)
class Backoff:
    """Wrong tries in a row, and when the last one was."""

    failures: int
    at: datetime

    def wait_seconds(self, now: datetime) -> int:
        """Whole seconds to wait before the next try: 1, 2, 4 … 60 after the last wrong one; 0 when it may be tried."""
        if self.failures == 0 or now - self.at >= FORGET_AFTER:
            return 0
        delay = min(2 ** min(self.failures - 1, 10), MAX_WAIT_S)
        left = self.at + timedelta(seconds=delay) - now
        return max(0, min(ceil(left.total_seconds()), MAX_WAIT_S))

    def with_failure(self, now: datetime) -> Backoff:
        """One more; what lies far back is forgotten."""
        return Backoff(1 if now - self.at >= FORGET_AFTER else self.failures + 1, now)


class BackoffTable:
    """Backoffs by key, in memory; the oldest is dropped so that a flood of keys cannot grow it."""

    def __init__(self) -> None:
        self._by_key: OrderedDict[str, Backoff] = OrderedDict()

    def wait_seconds(self, key: str, now: datetime) -> int:
        """Seconds until `key` may try again."""
        backoff = self._by_key.get(key)
        return backoff.wait_seconds(now) if backoff else 0

    def record_failure(self, key: str, now: datetime) -> None:
        """`key` was wrong."""
        backoff = self._by_key.pop(key, None) or Backoff(0, now)
        self._by_key[key] = backoff.with_failure(now)
        if len(self._by_key) > _MAX_KEYS:
            self._by_key.popitem(last=False)

    def take_back_failure(self, key: str) -> None:
        """Take one wrong try back: what was counted before it was known to be right."""
        backoff = self._by_key.pop(key, None)
        if backoff and backoff.failures > 1:
            self._by_key[key] = Backoff(backoff.failures - 1, backoff.at)
