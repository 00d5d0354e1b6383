"""A DS18B20 on the one-wire bus, through the kernel's own driver: millidegrees as text in a file."""

from __future__ import annotations

import asyncio
from pathlib import Path

from locker.errors import HardwareFault

DEVICES = Path("/sys/bus/w1/devices")

POWER_ON = 85000
"""What the chip reports before it has measured, after a dip of its supply; no cold compartment is ever so warm."""


class W1Thermometer:
    """One chip. A reading takes up to 0.75 s, in a thread of its own."""

    def __init__(self, device: str, devices: Path = DEVICES) -> None:
        self._file = devices / device / "temperature"

    async def celsius(self) -> float:
        """The temperature now. Raises HardwareFault when it cannot be read."""
        try:
            millidegrees = int(await asyncio.to_thread(self._file.read_text, "ascii"))
        except (OSError, ValueError) as failed:
            raise HardwareFault(f"{self._file} cannot be read ({failed}). Check the sensor's three wires.") from failed
        if millidegrees == POWER_ON:
            raise HardwareFault(f"{self._file} has lost its supply for a moment. Check the sensor's three wires.")
        return millidegrees / 1000
