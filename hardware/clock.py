"""The machine's own clocks, and whether the wall clock may be trusted."""

from __future__ import annotations

import ctypes
import time
from datetime import UTC, datetime
from pathlib import Path

_TIMESYNC = Path("/run/systemd/timesync/synchronized")
_RTC = Path("/sys/class/rtc/rtc0/hctosys")
_UNSYNCED_STATE = 5
_TIMEX_BYTES = 512
_CHECK_SECONDS = 5


class SystemClock:
    """Fulfils the Clock port with the kernel's clocks. Whether it is synchronised is checked every few seconds."""

    def __init__(self) -> None:
        self._adjtimex = ctypes.CDLL(None).adjtimex
        self._synced = False
        self._checked_at = float("-inf")

    def now(self) -> datetime:
        """Wall clock, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some moment before the start."""
        return time.monotonic()

    def synced(self) -> bool:
        """True when the network has set the clock, or a battery-backed clock did at boot.

        The kernel reports it by the state that adjtimex returns (adjtimex(2): 5 is "not synchronised").
        """
        if self.monotonic() >= self._checked_at + _CHECK_SECONDS:
            self._checked_at = self.monotonic()
            self._synced = _TIMESYNC.exists() or self._kernel_synced() or _battery_backed()
        return self._synced

    def _kernel_synced(self) -> bool:
        state: int = self._adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
        return 0 <= state < _UNSYNCED_STATE


def _battery_backed() -> bool:
    try:
        return _RTC.read_text().strip() == "1"
    except OSError:
        return False
