"""What the daemon measures of itself: its clock, and what waits to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events.record import moment
from locker.measures import Measure
from locker.services.notices import oldest_waiting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.ports import Clock


class ClockGauge:
    """Whether the time is known."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def read(self) -> Mapping[Measure, float]:
        """1 while the wall clock was set from somewhere, and is believed."""
        return {Measure.CLOCK_SYNCED: float(self._clock.synced() and not self._engine.clock_disbelieved)}


class NoticeGauge:
    """How long the oldest notice has waited that should have left."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal

    async def read(self) -> Mapping[Measure, float]:
        """Seconds; 0 when nothing waits."""
        since = await self._journal.read(oldest_waiting)
        waited = (self._engine.now() - moment(since)).total_seconds() if since else 0.0
        return {Measure.NOTICE_WAITING_SECONDS: max(0.0, waited)}
