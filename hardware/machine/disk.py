"""The disk of the data folder: room that is left, what was written to it, and how worn it says to be.

Only eMMC tells its wear through the kernel (JEDEC EXT_CSD 268 and 269, in steps of a tenth of its life; 267 warns when
its spare blocks run out). An SD card tells nothing: what is written to it is the best that can be known.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from hardware.blocking_calls import BlockingCalls
from hardware.machine.kernel_files import READ_WITHIN, SYS, read_kernel
from locker.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SECTOR_BYTES = 512
_WRITTEN_SECTORS = 6
_SPARE_BLOCKS = {2: 0.8, 3: 0.9}
"""EXT_CSD 267: 80 or 90 percent of the spare blocks are used."""


class DataDisk:
    """The disk that `folder` lies on."""

    def __init__(self, folder: Path, sys: Path = SYS) -> None:
        self._folder = folder
        self._sys = sys
        self._calls = BlockingCalls("the data disk")

    async def read(self) -> Mapping[Measure, float]:
        """Free space always; wear and bytes written since power on where the kernel knows. Raises HardwareFault."""
        return await read_kernel(self._calls, self._read, READ_WITHIN)

    def _read(self) -> Mapping[Measure, float]:
        usage = shutil.disk_usage(self._folder)
        found = {Measure.DISK_FREE_BYTES: float(usage.free), Measure.DISK_FREE_RATIO: usage.free / max(1, usage.total)}
        disk = self._disk()
        if disk is None:
            return found
        found[Measure.CARD_WRITTEN_BYTES] = (
            float(int((disk / "stat").read_text().split()[_WRITTEN_SECTORS])) * SECTOR_BYTES
        )
        if worn := max(_worn(disk), default=0.0):
            found[Measure.CARD_WORN_RATIO] = worn
        return found

    def _disk(self) -> Path | None:
        """The whole disk in the kernel's tree: a partition has no wear of its own."""
        device = self._folder.stat().st_dev
        place = self._sys / "dev" / "block" / f"{os.major(device)}:{os.minor(device)}"
        if not place.exists():
            return None  # an overlay, or memory
        disk = place.resolve()
        return disk.parent if (disk / "partition").exists() else disk


def _worn(disk: Path) -> Iterator[float]:
    life, spare = disk / "device" / "life_time", disk / "device" / "pre_eol_info"
    if life.exists():
        yield from (int(step, 16) / 10 for step in life.read_text("ascii").split())
    if spare.exists():
        yield _SPARE_BLOCKS.get(int(spare.read_text("ascii"), 16), 0.0)
