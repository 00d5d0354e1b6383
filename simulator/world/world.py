"""The cabinet: what coils, latches, leaves, hands and switches do, with every change on the disk."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from simulator.world.door import Door, DoorFault
from simulator.world.pulse_log import PulseLog
from simulator.world.world_store import WorldStoreBroken

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

    from simulator.world.world_store import WorldStore
    from simulator.world.world_time import WorldClock

RELEASE_S = 0.05
"""How long a coil must be energised before the latch lets go: small solenoids react in 33 to 133 ms, boards
of this class in less; the driver must give at least 100 ms."""
BOUNCE_S = 0.1


class WireFault(StrEnum):
    """What may be wrong with the wire of a bank."""

    UNPLUGGED = "unplugged"
    SILENT = "silent"
    NOISE = "noise"
    LOST_REPLIES = "lost-replies"
    SLOW = "slow"
    COMMON_LOST = "common-lost"


PIN_BANKS = frozenset({"gpio", "mcp23017"})


@dataclass
class Bank:
    """The wire of some doors."""

    name: str
    kind: str
    faults: set[WireFault] = field(default_factory=set)

    def may_have(self, fault: WireFault) -> bool:
        """True for a fault that a wire of this kind can have."""
        return fault in possible_faults(self.kind)


def possible_faults(kind: str) -> list[WireFault]:
    """Pins can be unplugged, and any bank loses the wire that its switches share; the rest is for serial lines."""
    return [WireFault.UNPLUGGED, WireFault.COMMON_LOST] if kind in PIN_BANKS else list(WireFault)


class World:
    """Every door and wire of one cabinet.

    All calls come from the loop's thread, `energise` and `de_energise` from any. `changes` counts every change.
    `banks` maps a bank's name to its kind, `compartments` a door to its bank. Raises WorldStoreBroken when
    the stored world cannot be read.
    """

    def __init__(
        self,
        store: WorldStore,
        clock: WorldClock,
        *,
        banks: Mapping[str, str],
        compartments: Mapping[str, str],
        seed: int | None = None,
    ) -> None:
        self._store = store
        self._lock = threading.RLock()
        self._thread = threading.get_ident()
        self.rng = random.Random(seed)
        self.banks = {name: Bank(name, kind) for name, kind in banks.items()}
        self.doors = {door: Door(door, bank) for door, bank in compartments.items()}
        self.pulses = PulseLog(store, clock)
        self.changes = 0
        self._switch_listeners: list[Callable[[Door], None]] = []
        self._watchers: list[Callable[[], None]] = []
        self._bounces: dict[str, list[asyncio.TimerHandle]] = {}
        self._load()

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on timers run on this loop, and this is its thread."""
        self._loop = loop
        self._thread = threading.get_ident()

    def on_switch(self, listener: Callable[[Door], None]) -> None:
        """Call the listener whenever a door's switch may read differently."""
        self._switch_listeners.append(listener)

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call the watcher after every change that can be seen."""
        self._watchers.append(watcher)

    def unwatch(self, watcher: Callable[[], None]) -> None:
        """Stop calling the watcher."""
        self._watchers.remove(watcher)

    def notify(self) -> None:
        """Call every watcher, in the loop's thread."""
        if threading.get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self.notify)
            return
        for watcher in tuple(self._watchers):
            watcher()

    def any_coil_on(self) -> bool:
        """True while some coil has current."""
        return any(door.coil for door in self.doors.values())

    def state(self) -> dict[str, Any]:
        """Every door as it stands."""
        return {door.id: door.state() for door in self.doors.values()}

    # --- coils: what wires do ------------------------------------------------------------------

    def energise(self, door_id: str) -> None:
        """Current begins to flow in the door's coil. Nothing happens if it flows already."""
        with self._lock:
            door = self.doors[door_id]
            if door.coil:
                return
            door.coil = True
            pulse = self.pulses.begin(door_id)
            if threading.get_ident() == self._thread:
                self._loop.call_later(RELEASE_S, self._release, door, pulse)
            else:
                self._loop.call_soon_threadsafe(self._loop.call_later, RELEASE_S, self._release, door, pulse)
            self._changed()

    def pulse(self, door_id: str, seconds: float) -> None:
        """Current for so many seconds, timed by a board. A coil that has current already keeps its own time."""
        if self.doors[door_id].coil:
            return
        self.energise(door_id)
        self._loop.call_later(seconds, self._pulse_over, door_id, self.pulses.running(door_id))

    def _pulse_over(self, door_id: str, pulse: int | None) -> None:
        if self.pulses.running(door_id) == pulse:
            self.de_energise(door_id)

    def de_energise(self, door_id: str) -> None:
        """The current ends. A latch that had let go of a door shut meanwhile catches it."""
        with self._lock:
            door = self.doors[door_id]
            if not door.coil:
                return
            door.coil = False
            self.pulses.end(door_id)
            if not door.open:
                door.latched = True
            self._changed()

    def _release(self, door: Door, pulse: int) -> None:
        """The coil of this pulse has had current for long enough, if it still has."""
        if self.pulses.running(door.id) == pulse and door.coil_works:
            if door.spring():
                self._leaf_moved(door)
            self._changed()

    # --- hands ---------------------------------------------------------------------------------

    def pull(self, door_id: str) -> None:
        """A hand pulls the door. Raises NotPossible."""
        door = self.doors[door_id]
        if door.pull():
            self._leaf_moved(door)
        self._changed()

    def push(self, door_id: str) -> None:
        """A hand pushes the door shut. Raises NotPossible."""
        door = self.doors[door_id]
        door.push()
        self._leaf_moved(door)
        self._changed()

    def put(self, door_id: str, load: str) -> None:
        """A hand puts something in. Raises NotPossible."""
        self.doors[door_id].put(load)
        self._changed()

    def take(self, door_id: str) -> str:
        """A hand takes out what is inside. Raises NotPossible."""
        taken = self.doors[door_id].take()
        self._changed()
        return taken

    # --- faults --------------------------------------------------------------------------------

    def door_fault(self, door_id: str, fault: DoorFault, on: bool) -> None:
        """Something breaks or is mended. `forced` opens the door once and is over."""
        door = self.doors[door_id]
        if fault is DoorFault.FORCED:
            if on and door.spring():
                self._leaf_moved(door)
        elif on:
            door.faults.add(fault)
        else:
            door.faults.discard(fault)
        self._save_faults()
        self._notify_switch(door)
        self._changed()

    def bank_fault(self, name: str, fault: WireFault, on: bool) -> None:
        """A wire breaks or is mended."""
        bank = self.banks[name]
        if on:
            bank.faults.add(fault)
        else:
            bank.faults.discard(fault)
        self._save_faults()
        doors = [one for one in self.doors.values() if one.bank == name]
        for door in doors:
            door.common_lost = WireFault.COMMON_LOST in bank.faults
        for door in doors:
            if fault is WireFault.UNPLUGGED and on:
                self.de_energise(door.id)
            self._notify_switch(door)
        self._changed()

    def has(self, door_id: str, fault: WireFault) -> bool:
        """True while the wire of this door has the fault."""
        return fault in self.banks[self.doors[door_id].bank].faults

    # --- inside --------------------------------------------------------------------------------

    def _leaf_moved(self, door: Door) -> None:
        for handle in self._bounces.pop(door.id, ()):
            handle.cancel()
        door.bounced = False
        if DoorFault.BOUNCY in door.faults:
            self._bounce(door)
        self._notify_switch(door)

    def _bounce(self, door: Door) -> None:
        """Let the contact chatter for a tenth of a second; it ends at the leaf's true position."""
        at, bounced = 0.0, False
        handles = []
        while (at := at + self.rng.uniform(0.001, 0.015)) < BOUNCE_S:
            bounced = not bounced
            handles.append(self._loop.call_later(at, self._set_bounced, door, bounced))
        handles.append(self._loop.call_later(BOUNCE_S, self._set_bounced, door, False))
        self._bounces[door.id] = handles

    def _set_bounced(self, door: Door, bounced: bool) -> None:
        door.bounced = bounced
        self._notify_switch(door)

    def _notify_switch(self, door: Door) -> None:
        for listener in self._switch_listeners:
            listener(door)

    def _changed(self) -> None:
        with self._lock:
            self.changes += 1
            self._store.save("doors", self.state())
        self.notify()

    def _save_faults(self) -> None:
        self._store.save(
            "faults",
            {
                "doors": {door.id: sorted(door.faults) for door in self.doors.values() if door.faults},
                "banks": {bank.name: sorted(bank.faults) for bank in self.banks.values() if bank.faults},
            },
        )

    def _load(self) -> None:
        stored = self._store.load("doors")
        if stored is not None and not isinstance(stored, dict):
            raise WorldStoreBroken(f"{self._store.folder}/doors.json: must be a table of doors")
        for door_id, door in self.doors.items():
            if stored and door_id in stored:
                try:
                    door.restore(stored[door_id])
                except ValueError as error:
                    raise WorldStoreBroken(f"{self._store.folder}/doors.json: {error}") from error
        self._load_faults()
        self._store.save("doors", self.state())

    def _load_faults(self) -> None:
        faults = self._store.load("faults") or {}
        try:
            for door_id, kinds in faults.get("doors", {}).items():
                if door_id in self.doors:
                    self.doors[door_id].faults = {DoorFault(kind) for kind in kinds}
            for name, kinds in faults.get("banks", {}).items():
                if name in self.banks:
                    self.banks[name].faults = {WireFault(kind) for kind in kinds}
            for door in self.doors.values():
                door.common_lost = WireFault.COMMON_LOST in self.banks[door.bank].faults
        except (ValueError, AttributeError, TypeError) as error:
            raise WorldStoreBroken(f"{self._store.folder}/faults.json: {error}") from error
