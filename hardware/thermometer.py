"""A DS18B20 on the one-wire bus, through the kernel's own driver: millidegrees as text in a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from hardware.blocking_calls import BlockingCalls
from locker.errors import HardwareFault

DEVICES = Path("/sys/bus/w1/devices")

POWER_ON = 85000
"""What the chip reports before it has measured, after a dip of its supply; no cold compartment is ever so warm."""


COLDEST, HOTTEST = -55_000, 125_000
"""What the chip can measure; other values are bits that a long wire has turned."""

READ_WITHIN = 10.0
"""Seconds: a reading takes 0.75, and those of one bus wait for each other. A stuck bus takes for ever."""


class W1Thermometer:
    """One chip. It is read in a thread, which nobody waits for longer than ten seconds."""

    def __init__(self, device: str, devices: Path = DEVICES) -> None:
        self._file = devices / device / "temperature"
        self._calls = BlockingCalls(str(self._file))

    async def celsius(self) -> float:
        """The temperature now. Raises HardwareFault when it cannot be read."""
        try:
            millidegrees = int(await self._calls.run(partial(self._file.read_text, "ascii"), READ_WITHIN))
        except (OSError, ValueError) as failed:
            raise HardwareFault(f"{self._file} cannot be read ({failed}). Check the sensor's three wires.") from failed
        if millidegrees == POWER_ON:
            raise HardwareFault(f"{self._file} has lost its supply for a moment. Check the sensor's three wires.")
        if not COLDEST <= millidegrees <= HOTTEST:
            raise HardwareFault(f"{self._file} says {millidegrees / 1000} degrees. Check the sensor's three wires.")
        return millidegrees / 1000
