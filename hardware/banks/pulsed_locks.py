"""Doors whose locks we switch on and off ourselves: the pulse, and what must be true when it is over.

The wire belongs to a thread of its own (hardware/wire_thread.py), so that one that hangs stops neither the loop nor the
doors of another wire. What may happen to a coil while its wire hangs, law by law:

1. An order whose turn comes too late is not carried out: a pulse begins in its time or never.
2. The end of a pulse is a call that must happen. It goes before everything else on the wire, is tried again at once and
   with every poll, and is done the moment that the wire comes back, whoever has gone away meanwhile.
3. Until then the coil may be on, and nothing that we can send ends it. It is said at once and loudly, the order is
   answered with `CoilStuck`, and a limiter in hardware saves the coil (firmware_config/wiring.md, section 6).
"""

from __future__ import annotations

import asyncio
import atexit
import errno
import logging
from abc import ABC, abstractmethod
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self

from hardware.banks.door_switches import DoorSwitches
from hardware.banks.power_supply import PowerSupply, pulse_guard
from hardware.banks.switch_poller import PollingPace, SwitchPoller
from hardware.wire_thread import Turn, WireStuck
from locker.errors import CoilStuck, HardwareFault, SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from hardware.banks.door_switches import SwitchReport
    from hardware.options import PinBankOptions
    from hardware.wire_thread import WireThread
    from locker.core.model import Seen
    from locker.measures import BankMeter
    from locker.options import CompartmentOptions

_log = logging.getLogger(__name__)

GUARD_SLACK = 0.2
"""Seconds that a pulse may last longer than ordered before the guard ends it from its own thread."""

CALL_WITHIN = 1.5
"""Real seconds for one call on the wire; the kernel gives up a transfer on a stuck I2C bus after one."""

OFF_WITHIN = 2.5
"""The same for the end of a pulse, which is tried twice."""

OFF_TRIES = 2
"""How often the end of a pulse is tried at once; afterwards with every poll."""


@dataclass(frozen=True, slots=True)
class DoorPins:
    """Where the wires of one door end: pin numbers as the chip counts them."""

    door: str
    lock: int
    switch: int


