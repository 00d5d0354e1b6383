"""Doors whose locks we switch on and off ourselves: the pulse, and what must be true when it is over."""

from __future__ import annotations

import asyncio
import atexit
import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from hardware.banks.door_switches import DoorSwitches
from hardware.banks.supply import Supply, at_most
from hardware.banks.switch_poller import PollingPace, SwitchPoller
from locker.errors import HardwareFault, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from hardware.banks.door_switches import SwitchReport
    from hardware.options import GpioBankOptions, Mcp23017BankOptions
    from locker.core.model import Seen
    from locker.options import CompartmentOptions

_log = logging.getLogger(__name__)

GUARD_SLACK = 0.2
"""Seconds that a pulse may last longer than ordered before the guard ends it from its own thread."""


@dataclass(frozen=True, slots=True)
class Fitting:
    """Where the wires of one door end: pin numbers as the chip counts them."""

    door: str
    lock: int
    switch: int


class PulsedLockBank(ABC):
    """A bank whose pulses end in software: on every way out, the lock goes back to rest first.

    The three abstract methods touch the wire, raise OSError when it fails, and may be called from any thread.
    """

    def __init__(
        self,
        options: GpioBankOptions | Mcp23017BankOptions,
        doors: Sequence[CompartmentOptions],
        report: SwitchReport,
        pace: PollingPace,
    ) -> None:
        self._options = options
        self._fittings = _fittings(doors)
        self._switches = DoorSwitches([fitting.door for fitting in self._fittings], report)
        self._watch = SwitchPoller(options.name, self._switches, self._look, pace)
        self._stuck: set[str] = set()
        self._deaf = False

    @property
    def name(self) -> str:
        """The bank's name in the site file."""
        return self._options.name

    @property
    def doors(self) -> tuple[str, ...]:
        """The compartments of this bank."""
        return tuple(fitting.door for fitting in self._fittings)

    async def __aenter__(self) -> Self:
        """Claim every lock at its idle level, then look at the switches for ever.

        A wire that fails with an OSError is tried again until it works, its doors unseen until then.
        What cannot work (a pin taken by another door, no such pin) raises HardwareFault.
        """
        self._loop = asyncio.get_running_loop()
        self._supply = Supply.named(self._options.supply)
        self._begin()
        atexit.register(self._rest)
        await self._watch.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave every lock idle and let the wire go."""
        self._rest()
        try:
            await self._watch.__aexit__(kind, error, trace)
        finally:
            self._rest()
            self._end()
            atexit.unregister(self._rest)

    async def unlock(self, door: str) -> None:
        """Give one pulse of `pulse_ms`, in the bank's turn at its supply. Raises HardwareFault."""
        async with self._supply.turn(self._options.pause_ms / 1000):
            self._watch.hurry()
            await self._pulse(door, self._options.pulse_ms / 1000)

    async def survey(self) -> Mapping[str, Seen]:
        """Look at every door until its switch has come to rest, at most a second."""
        return await self._watch.survey()

    async def _pulse(self, door: str, seconds: float) -> None:
        with at_most(seconds + GUARD_SLACK, self._loop.time, lambda: self._off(door)):
            try:
                self._energise(door, on=True)
                await asyncio.sleep(seconds)
            except OSError as failed:
                raise HardwareFault(
                    f"Door {door}: its lock cannot be switched ({failed}). Check the cable of bank {self.name}."
                ) from failed
            finally:
                self._off(door)
        if door in self._stuck:
            raise HardwareFault(f"Door {door}: its lock does not go back to rest. Switch the lock supply off.")

    def _off(self, door: str) -> None:
        try:
            self._energise(door, on=False)
        except OSError:
            # The next looks go on trying: nothing matters more than a coil that is on.
            self._stuck.add(door)
        else:
            self._stuck.discard(door)

    def _rest(self) -> None:
        for door in self.doors:
            self._off(door)

    async def _look(self) -> None:
        for door in tuple(self._stuck):
            self._off(door)
        levels = await self._levels()
        deaf = None in levels.values()
        if deaf is not self._deaf:
            self._deaf = deaf
            _log.warning("bank %s %s", self.name, "cannot be read; check its cable" if deaf else "is read again")
        self._switches.look(levels, self._loop.time())

    @abstractmethod
    def _begin(self) -> None:
        """Claim what can be claimed, locks idle. Raises HardwareFault for what will never work."""

    @abstractmethod
    def _end(self) -> None:
        """Let the wire go; never raises for a wire that fails."""

    @abstractmethod
    def _energise(self, door: str, *, on: bool) -> None:
        """Switch the coil of this door. Raises OSError. Off before the wire was ever claimed does nothing."""

    @abstractmethod
    async def _levels(self) -> Mapping[str, bool | None]:
        """Read every switch: True is shut, None could not be read."""


def _fittings(doors: Sequence[CompartmentOptions]) -> tuple[Fitting, ...]:
    fittings, missing = [], []
    for door in doors:
        if door.lock is None or door.switch is None:
            missing.append(f"compartment {door.id}: lock and switch must name pins")
        else:
            fittings.append(Fitting(door.id, door.lock, door.switch))
    if missing:
        raise SettingsError(missing)
    return tuple(fittings)
