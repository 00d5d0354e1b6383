"""An I2C bus and its one thread, through smbus2: pairs of registers of the chips on it (docs/protocols.md 3.2)."""

from __future__ import annotations

import asyncio
import errno
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import smbus2

from hardware.wire_thread import WireThread

if TYPE_CHECKING:
    from smbus2 import SMBus

STUCK_PAUSE = 1.0
"""Real seconds in which nobody reads a bus on which a transfer timed out.

Each transfer costs the kernel a second then. Eight chips one after another would be seen eight seconds late, and the
end of a pulse would wait behind them.
"""

_BUSES: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, I2cBus]] = WeakKeyDictionary()


class I2cBus:
    """The only one to touch its bus. All but `shared` and `wire` is for the wire's thread, and raises OSError."""

    def __init__(self, number: int) -> None:
        self.wire = WireThread(f"I2C bus {number}")
        self._number = number
        self._bus: SMBus | None = None
        self._stuck_until = 0.0

    @staticmethod
    def shared(number: int) -> I2cBus:
        """Give the bus of this number in the running loop."""
        return _BUSES.setdefault(asyncio.get_running_loop(), {}).setdefault(number, I2cBus(number))

    def write_pair(self, address: int, register: int, value: int) -> None:
        """Write 16 bits, low byte first. Tried on a stuck bus too: it may end a pulse."""
        try:
            self._opened().write_i2c_block_data(address, register, [value & 0xFF, value >> 8])
        except OSError as failed:
            raise self._noted(failed) from failed

    def read_pair(self, address: int, register: int) -> int:
        """Read 16 bits, low byte first."""
        if time.monotonic() < self._stuck_until:
            raise OSError(errno.ETIMEDOUT, "the bus is stuck: a chip or a short holds it")
        try:
            low, high = self._opened().read_i2c_block_data(address, register, 2)
        except OSError as failed:
            raise self._noted(failed) from failed
        return int(low) | int(high) << 8

    def close(self) -> None:
        """Let the bus go until the next transfer."""
        if self._bus is not None:
            with suppress(OSError):
                self._bus.close()
            self._bus = None

    def _opened(self) -> SMBus:
        if self._bus is None:
            # Looked up at the call: the simulator puts another bus behind this name.
            self._bus = smbus2.SMBus(self._number)
        return self._bus

    def _noted(self, failed: OSError) -> OSError:
        if failed.errno == errno.ETIMEDOUT:
            self._stuck_until = time.monotonic() + STUCK_PAUSE
            return OSError(errno.ETIMEDOUT, "the bus is stuck: a chip or a short holds it")
        return failed
