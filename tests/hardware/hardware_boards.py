"""A cabinet of the simulator without its daemon: a world, its wires, and hands that follow the walk."""

import asyncio
import re
from contextlib import ExitStack

from simulator.wires.bank_wiring import connect_banks
from simulator.world.door import DoorFault
from simulator.world.world import World
from simulator.world.world_store import WorldStore
from simulator.world.world_time import WorldClock, WorldPace


class FarEnd:
    """The far end of a site file, as it is truly wired."""

    def __init__(self, folder, settings):
        self.stack = ExitStack()
        store = WorldStore(folder / "world")
        self.stack.callback(store.close)
        pace = WorldPace()
        self.world = World(
            store,
            WorldClock(pace),
            banks={bank.name: bank.kind for bank in settings.bank},
            compartments={door.id: door.bank for door in settings.compartment},
            seed=1,
        )
        self.world.begin(asyncio.get_running_loop())
        for bus in connect_banks(settings, self.world, pace, self.stack):
            bus.begin(asyncio.get_running_loop())

    def close(self):
        self.stack.close()


class Hands:
    """Somebody who reads what the walk prints and does it, and presses Enter at doors to `skip`."""

    def __init__(self, world, skip=()):
        self.world = world
        self.skip = set(skip)
        self.lines = []
        self._press = asyncio.Event()
        self._open = None

    def show(self, line):
        self.lines.append(line)
        request = re.match(r"Open door (\S+) by hand", line)
        if line.startswith("Shut every door"):
            self._press.set()
        elif request and request[1] in self.skip:
            # Whoever cannot open a door presses Enter after the line is read.
            asyncio.get_running_loop().call_soon(self._press.set)
        elif request:
            self._open = request[1]
            self.world.door_fault(self._open, DoorFault.FORCED, on=True)
        elif "Shut it again" in line:
            self.world.push(self._open)

    async def wait_for_enter(self):
        await self._press.wait()
        self._press.clear()
