"""The machine's own clocks, and whether the wall clock may be trusted."""

from __future__ import annotations

import errno
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hardware.kernel_clock import kernel_synced, read_answer

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

RELEASED = datetime(2026, 6, 1, tzinfo=UTC)
"""No clock that is right is before this release. Clocks without power begin in 1970, 2000 or at their last shutdown."""

RTC_TOLERANCE_SECONDS = 600
"""How far a battery-backed clock may be from a wall clock that was set by it: months without a network."""

_CHECK_SECONDS = 5


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ClockSources:
    """Who may say that the wall clock is right, and the wall clock itself."""

    timesync: Path = Path("/run/systemd/timesync/synchronized")
    witness: Path = Path("/run/locker-clock/kernel")
    rtcs: Path = Path("/sys/class/rtc")
    kernel: Callable[[], bool] = kernel_synced
    wall: Callable[[], datetime] = _utc_now


class SystemClock:
    """Fulfils the Clock port with the kernel's clocks. Whether it is synchronised is checked every few seconds."""

    def __init__(self, sources: ClockSources | None = None) -> None:
        self._sources = sources or ClockSources()
        self._synced = False
        self._checked_at = float("-inf")
        self._checks_without_word = 0

    def now(self) -> datetime:
        """Wall clock, UTC."""
        return self._sources.wall()

    def monotonic(self) -> float:
        """Seconds since some moment before the start."""
        return time.monotonic()

    def synced(self) -> bool:
        """True when the network has set the wall clock, or a clock with a battery has; never before the release."""
        if self.monotonic() >= self._checked_at + _CHECK_SECONDS:
            self._checked_at = self.monotonic()
            self._synced = self.now() >= RELEASED and (
                self._sources.timesync.exists() or self._kernel_synced() or self._battery_backed()
            )
        return self._synced

    def _kernel_synced(self) -> bool:
        try:
            return self._sources.kernel()
        except OSError as refused:
            return self._witnessed(refused)

    def _witnessed(self, refused: OSError) -> bool:
        answer = read_answer(self._sources.witness)
        if answer is not None:
            return answer
        # Twice, because at boot the witness may come a moment later.
        self._checks_without_word += 1
        if self._checks_without_word == 2:
            reason = "EPERM" if refused.errno == errno.EPERM else refused
            _log.warning(
                "whether chrony or another service has set the clock is not known: adjtimex is refused here (%s), and "
                "%s says nothing. Start locker-clock.service; until then only systemd-timesyncd and a clock with a "
                "battery are believed.",
                reason,
                self._sources.witness,
            )
        return False

    def _battery_backed(self) -> bool:
        """True when a hardware clock tells the time of the wall clock, which is known not to be before the release.

        That it set the wall clock is not asked: on a Pi 5 an empty rtc0 sets it, and udev sets it from another one.
        """
        return any(self._agrees(file) for file in self._sources.rtcs.glob("rtc*/since_epoch"))

    def _agrees(self, file: Path) -> bool:
        try:
            told = int(file.read_text("ascii"))
        except (OSError, ValueError):
            # A chip whose oscillator has stopped refuses to be read.
            return False
        return abs(self.now().timestamp() - told) <= RTC_TOLERANCE_SECONDS
