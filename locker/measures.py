"""What is measured of the machine and of its wires: names, ranges, and a bank's own counts. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

OPENINGS_KEPT = 500
OPENED_WITHIN = 30.0
"""Seconds: a door seen open later than that was opened by something else than its pulse."""


class Measure(StrEnum):
    """One number about the machine; the word is its name in `/health` and, behind `lockerd_`, in `/metrics`.

    A ratio is 0 to 1, what is true or not is 1 or 0, and what nobody can measure here is left out.
    """

    CPU_CELSIUS = "cpu_celsius"
    CPU_THROTTLED = "cpu_throttled"
    UNDERVOLTAGE = "undervoltage"
    DISK_FREE_RATIO = "disk_free_ratio"
    DISK_FREE_BYTES = "disk_free_bytes"
    CARD_WORN_RATIO = "card_worn_ratio"
    CARD_WRITTEN_BYTES = "card_written_bytes"
    BATTERY_RATIO = "battery_ratio"
    ON_BATTERY = "on_battery"
    BATTERY_LOW = "battery_low"
    CLOCK_SYNCED = "clock_synced"
    CAMERA_WORKING = "camera_working"
    NOTICE_WAITING_SECONDS = "notice_waiting_seconds"
    BACKUP_AGE_SECONDS = "backup_age_seconds"
    BACKUP_FAILED = "backup_failed"
    BACKUP_DRILLED = "backup_drilled"
    DRILL_AGE_SECONDS = "drill_age_seconds"
    CERTIFICATE_LEFT_SECONDS = "certificate_left_seconds"
    SCREEN_PAINTED = "screen_painted"
    PRINTER_READY = "printer_ready"


@dataclass(slots=True)
class BankMeter:
    """What one bank counts about its wire and its locks, for whoever comes by to read it. For the loop's thread.

    `openings`: doors and the seconds from the begin of a pulse until their switch moved, taken away by the reader.
    """

    requests: int = 0
    errors: int = 0
    openings: deque[tuple[str, float]] = field(default_factory=lambda: deque(maxlen=OPENINGS_KEPT))
    _pulsed: dict[str, float] = field(default_factory=dict)

    def asked(self, *, failed: bool) -> None:
        """One question on the wire, and whether it stayed without a good answer."""
        self.requests += 1
        self.errors += failed

    def pulsed(self, door: str, at: float) -> None:
        """The coil of this door is on since `at`."""
        self._pulsed[door] = at

    def opened(self, door: str, at: float) -> None:
        """The switch of this door began to move to open at `at`."""
        pulsed = self._pulsed.pop(door, None)
        if pulsed is not None and at - pulsed <= OPENED_WITHIN:
            self.openings.append((door, max(0.0, at - pulsed)))
