"""Whether the machine is well: measured twice a minute, held against limits, told once when that changes.

A warning is an event: it stands on the panel until another event ends it, and calls the staff of the site file.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING

from locker.core.events.record import moment
from locker.core.events.service_events import HealthRestored, HealthWarned
from locker.core.reasons import Refused
from locker.errors import HardwareFault
from locker.frozen import dataclass
from locker.journal.history import newest_health_lines
from locker.journal.store import CannotWrite
from locker.measures import Measure
from locker.services.health.limits import LIMITS, LOCK_FAILS, LOCK_SLOW, RANK, WIRE, Limit, LimitWatch, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from locker.core.events.record import Recorded
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.ports import DoorBank, Gauge
    from locker.services.health.door_follower import DoorFollower
    from locker.services.health.door_statistics import DoorHealth
    from locker.services.health.power_watch import PowerWatch

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 30
ON_BATTERY_SECONDS = 5
WIRE_WINDOW = 20
"""Looks over which a wire is judged: ten minutes."""


@dataclass(frozen=True, slots=True)
class HealthWarning:
    """What wants a person: since when, about which door or bank if any, and what was measured."""

    subject: Subject
    about: str
    since: datetime
    value: float | None


@dataclass(frozen=True, slots=True)
class WireHealth:
    """What a bank has asked of its wire since the start, and the share without a good answer of late."""

    bank: str
    requests: int
    errors: int
    error_ratio: float


class HealthMonitor:
    """The one place that knows how the machine is. `gauges` may be added until it runs."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        doors: DoorFollower,
        banks: Callable[[], Iterable[DoorBank]],
        power: PowerWatch,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._doors = doors
        self._banks = banks
        self._power = power
        self._gauges: list[Gauge] = []
        self._watches: dict[tuple[Subject, str], LimitWatch] = {}
        self._standing: dict[tuple[Subject, str], HealthWarning] = {}
        self._wire_looks: dict[str, deque[tuple[int, int]]] = {}
        self._unread: dict[int, str] = {}
        self.measures: Mapping[Measure, float] = {}

    def add(self, gauges: Iterable[Gauge]) -> None:
        """Take more gauges over."""
        self._gauges.extend(gauges)

    @property
    def warnings(self) -> list[HealthWarning]:
        """What stands, most pressing first."""
        return sorted(self._standing.values(), key=lambda each: (RANK[each.subject], each.about))

    @property
    def unread(self) -> Sequence[str]:
        """What could not be read at the last look, each in a sentence with its remedy."""
        return sorted(self._unread.values())

    def doors(self) -> list[DoorHealth]:
        """How the locks do."""
        return self._doors.doors()

    def wires(self) -> list[WireHealth]:
        """How the wires of the banks do."""
        return [
            WireHealth(bank.name, bank.meter.requests, bank.meter.errors, self._error_ratio(bank.name) or 0.0)
            for bank in self._banks()
        ]

    async def run(self) -> None:
        """Count and look for as long as the daemon lives."""
        await self._doors.load()  # before the first look: a lock without its days would look new
        await self.load()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._doors.run(), name="doors")
            while True:
                await self.look()
                on_battery = self.measures.get(Measure.ON_BATTERY)
                await asyncio.sleep(ON_BATTERY_SECONDS if on_battery else LOOK_EVERY_SECONDS)

    async def load(self) -> None:
        """Take up the warnings that stand since before the start."""
        for line in await self._journal.read(newest_health_lines):
            if line.kind == "HealthWarned" and (warning := _warning(line)) is not None:
                self._standing[warning.subject, warning.about] = warning

    async def look(self) -> None:
        """Measure everything once, and record what has changed."""
        self.measures = await self._measure()
        self._count_wires()
        for limit, about, value in self._judged():
            place = limit.subject, about
            watch = self._watches.setdefault(place, LimitWatch(limit, place in self._standing))
            change = watch.look(value, asyncio.get_running_loop().time())
            if value is None and watch.raised and not self._unread:
                change = False  # nobody measures this any more: the battery, the camera, the wire was taken out
            if change is not None and await self._record(place, value, raised=change):
                watch.settle(raised=change)
        for place in [place for place in self._standing if place not in self._watches]:
            await self._record(place, None, raised=False)  # its door or its bank has left the cabinet
        self._power.look(self.measures)  # parked, nothing is recorded any more

    async def _measure(self) -> Mapping[Measure, float]:
        found: dict[Measure, float] = {}
        for number, gauge in enumerate(self._gauges):
            try:
                found.update(await gauge.read())
                self._unread.pop(number, None)
            except HardwareFault as fault:
                if self._unread.get(number) != str(fault):
                    log.warning("%s", fault)
                self._unread[number] = str(fault)
        return found

    def _judged(self) -> Iterator[tuple[Limit, str, float | None]]:
        """Every limit with what is measured of it now; in the middle of 0 and 1 a lock stays what it was."""
        for limit in LIMITS:
            yield limit, "", self.measures.get(limit.measure) if limit.measure else None
        for bank in self._banks():
            yield WIRE, bank.name, self._error_ratio(bank.name)
        for door in self._doors.doors():
            yield LOCK_SLOW, door.door, 1.0 if door.slow else 0.0 if door.steady else 0.5
            yield LOCK_FAILS, door.door, 1.0 if door.fails else 0.0

    def _count_wires(self) -> None:
        for bank in self._banks():
            looks = self._wire_looks.setdefault(bank.name, deque(maxlen=WIRE_WINDOW + 1))
            looks.append((bank.meter.requests, bank.meter.errors))

    def _error_ratio(self, bank: str) -> float | None:
        looks = self._wire_looks.get(bank)
        if not looks or looks[-1][0] == looks[0][0]:
            return None
        return (looks[-1][1] - looks[0][1]) / (looks[-1][0] - looks[0][0])

    async def _record(self, place: tuple[Subject, str], value: float | None, *, raised: bool) -> bool:
        subject, about = place
        try:
            if raised:
                await self._engine.record(HealthWarned(subject=subject, about=about, value=value), "machine")
                self._standing[place] = HealthWarning(subject, about, self._engine.now(), value)
            elif place in self._standing:
                await self._engine.record(HealthRestored(subject=subject, about=about), "machine")
                del self._standing[place]
        except (Refused, CannotWrite) as unwritten:
            log.warning("health, %s %s: not recorded: %s", subject, about, unwritten)
            return False
        log.warning("health: %s %s %s", subject, about, "wants a person" if raised else "is well again")
        return True


def _warning(line: Recorded) -> HealthWarning | None:
    body = line.body()
    if body["subject"] not in set(Subject):
        return None  # of a version that knew more
    return HealthWarning(Subject(body["subject"]), str(body.get("about", "")), moment(line.at), body.get("value"))
