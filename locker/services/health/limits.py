"""From when on a measure is a warning, and from when on it is none any more. Pure: time is an argument."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from locker.frozen import dataclass
from locker.measures import Measure

MINUTE, HOUR, DAY = 60, 3600, 86400


class Subject(StrEnum):
    """What a warning is about; the word is the key of its sentences, and stands in the journal."""

    BATTERY_LOW = "battery-low"
    MAINS = "mains"
    UNDERVOLTAGE = "undervoltage"
    DISK = "disk"
    LOCK_FAILS = "lock-fails"
    LOCK_SLOW = "lock-slow"
    WIRE = "wire"
    SCREEN = "screen"
    CAMERA = "camera"
    NOTICES = "notices"
    BACKUP_FAILED = "backup-failed"
    BACKUP = "backup"
    TEMPERATURE = "temperature"
    THROTTLED = "throttled"
    CARD = "card"
    CLOCK = "clock"
    DRILL = "drill"
    PRINTER = "printer"


RANK = {subject: rank for rank, subject in enumerate(Subject)}
"""How pressing they are: a cabinet that is about to go off before a certificate that ends in a month."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A measure beyond `raises` for `raise_seconds` is a warning, until it was within `clears` for `clear_seconds`.

    `above`: beyond means higher. The two limits lie apart, so that what trembles about one of them is told once.
    """

    subject: Subject
    measure: Measure | None
    raises: float
    clears: float
    above: bool
    raise_seconds: float = 5 * MINUTE
    clear_seconds: float = 5 * MINUTE

    def beyond(self, value: float) -> bool:
        """True when this value asks for a warning."""
        return value >= self.raises if self.above else value <= self.raises

    def within(self, value: float) -> bool:
        """True when this value asks for none."""
        return value <= self.clears if self.above else value >= self.clears


LIMITS = (
    # A Pi slows down from 80 degrees on; a cabinet in the sun passes 75 on a bad day, and stays there with a dead fan.
    Limit(Subject.TEMPERATURE, Measure.CPU_CELSIUS, 80, 75, above=True, raise_seconds=10 * MINUTE),
    Limit(Subject.THROTTLED, Measure.CPU_THROTTLED, 1, 0, above=True, raise_seconds=10 * MINUTE, clear_seconds=HOUR),
    # A supply that is too weak dips with each pulse: two looks in a row are believed, an hour without one ends it.
    Limit(Subject.UNDERVOLTAGE, Measure.UNDERVOLTAGE, 1, 0, above=True, raise_seconds=30, clear_seconds=HOUR),
    Limit(Subject.DISK, Measure.DISK_FREE_RATIO, 0.05, 0.08, above=False),
    Limit(Subject.CARD, Measure.CARD_WORN_RATIO, 0.8, 0.7, above=True),
    Limit(Subject.MAINS, Measure.ON_BATTERY, 1, 0, above=True, raise_seconds=60, clear_seconds=60),
    Limit(Subject.BATTERY_LOW, Measure.BATTERY_LOW, 1, 0, above=True, raise_seconds=0, clear_seconds=60),
    # A Pi without a clock of its own is right again a minute after the network; a day without is a fault.
    Limit(Subject.CLOCK, Measure.CLOCK_SYNCED, 0, 1, above=False, raise_seconds=DAY, clear_seconds=60),
    Limit(Subject.CAMERA, Measure.CAMERA_WORKING, 0, 1, above=False, raise_seconds=10 * MINUTE),
    Limit(Subject.NOTICES, Measure.NOTICE_WAITING_SECONDS, HOUR, 10 * MINUTE, above=True),
    # A nightly backup has missed two nights.
    Limit(Subject.BACKUP, Measure.BACKUP_AGE_SECONDS, 2.2 * DAY, DAY, above=True, raise_seconds=60, clear_seconds=0),
    Limit(Subject.BACKUP_FAILED, Measure.BACKUP_FAILED, 1, 0, above=True, raise_seconds=0, clear_seconds=0),
    Limit(Subject.DRILL, Measure.DRILL_AGE_SECONDS, 31 * DAY, DAY, above=True, raise_seconds=60, clear_seconds=0),
    Limit(Subject.SCREEN, Measure.SCREEN_PAINTED, 0, 1, above=False, raise_seconds=3 * MINUTE, clear_seconds=60),
    Limit(Subject.PRINTER, Measure.PRINTER_READY, 0, 1, above=False, raise_seconds=5 * MINUTE, clear_seconds=60),
)


# Of one bank in ten minutes: a good wire loses one answer in ten thousand, a loose one more than one in fifty.
WIRE = Limit(Subject.WIRE, None, 0.02, 0.005, above=True, raise_seconds=10 * MINUTE, clear_seconds=HOUR)
LOCK_SLOW = Limit(Subject.LOCK_SLOW, None, 1, 0, above=True, raise_seconds=0, clear_seconds=0)
LOCK_FAILS = Limit(Subject.LOCK_FAILS, None, 1, 0, above=True, raise_seconds=0, clear_seconds=0)


@dataclass(slots=True)
class LimitWatch:
    """What one limit has seen so far. `raised`: its warning stands."""

    limit: Limit
    raised: bool = False
    _contrary_since: float | None = field(default=None)

    def look(self, value: float | None, at: float) -> bool | None:
        """Take what was measured at `at` seconds; True: raise it now, False: end it now, None: as it was.

        A measure that is missing changes nothing: what cannot be read was neither mended nor broken by that.
        """
        if value is None:
            return None
        contrary = self.limit.within(value) if self.raised else self.limit.beyond(value)
        if not contrary:
            self._contrary_since = None
            return None
        if self._contrary_since is None:
            self._contrary_since = at
        wait = self.limit.clear_seconds if self.raised else self.limit.raise_seconds
        return None if at - self._contrary_since < wait else not self.raised

    def settle(self, *, raised: bool) -> None:
        """It was recorded."""
        self.raised = raised
        self._contrary_since = None
