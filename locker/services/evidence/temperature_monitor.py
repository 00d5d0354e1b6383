"""Cold compartments: what their thermometers say, and an event when that leaves the limits and comes back."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from locker.core.events.service_events import TemperatureBack, TemperatureOut
from locker.core.reasons import Refused
from locker.errors import HardwareFault
from locker.frozen import dataclass
from locker.journal.store import CannotWrite

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.ports import Thermometer

log = logging.getLogger(__name__)

READ_EVERY_SECONDS = 30
CONFIRMING_READINGS = 3
"""Readings in a row before a change is believed: a door that stands open for a parcel lets warm air in."""


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
        self, engine: Engine, journal: Journal, readings: MutableMapping[str, float | None], zone: ColdZone
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._readings = readings
        self._zone = zone
        self._contrary_readings = 0

    async def run(self) -> None:
        """Read until cancelled. What was recorded last is taken up again after a restart."""
        recorded = await self._journal.read(lambda db: was_out_of_limits(db, self._zone.name))
        while True:
            celsius = await self._read()
            out_of_limits = celsius is None or not self._zone.low <= celsius <= self._zone.high
            self._contrary_readings = self._contrary_readings + 1 if out_of_limits is not recorded else 0
            if self._contrary_readings >= CONFIRMING_READINGS and await self._record(
                celsius, out_of_limits=out_of_limits
            ):
                recorded, self._contrary_readings = out_of_limits, 0
            await asyncio.sleep(READ_EVERY_SECONDS)

    async def _read(self) -> float | None:
        celsius: float | None = None
        try:
            celsius = await self._zone.thermometer.celsius()
        except HardwareFault as fault:
            if self._readings.get(self._zone.name, 0.0) is not None:
                log.warning("sensor %s: %s", self._zone.name, fault)
        self._readings[self._zone.name] = celsius
        return celsius

    async def _record(self, celsius: float | None, *, out_of_limits: bool) -> bool:
        """One event for each compartment and parcel, so that it stands in the history of what is behind its door."""
        kind = TemperatureOut if out_of_limits else TemperatureBack
        try:
            for name in self._zone.compartments:
                for parcel in self._engine.site.compartments[name].parcels or ("",):
                    event = kind(compartment=name, parcel=parcel, sensor=self._zone.name, celsius=celsius)
                    await self._engine.record(event, "sensor")
        except (Refused, CannotWrite) as unwritten:
            log.warning("sensor %s is not recorded: %s", self._zone.name, unwritten)
            return False
        return True


def was_out_of_limits(db: Database, sensor: str) -> bool:
    """True when the journal's last word about this sensor is that it is out of its limits."""
    sql = """select kind from event where kind in ('TemperatureOut', 'TemperatureBack')
             and json_extract(data, '$.sensor') = ? order by seq desc limit 1"""
    row = db.execute(sql, (sensor,)).fetchone()
    return row is not None and row[0] == "TemperatureOut"
