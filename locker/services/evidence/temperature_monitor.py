"""Cold compartments: what their thermometers say, and an event when that leaves the limits and comes back."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from locker.core.reasons import Refused
from locker.core.service_events import TemperatureBack, TemperatureOut
from locker.errors import HardwareFault
from locker.journal.store import CannotWrite

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.ports import Thermometer

log = logging.getLogger(__name__)

EVERY_SECONDS = 30
IN_A_ROW = 3
"""Readings before it is believed: a door that stands open for a parcel lets warm air in."""


@dataclass(frozen=True, slots=True)
class ColdZone:
    """A thermometer, the compartments that it speaks for, and their limits in degrees Celsius, both allowed."""

    name: str
    compartments: Sequence[str]
    low: float
    high: float
    thermometer: Thermometer


class TemperatureMonitor:
    """Reads one thermometer for ever. `readings` holds the last reading by name, None while it cannot be read."""

    def __init__(
        self, engine: Engine, journal: Journal, readings: MutableMapping[str, float | None], cold: ColdZone
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._readings = readings
        self._cold = cold
        self._differs = 0

    async def run(self) -> None:
        """Read until cancelled. What was recorded last is taken up again after a restart."""
        out = await self._journal.read(lambda db: last_out_of_limits(db, self._cold.name))
        while True:
            celsius = await self._read()
            wrong = celsius is None or not self._cold.low <= celsius <= self._cold.high
            self._differs = self._differs + 1 if wrong is not out else 0
            if self._differs >= IN_A_ROW and await self._record(celsius, wrong=wrong):
                out, self._differs = wrong, 0
            await asyncio.sleep(EVERY_SECONDS)

    async def _read(self) -> float | None:
        celsius: float | None = None
        try:
            celsius = await self._cold.thermometer.celsius()
        except HardwareFault as fault:
            if self._readings.get(self._cold.name, 0.0) is not None:
                log.warning("sensor %s: %s", self._cold.name, fault)
        self._readings[self._cold.name] = celsius
        return celsius

    async def _record(self, celsius: float | None, *, wrong: bool) -> bool:
        """One event for each compartment, so that it stands in the history of the parcel behind its door."""
        kind = TemperatureOut if wrong else TemperatureBack
        try:
            for name in self._cold.compartments:
                parcel = self._engine.site.compartments[name].parcel or ""
                event = kind(compartment=name, parcel=parcel, sensor=self._cold.name, celsius=celsius)
                await self._engine.record(event, "sensor")
        except (Refused, CannotWrite) as full:
            log.warning("sensor %s is not recorded: %s", self._cold.name, full)
            return False
        return True


def last_out_of_limits(db: Database, sensor: str) -> bool:
    """True when the journal's last word about this sensor is that it is out of its limits."""
    sql = """select kind from event where kind in ('TemperatureOut', 'TemperatureBack')
             and json_extract(data, '$.sensor') = ? order by seq desc limit 1"""
    row = db.execute(sql, (sensor,)).fetchone()
    return row is not None and row[0] == "TemperatureOut"
