"""One coil at a time: the turn at a power supply, and a guard that ends a pulse when nobody else does."""

from __future__ import annotations

import _thread
import asyncio
import threading
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

_SUPPLIES: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, PowerSupply]] = WeakKeyDictionary()


class PowerSupply:
    """A power supply that feeds one coil at a time.

    A 12 V 2.5 A supply opens one 2.4 A lock (docs/protocols.md 4), so every bank on the same supply takes turns.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._free_at = 0.0

    @staticmethod
    def named(name: str) -> PowerSupply:
        """Give the supply of this name in the running loop: banks that name the same one share it."""
        return _SUPPLIES.setdefault(asyncio.get_running_loop(), {}).setdefault(name, PowerSupply())

    @asynccontextmanager
    async def turn(self, pause: float) -> AsyncIterator[None]:
        """Hold the supply for one pulse, first come first served; then it has a pause of so many seconds."""
        loop = asyncio.get_running_loop()
        async with self._turn:
            await asyncio.sleep(max(0.0, self._free_at - loop.time()))
            try:
                yield
            finally:
                self._free_at = loop.time() + pause


@contextmanager
def pulse_guard(seconds: float, clock: Callable[[], float], end: Callable[[], None]) -> Iterator[None]:
    """Call `end` from another thread if the block takes longer than `seconds` of `clock`.

    The loop that times a pulse may itself be stuck; a coil that stays on burns. `clock` is the loop's own
    time, so that the limit keeps the same pace as the pulse that it guards. `end` must not raise.
    """
    over = threading.Event()
    deadline = clock() + seconds

    def end_when_late() -> None:
        while not over.wait(max(0.01, deadline - clock())):
            if clock() >= deadline:
                end()
                return

    # Thread.start would wait until the new thread runs: up to some milliseconds on the way of every pulse.
    _thread.start_new_thread(end_when_late, ())
    try:
        yield
    finally:
        over.set()