class PulsedLockBank(ABC):
    """A bank whose pulses end in software: on every way out, the lock goes back to rest first.

    The abstract methods are called in the wire's thread only. They raise OSError when the wire fails, or HardwareFault
    with a whole sentence for one door.
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
        self._energised: set[str] = set()
        self._stuck: set[str] = set()
        self._ending: set[str] = set()
        self._unread: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The bank's name in the site file."""
        return self._options.name

    @property
    def meter(self) -> BankMeter:
        """What this bank counts."""
        return self._switches.meter

    @property
    def unread(self) -> dict[str, str]:
        """Why a switch could not be read at the last look, by door."""
        return dict(self._unread)

    @property
    def doors(self) -> tuple[str, ...]:
        """The compartments of this bank."""
        return tuple(pins.door for pins in self._door_pins)

    async def __aenter__(self) -> Self:
        """Claim every lock at its idle level, then poll the switches for ever.

        A wire or a pin that fails is tried again until it works, its doors unseen until then. Raises HardwareFault for
        what cannot work, as pins of a machine that has none.
        """
        self._loop = asyncio.get_running_loop()
        self._supply = PowerSupply.named(self._options.supply)
        self._wire = self._shared_wire()
        self._wire.enter()
        try:
            with suppress(OSError):
                await self._wire.call(self._open, CALL_WITHIN, Turn.COMMAND)
        except BaseException:
            await self._leave()
            raise
        atexit.register(self._rest_at_exit)
        await self._poller.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave every lock idle and let the wire go. A wire that hangs is left behind after `CALL_WITHIN`."""
        await self._all_off()
        try:
            await self._poller.__aexit__(kind, error, trace)
        finally:
            await self._all_off()
            atexit.unregister(self._rest_at_exit)
            await self._leave()

    async def _leave(self) -> None:
        with suppress(OSError):
            # A wire that hangs lets go when it is back: whoever enters next must find its pins free.
            await self._wire.call(self._close, CALL_WITHIN, Turn.MUST)
        await self._wire.leave(self._close_wire)

    async def unlock(self, door: str) -> None:
        """Give one pulse of `pulse_ms`, in the bank's turn at its supply. Raises HardwareFault, CoilStuck."""
        async with self._supply.turn(self._options.pause_ms / 1000):
            self._poller.poll_fast()
            await self._pulse(door, self._options.pulse_ms / 1000)

    async def survey(self) -> Mapping[str, Seen]:
        """Read every switch until it has settled, at most a second."""
        return await self._poller.survey()

    # --- the pulse ---------------------------------------------------------------------------------

    async def _pulse(self, door: str, seconds: float) -> None:
        begin_before = self._loop.time() + seconds
        failed: OSError | None = None
        with pulse_guard(seconds + GUARD_SLACK, self._loop.time, lambda: self._order_off(door)):
            try:
                await self._wire.call(partial(self._begin_pulse, door, begin_before), CALL_WITHIN, Turn.COMMAND)
                self.meter.pulsed(door, self._loop.time())
                await asyncio.sleep(seconds)
            except OSError as error:
                failed = error
            finally:
                await self._off(door)
        if failed is not None:
            may_be_on = "It may be on: switch the lock supply off."
            remedy = may_be_on if door in self._stuck else f"Check the cable of bank {self.name}."
            raise HardwareFault(f"Door {door}: its lock cannot be switched ({failed}). {remedy}") from failed
        if door in self._stuck:
            raise CoilStuck(f"Door {door}: its lock does not go back to rest. Switch the lock supply off.")

    def _begin_pulse(self, door: str, begin_before: float) -> None:
        if self._loop.time() >= begin_before:
            raise OSError(errno.ETIMEDOUT, "its turn on the wire came too late")
        # From here on the coil may be on, also when the call hangs or times out; a refusal says that it is not.
        self._energised.add(door)
        try:
            self._energise(door, on=True)
        except (OSError, HardwareFault) as failed:
            if getattr(failed, "errno", None) != errno.ETIMEDOUT:
                self._energised.discard(door)
            raise

    def _order_off(self, door: str) -> None:
        """Let the wire's thread end the pulse, from any thread, unless it is about to do so already."""
        if door not in self._ending:
            self._ending.add(door)
            self._wire.submit(partial(self._end_pulse, door), OFF_WITHIN, Turn.MUST)

    async def _off(self, door: str) -> None:
        """End the pulse. It is ordered before anything is waited for, so no cancelling comes between.

        While the wire hangs, one call waits for it and no more: it ends whatever began before.
        """
        if door in self._ending:
            return
        self._ending.add(door)
        try:
            await self._wire.call(partial(self._end_pulse, door), OFF_WITHIN, Turn.MUST)
        except WireStuck as stuck:
            # The call itself goes on; if it ends well after all, the next poll finds that out.
            self._mark_stuck(door, stuck)

    def _end_pulse(self, door: str) -> None:
        self._ending.discard(door)
        for tries_left in reversed(range(OFF_TRIES)):
            try:
                self._energise(door, on=False)
            except OSError as failed:
                if not tries_left:
                    self._mark_stuck(door, failed)
            else:
                self._energised.discard(door)
                if door in self._stuck:
                    self._stuck.discard(door)
                    _log.warning("door %s: its lock is at rest again", door)
                return

    def _mark_stuck(self, door: str, failed: OSError) -> None:
        if door in self._energised and door not in self._stuck:
            self._stuck.add(door)
            _log.error("door %s: its lock cannot be switched off (%s). Switch the lock supply off", door, failed)

    async def _all_off(self) -> None:
        with suppress(OSError):
            await self._wire.call(self._rest_all, OFF_WITHIN, Turn.MUST)

    def _rest_at_exit(self) -> None:
        """The interpreter ends although the bank was never left: the loop is gone, the wire's thread is not."""
        with suppress(OSError, TimeoutError):
            self._wire.submit(self._rest_all, OFF_WITHIN, Turn.MUST).result(OFF_WITHIN)

    def _rest_all(self) -> None:
        try:
            self._rest()
        except OSError as failed:
            for door in self._energised:
                self._mark_stuck(door, failed)
            raise
        self._energised.clear()
        self._stuck.clear()

    # --- the switches ------------------------------------------------------------------------------

    async def _poll(self) -> None:
        for door in self._stuck - self._ending:
            # Nothing matters more than a coil that is on.
            await self._off(door)
        try:
            readings = await self._wire.call(self._read, CALL_WITHIN)
        except OSError as failed:
            readings = dict.fromkeys(self.doors, failed)
        self.meter.asked(failed=any(isinstance(level, OSError) for level in readings.values()))
        self._note_unread({door: str(level) for door, level in readings.items() if not isinstance(level, bool)})
        self._switches.update(
            {door: level if isinstance(level, bool) else None for door, level in readings.items()}, self._loop.time()
        )

    def _note_unread(self, unread: dict[str, str]) -> None:
        """Say which doors cannot be read and why, and when they are read again: each once."""
        news = defaultdict(list)
        for door, why in unread.items():
            if self._unread.get(door) != why:
                news[why].append(door)
        for why, doors in news.items():
            _log.warning("bank %s: %s cannot be read (%s)", self.name, _some(doors, self.doors), why)
        healed = [door for door in self._unread if door not in unread]
        if healed:
            _log.warning("bank %s: %s is read again", self.name, _some(healed, self.doors))
        self._unread = unread

    # --- the wire ----------------------------------------------------------------------------------

    @abstractmethod
    def _shared_wire(self) -> WireThread:
        """The thread of the wire, shared with other banks on it."""

    @abstractmethod
    def _open(self) -> None:
        """Claim what can be claimed, locks idle. Raises HardwareFault for what will never work."""

    @abstractmethod
    def _close(self) -> None:
        """Let go of what only this bank uses; never raises for a wire that fails."""

    @abstractmethod
    def _close_wire(self) -> None:
        """Let the wire itself go, when no bank uses it any more."""

    @abstractmethod
    def _energise(self, door: str, *, on: bool) -> None:
        """Switch the coil of this door. Off before the wire was ever claimed does nothing."""

    @abstractmethod
    def _rest(self) -> None:
        """Switch every coil of this bank off, in as few calls as the wire allows."""

    @abstractmethod
    def _read(self) -> Mapping[str, bool | OSError]:
        """Read every switch: True is shut; an error says why it could not be read."""


def _some(doors: Sequence[str], every: Sequence[str]) -> str:
    return "every door" if len(doors) == len(every) else "door " + ", ".join(doors)


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
