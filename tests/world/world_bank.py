"""A bank of the test's own between the real engine and the simulator's doors: replies get lost, switches come late."""

import asyncio

from locker.core.model import Seen
from locker.errors import HardwareFault
from locker.measures import BankMeter
from simulator.world.world import World

PULSE_S = 0.4
SETTLE_S = 0.03


class MemoryStore:
    """The world lives in memory: it is not on trial here."""

    def __init__(self):
        self.folder = "memory"
        self.lists = {}

    def load(self, _):
        return None

    def save(self, _, __):
        pass

    def lines(self, name):
        return self.lists.get(name, [])

    def append(self, _, __):
        pass


def world_of(doors, clock, seed):
    """The simulator's physics for these doors, on one wire."""
    return World(MemoryStore(), clock, banks={"wire": "cb8a"}, compartments=dict.fromkeys(doors, "wire"), seed=seed)


class CruelBank:
    """A wire whose next unlocks may go wrong as told: `lost` (done, but no reply), `silent` (not done),
    `last` (done, and the coil never works again). Switch changes arrive `late` seconds after they settled.
    """

    def __init__(self, world, report, watch, doors=None):
        self.name = "wire"
        self.doors = tuple(world.doors) if doors is None else doors
        self.late = 0.0
        self.meter = BankMeter()
        self.plugged = True
        self.common_lost = False
        self.mischief = []
        self.coils = set()
        self.dead = False
        self._world = world
        self._report = report
        self._watch = watch
        world.on_switch(self._changed)

    async def __aenter__(self):
        if not self.plugged:
            raise HardwareFault("The wire is unplugged; plug it in.")
        return self

    async def __aexit__(self, *_):
        self.off()

    def die(self):
        """The power is gone: no current, and nobody hears of any switch."""
        self.dead = True
        self.off()

    def off(self):
        """No current any more, as when the power goes."""
        for door in tuple(self.coils):
            self._world.de_energise(door)
        self.coils.clear()

    async def unlock(self, door):
        """One pulse, at most."""
        how = self.mischief.pop(0) if self.mischief else "well"
        if how == "silent" or not self.plugged:
            raise HardwareFault(f"Door {door} did not answer; look at the wire.")
        self._watch(door)
        self.coils.add(door)
        self._world.energise(door)
        try:
            await asyncio.sleep(PULSE_S)
        finally:
            self._world.de_energise(door)
            self.coils.discard(door)
        if how == "last":
            self._world.doors[door].faults.add("coil-dead")
        if how == "lost":
            raise HardwareFault(f"Door {door} may have been pulsed; look at the wire.")

    async def survey(self):
        """How every switch stands."""
        return {door: self._seen(door) for door in self.doors}

    def plug(self, plugged):
        """Pull the wire out or put it in again."""
        self.plugged = plugged
        if not plugged:
            self.off()
        self._report({door: self._seen(door) for door in self.doors})

    def lose_common(self, lost):
        """The wire that all switches share breaks, and every one of them reads open; or it is mended."""
        self.common_lost = lost
        self._report({door: self._seen(door) for door in self.doors})

    def _seen(self, door):
        if not self.plugged:
            return Seen.UNSEEN
        if self.common_lost:
            return Seen.OPEN
        return Seen.SHUT if self._world.doors[door].contact else Seen.OPEN

    def _changed(self, door):
        """A switch changed: tell how it stood then, so late news stay in order."""
        if self.plugged and not self.dead:
            seen = self._seen(door.id)
            asyncio.get_running_loop().call_later(SETTLE_S + self.late, self._tell, door.id, seen)

    def _tell(self, door, seen):
        if self.plugged and not self.common_lost and not self.dead and door in self.doors:
            self._report({door: seen})
