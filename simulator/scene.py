"""One cabinet in its world: everything that the control API and the page may reach."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from locker.core.reasons import Refused
from simulator.world.world_loop import Stride, advance, no_heartbeat, settle

if TYPE_CHECKING:
    from lockerd import Daemon, Settings
    from simulator.wires.serial_bus import Bus
    from simulator.world.phones import Phones
    from simulator.world.world import World
    from simulator.world.world_loop import WorldClock
    from simulator.world.world_store import WorldStore


class Scanner(Protocol):
    """The code reader's counter."""

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen to its wire, if it takes commands."""
        ...

    def show(self, text: str) -> bool:
        """Hold a code before the reader. False when nobody listens on its wire."""
        ...


@dataclass
class Rates:
    """How many people come by themselves in an hour of world time."""

    couriers_per_hour: float = 0.0
    residents_per_hour: float = 0.0
    changed: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Scene:
    """The world, what is around it, and the daemon inside once it is ready."""

    shelf: WorldStore
    clock: WorldClock
    world: World
    phones: Phones
    scanner: Scanner
    people: Rates
    settings: Settings
    seed: int | None = None
    buses: list[Bus] = field(default_factory=list)
    daemon: Daemon | None = None
    ending: asyncio.Event = field(default_factory=asyncio.Event)
    _walking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def keep_clock(self) -> None:
        """Write down how far the world's clock is ahead, so that a restart goes on from there."""
        self.shelf.store(
            "clock", {"offset_s": self.clock.offset(), "synced": self.clock.synced(), "speed": self.clock.pace.speed}
        )

    async def advance(self, seconds: float) -> None:
        """Let time pass for daemon and world; returns when it has."""
        async with self._walking:
            stride = Stride(lambda: self.world.moves, self.world.firing)
            await advance(self.clock.pace, seconds, self._settled, stride)

    async def _settled(self) -> None:
        await settle(self._heartbeat, self._activity)
        self.keep_clock()

    def _activity(self) -> tuple[object, ...]:
        """Something that differs after anything has happened."""
        site = self.daemon.engine.site if self.daemon is not None else None
        return (id(site), self.world.moves, self.phones.count, *(bus.said for bus in self.buses))

    async def _heartbeat(self) -> None:
        if self.daemon is None:
            await no_heartbeat()
        else:
            # A sealed daemon says so; it has done what it can, and time passes all the same.
            with suppress(Refused):
                await self.daemon.engine.heartbeat()
