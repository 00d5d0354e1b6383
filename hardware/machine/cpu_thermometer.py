"""How hot the processor is: the kernel's thermal zones, in millidegrees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hardware.blocking_calls import BlockingCalls
from hardware.machine.kernel_files import READ_WITHIN, SYS, read_kernel
from locker.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping


class CpuThermometer:
    """The hottest zone that is named for the processor, else the hottest of all."""

    def __init__(self, sys: Path = SYS) -> None:
        self._zones = sys / "class" / "thermal"
        self._calls = BlockingCalls("the processor's thermometer")

    async def read(self) -> Mapping[Measure, float]:
        """Degrees Celsius. Raises HardwareFault."""
        return await read_kernel(self._calls, self._hottest, READ_WITHIN)

    def _hottest(self) -> Mapping[Measure, float]:
        zones = sorted(self._zones.glob("thermal_zone*"))
        named = [zone for zone in zones if "cpu" in (zone / "type").read_text("ascii")]
        degrees = [int((zone / "temp").read_text("ascii")) / 1000 for zone in named or zones]
        return {Measure.CPU_CELSIUS: max(degrees)} if degrees else {}
