"""Reading files of the kernel that speak for a device: in a thread, for so long, with one family of errors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from locker.errors import HardwareFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardware.blocking_calls import BlockingCalls

Result = TypeVar("Result")

SYS = Path("/sys")
READ_WITHIN = 5.0
"""Seconds; some files ask a firmware or a chip on a bus, which may hang."""


async def read_kernel(calls: BlockingCalls, read: Callable[[], Result], within: float) -> Result:
    """What `read` finds. Raises HardwareFault when the kernel refuses, or says what is no number."""
    try:
        return await calls.run(read, within)
    except (OSError, ValueError) as failed:
        raise HardwareFault(f"The machine does not say how it is ({failed}).") from failed
