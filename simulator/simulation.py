"""One cabinet in its world: everything that the control API and the page may use."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from locker.core.reasons import Refused
from simulator.world.world_time import StepLength, advance, no_heartbeat, settle

if TYPE_CHECKING:
    from lockerd import Daemon, Settings
    from simulator.wires.printer import ReceiptPrinterDevice
    from simulator.wires.serial_bus import SerialBus
    from simulator.world.authenticator import Authenticator
    from simulator.world.phones import Phones
    from simulator.world.world import World
    from simulator.world.world_store import WorldStore
    from simulator.world.world_time import WorldClock


class Scanner(Protocol):
    """A code reader at whose window a code can be held."""

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen to its wire, if it takes commands."""
        ...

    def show(self, text: str) -> bool:
        """Hold a code before the reader. False when nobody listens on its wire."""
        ...


@dataclass
class VisitorRates:
    """How many people come by themselves in an hour of world time."""

    couriers_per_hour: float = 0.0
    residents_per_hour: float = 0.0
    changed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Simulation:
    """The world, what is around it, and the daemon inside once it is ready."""

    store: WorldStore
    clock: WorldClock
    world: World
    phones: Phones
    scanner: Scanner
    visitor_rates: VisitorRates
    authenticator: Authenticator
    settings: Settings
    seed: int | None = None
    buses: list[SerialBus] = field(default_factory=list)
    printer: ReceiptPrinterDevice | None = None
    daemon: Daemon | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _advancing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def save_clock(self) -> None:
        """Write down how far the world's clock is ahead, so that a restart goes on from there."""
        self.store.save(
            "clock", {"offset_s": self.clock.offset(), "synced": self.clock.synced(), "speed": self.clock.pace.speed}
        )

    async def advance(self, seconds: float) -> None:
        """Let time pass for daemon and world; returns when it has."""
        async with self._advancing:
            step_length = StepLength(lambda: self.world.changes, self.world.any_coil_on)
            await advance(self.clock.pace, seconds, self._settled, step_length)

    async def _settled(self) -> None:
        await settle(self._heartbeat, self._activity)
        self.save_clock()

    def _activity(self) -> tuple[object, ...]:
        """A value that differs after anything has happened."""
        site = self.daemon.engine.site if self.daemon is not None else None
        return (id(site), self.world.changes, self.phones.count, *(bus.replies for bus in self.buses))

    async def _heartbeat(self) -> None:
        if self.daemon is None:
            await no_heartbeat()
        else:
            # A sealed daemon refuses; it has done what it can, and time passes all the same.
            with suppress(Refused):
                await self.daemon.engine.heartbeat()
