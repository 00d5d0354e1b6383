"""A cabinet of the simulator without its daemon: a world, its wires, and hands that do what a person is told."""

import asyncio
import re
from contextlib import ExitStack

from simulator.wires.wiring import lay_wires
from simulator.world.door import DoorFault
from simulator.world.world import World
from simulator.world.world_loop import WorldClock, WorldPace
from simulator.world.world_store import WorldStore


class FarEnd:
    """The far end of a site file, as it is truly wired."""

    def __init__(self, folder, settings):
        self.stack = ExitStack()
        shelf = WorldStore(folder / "world")
        self.stack.callback(shelf.close)
        pace = WorldPace()
        self.world = World(
            shelf,
            WorldClock(pace),
            banks={bank.name: bank.kind for bank in settings.bank},
            compartments={door.id: door.bank for door in settings.compartment},
            seed=1,
        )
        self.world.begin(asyncio.get_running_loop())
        for bus in lay_wires(settings, self.world, pace, self.stack):
            bus.begin(asyncio.get_running_loop())

    def close(self):
        self.stack.close()


class Hands:
    """Somebody who reads what the walk says and does it, and presses Enter at doors to `skip`."""

    def __init__(self, world, skip=()):
        self.world = world
        self.skip = set(skip)
        self.said = []
        self._press = asyncio.Event()
        self._open = None

    def say(self, line):
        self.said.append(line)
        asked = re.match(r"Open door (\S+) by hand", line)
        if line.startswith("Shut every door"):
            self._press.set()
        elif asked and asked[1] in self.skip:
            # Whoever cannot open a door presses Enter after the line is read.
            asyncio.get_running_loop().call_soon(self._press.set)
        elif asked:
            self._open = asked[1]
            self.world.door_fault(self._open, DoorFault.FORCED, on=True)
        elif "Shut it again" in line:
            self.world.push(self._open)

    async def enter(self):
        await self._press.wait()
        self._press.clear()
