"""What the firmware of a Raspberry Pi says of its supply and its speed.

`get_throttled` is a file of Raspberry Pi OS's kernel and holds bits: 0 the supply is below 4.63 V, 1 the clock is
capped, 2 it is throttled, 3 the soft temperature limit holds; from bit 16 on the same since power on. Debian's kernel
has an alarm of a voltage sensor in its place. Neither needs the firmware's own device, which this daemon may not open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.blocking_calls import BlockingCalls
from hardware.machine.kernel_files import READ_WITHIN, SYS, read_kernel
from locker.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

UNDERVOLTAGE = 1 << 0
SLOWED_DOWN = 1 << 1 | 1 << 2 | 1 << 3
_THROTTLED_FILES = ("devices/platform/soc*/*firmware/get_throttled", "devices/platform/soc*/*/*firmware/get_throttled")


class PiFirmware:
    """Undervoltage and throttling as they are now; nothing on a machine that is no Pi."""

    def __init__(self, sys: Path = SYS) -> None:
        self._sys = sys
        self._calls = BlockingCalls("the Pi's firmware")

    async def read(self) -> Mapping[Measure, float]:
        """1 or 0 each. Raises HardwareFault."""
        return await read_kernel(self._calls, self._read, READ_WITHIN)

    def _read(self) -> Mapping[Measure, float]:
        for pattern in _THROTTLED_FILES:
            for file in self._sys.glob(pattern):
                bits = int(file.read_text("ascii"), 16)
                return {
                    Measure.UNDERVOLTAGE: float(bool(bits & UNDERVOLTAGE)),
                    Measure.CPU_THROTTLED: float(bool(bits & SLOWED_DOWN)),
                }
        for sensor in self._sys.glob("class/hwmon/hwmon*"):
            if (sensor / "name").read_text("ascii").strip() == "rpi_volt":
                return {Measure.UNDERVOLTAGE: float((sensor / "in0_lcrit_alarm").read_text("ascii"))}
        return {}
