"""How long somebody who typed a wrong password waits: longer each time, never for good."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from math import ceil

from locker.frozen import dataclass

MAX_WAIT_S = 60
FORGET_AFTER = timedelta(minutes=15)
_MAX_KEYS = 2048


@dataclass(frozen=True, slots=True)
class BackoffLimits:
    """How long a wait may become, and after which quiet time wrong tries are forgotten."""

    longest_s: int = MAX_WAIT_S
    forget_after: timedelta = FORGET_AFTER


PASSWORD_LIMITS = BackoffLimits()


@dataclass(frozen=True, slots=True)
class Backoff:
    """Wrong tries in a row, and when the last one was."""

    failures: int
    at: datetime
    limits: BackoffLimits = PASSWORD_LIMITS

    def wait_seconds(self, now: datetime) -> int:
        """Whole seconds to wait before the next try: 1, 2, 4 … after the last wrong one; 0 when it may be tried."""
        if self.failures == 0 or now - self.at >= self.limits.forget_after:
            return 0
        delay = min(2 ** min(self.failures - 1, 20), self.limits.longest_s)
        left = self.at + timedelta(seconds=delay) - now
        return max(0, min(ceil(left.total_seconds()), self.limits.longest_s))

    def with_failure(self, now: datetime) -> Backoff:
        """One more; what lies far back is forgotten."""
        forgotten = now - self.at >= self.limits.forget_after
        return Backoff(1 if forgotten else self.failures + 1, now, self.limits)


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
