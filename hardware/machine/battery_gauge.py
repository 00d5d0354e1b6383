"""A MAX17048 fuel gauge on the I2C bus, as most battery boards for a Pi have one at address 0x36.

Registers of its data sheet, two bytes each, the high byte first: 0x04 the charge in 1/256 percent, 0x16 how fast it
changes in 0.208 percent an hour, signed. The chip does not know whether the mains are there; a charge that falls
faster than the chip's own rounding tells it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.banks.i2c_bus import I2cBus
from hardware.wire_thread import Turn
from locker.errors import HardwareFault
from locker.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardware.options import GaugeUpsOptions

CHARGE, CHARGE_RATE = 0x04, 0x16
CHARGE_STEP = 1 / 25600
RATE_STEP = 0.00208
FALLING = -0.02
"""An hour: a Pi with its screen takes a fifth of a usual pack in that time, a full pack at rest loses a thousandth."""
READ_WITHIN = 2.5


class BatteryGauge:
    """The charge, and whether it falls. It shares its bus with the expanders, whose locks go first."""

    def __init__(self, options: GaugeUpsOptions) -> None:
        self._options = options
        self._low = options.park_percent / 100

    async def read(self) -> Mapping[Measure, float]:
        """The charge from 0 to 1. Raises HardwareFault when the chip does not answer."""
        bus = I2cBus.shared(self._options.bus)
        bus.wire.enter()
        try:
            charge, rate = await bus.wire.call(lambda: self._registers(bus), READ_WITHIN, Turn.POLL)
        except OSError as failed:
            remedy = "Check the battery board and [ups] in the site file."
            raise HardwareFault(f"The battery gauge does not answer ({failed}). {remedy}") from failed
        finally:
            await bus.wire.leave(bus.close)
        left, falls = min(1.0, charge * CHARGE_STEP), rate * RATE_STEP <= FALLING
        return {
            Measure.BATTERY_RATIO: left,
            Measure.ON_BATTERY: float(falls),
            Measure.BATTERY_LOW: float(falls and left <= self._low),
        }

    def _registers(self, bus: I2cBus) -> tuple[int, int]:
        charge, rate = (_swapped(bus.read_pair(self._options.address, register)) for register in (CHARGE, CHARGE_RATE))
        return charge, rate - 0x10000 if rate & 0x8000 else rate


def _swapped(pair: int) -> int:
    return (pair & 0xFF) << 8 | pair >> 8
