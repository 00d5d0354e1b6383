"""Every time a coil was energised, written down at the moment it began."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locker.core.events.record import rfc3339

if TYPE_CHECKING:
    from simulator.world.world_store import WorldStore
    from simulator.world.world_time import WorldClock


@dataclass
class Pulse:
    """One pulse: `ms` is None while it runs, and 0 if nobody was there to see its end."""

    n: int
    door: str
    at: str
    began: float
    ms: int | None


class PulseLog:
    """The list of pulses; a pulse that a kill cut short is not lost from it."""

    def __init__(self, store: WorldStore, clock: WorldClock) -> None:
        self._store = store
        self._clock = clock
        self._pulses: list[Pulse] = []
        self._running: dict[str, Pulse] = {}
        for line in store.lines("pulses"):
            if "door" in line:
                self._pulses.append(Pulse(line["n"], line["door"], line["at"], 0.0, 0))
            elif 0 < line["n"] <= len(self._pulses):
                self._pulses[line["n"] - 1].ms = line["ms"]

    def begin(self, door: str) -> int:
        """A coil is energised, now; the number of this pulse."""
        pulse = Pulse(len(self._pulses) + 1, door, rfc3339(self._clock.now()), self._clock.monotonic(), None)
        self._store.append("pulses", {"n": pulse.n, "door": door, "at": pulse.at})
        self._pulses.append(pulse)
        self._running[door] = pulse
        return pulse.n

    def running(self, door: str) -> int | None:
        """The number of the pulse that the door's coil has now."""
        pulse = self._running.get(door)
        return pulse.n if pulse else None

    def end(self, door: str) -> None:
        """The current ends, now."""
        pulse = self._running.pop(door)
        pulse.ms = self._so_far(pulse)
        self._store.append("pulses", {"n": pulse.n, "ms": pulse.ms})

    def after(self, n: int) -> list[dict[str, Any]]:
        """Every pulse with a number above n; one that still runs is given with its length so far."""
        return [
            {"n": one.n, "door": one.door, "at": one.at, "ms": self._so_far(one) if one.ms is None else one.ms}
            for one in self._pulses[max(n, 0) :]
        ]

    def latest(self, most: int) -> list[dict[str, Any]]:
        """The last pulses, `ms` None while one runs."""
        return [{"n": one.n, "door": one.door, "at": one.at, "ms": one.ms} for one in self._pulses[-most:]]

    def _so_far(self, pulse: Pulse) -> int:
        return round((self._clock.monotonic() - pulse.began) * 1000)
