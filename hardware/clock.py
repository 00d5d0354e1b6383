"""The machine's own clocks, and whether the wall clock may be trusted."""

from __future__ import annotations

import errno
import logging
import threading
import time
from contextlib import suppress
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
_RTC_EVERY_SECONDS = 60
_RTC_WITHIN_SECONDS = 2


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
        self._batteries = _BatteryClocks(self._sources)
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
                self._sources.timesync.exists() or self._kernel_synced() or self._batteries.agree()
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


class _BatteryClocks:
    """Whether a hardware clock tells the time of the wall clock, which is known not to be before the release.

    That it set the wall clock is not asked: on a Pi 5 an empty rtc0 sets it, and udev sets it from another one.
    The chip stands on the I2C bus, which may be stuck: a thread reads it, and only the first reading is waited for.
    """

    def __init__(self, sources: ClockSources) -> None:
        self._sources = sources
        self._agrees = False
        self._reader: threading.Thread | None = None
        self._read_at = float("-inf")

    def agree(self) -> bool:
        """What the last reading said, also while the next one is under way."""
        first = self._reader is None
        reading = self._reader is not None and self._reader.is_alive()
        if time.monotonic() >= self._read_at + _RTC_EVERY_SECONDS and not reading:
            self._read_at = time.monotonic()
            self._reader = threading.Thread(target=self._read, name="hardware clock", daemon=True)
            with suppress(RuntimeError):
                self._reader.start()
                self._reader.join(_RTC_WITHIN_SECONDS if first else 0)
        return self._agrees

    def _read(self) -> None:
        self._agrees = any(self._tells_the_time(file) for file in self._sources.rtcs.glob("rtc*/since_epoch"))

    def _tells_the_time(self, file: Path) -> bool:
        try:
            told = int(file.read_text("ascii"))
        except (OSError, ValueError):
            # A chip whose oscillator has stopped refuses to be read.
            return False
        return abs(self._sources.wall().timestamp() - told) <= RTC_TOLERANCE_SECONDS
