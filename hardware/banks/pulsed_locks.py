"""Doors whose locks we switch on and off ourselves: the pulse, and what must be true when it is over."""

from __future__ import annotations

import asyncio
import atexit
import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from hardware.banks.door_switches import DoorSwitches
from hardware.banks.power_supply import PowerSupply, pulse_guard
from hardware.banks.switch_poller import PollingPace, SwitchPoller
from locker.errors import HardwareFault, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from hardware.banks.door_switches import SwitchReport
    from hardware.options import PinBankOptions
    from locker.core.model import Seen
    from locker.options import CompartmentOptions

_log = logging.getLogger(__name__)

GUARD_SLACK = 0.2
"""Seconds that a pulse may last longer than ordered before the guard ends it from its own thread."""


@dataclass(frozen=True, slots=True)
class DoorPins:
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
        options: PinBankOptions,
        doors: Sequence[CompartmentOptions],
        report: SwitchReport,
        pace: PollingPace,
    ) -> None:
        self._options = options
        self._door_pins = _door_pins(doors)
        self._switches = DoorSwitches([pins.door for pins in self._door_pins], report)
        self._poller = SwitchPoller(options.name, self._switches, self._poll, pace)
        self._stuck: set[str] = set()
        self._unreadable = False

    @property
    def name(self) -> str:
        """The bank's name in the site file."""
        return self._options.name

    @property
    def doors(self) -> tuple[str, ...]:
        """The compartments of this bank."""
        return tuple(pins.door for pins in self._door_pins)

    async def __aenter__(self) -> Self:
        """Claim every lock at its idle level, then poll the switches for ever.

        A wire that fails with an OSError is tried again until it works, its doors unseen until then.
        What cannot work (a pin taken by another door, no such pin) raises HardwareFault.
        """
        self._loop = asyncio.get_running_loop()
        self._supply = PowerSupply.named(self._options.supply)
        self._open()
        atexit.register(self._all_off)
        await self._poller.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave every lock idle and let the wire go."""
        self._all_off()
        try:
            await self._poller.__aexit__(kind, error, trace)
        finally:
            self._all_off()
            self._close()
            atexit.unregister(self._all_off)

    async def unlock(self, door: str) -> None:
        """Give one pulse of `pulse_ms`, in the bank's turn at its supply. Raises HardwareFault."""
        async with self._supply.turn(self._options.pause_ms / 1000):
            self._poller.poll_fast()
            await self._pulse(door, self._options.pulse_ms / 1000)

    async def survey(self) -> Mapping[str, Seen]:
        """Read every switch until it has settled, at most a second."""
        return await self._poller.survey()

    async def _pulse(self, door: str, seconds: float) -> None:
        with pulse_guard(seconds + GUARD_SLACK, self._loop.time, lambda: self._off(door)):
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
            # The next polls go on trying: nothing matters more than a coil that is on.
            self._stuck.add(door)
        else:
            self._stuck.discard(door)

    def _all_off(self) -> None:
        for door in self.doors:
            self._off(door)

    async def _poll(self) -> None:
        for door in tuple(self._stuck):
            self._off(door)
        levels = await self._read_levels()
        unreadable = None in levels.values()
        if unreadable is not self._unreadable:
            self._unreadable = unreadable
            _log.warning("bank %s %s", self.name, "cannot be read; check its cable" if unreadable else "is read again")
        self._switches.update(levels, self._loop.time())

    @abstractmethod
    def _open(self) -> None:
        """Claim what can be claimed, locks idle. Raises HardwareFault for what will never work."""

    @abstractmethod
    def _close(self) -> None:
        """Let the wire go; never raises for a wire that fails."""

    @abstractmethod
    def _energise(self, door: str, *, on: bool) -> None:
        """Switch the coil of this door. Raises OSError. Off before the wire was ever claimed does nothing."""

    @abstractmethod
    async def _read_levels(self) -> Mapping[str, bool | None]:
        """Read every switch: True is shut, None could not be read."""


def _door_pins(doors: Sequence[CompartmentOptions]) -> tuple[DoorPins, ...]:
    every, missing = [], []
    for door in doors:
        if door.lock is None or door.switch is None:
            missing.append(f"compartment {door.id}: lock and switch must name pins")
        else:
            every.append(DoorPins(door.id, door.lock, door.switch))
    if missing:
        raise SettingsError(missing)
    return tuple(every)
