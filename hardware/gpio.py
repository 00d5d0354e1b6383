"""Locks and switches on the Pi's own pins, through gpiozero devices."""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from gpiozero.devices import Device
from gpiozero.exc import GPIOZeroError
from gpiozero.input_devices import DigitalInputDevice
from gpiozero.output_devices import DigitalOutputDevice

from hardware.supply import Supply, at_most
from hardware.switches import Switches
from locker.ports import HardwareFault, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from hardware.options import GpioBank
    from hardware.switches import Report
    from locker.core.model import Seen
    from locker.options import CompartmentOptions

_log = logging.getLogger(__name__)

IDLE_PACE = 0.1
BUSY_PACE = 0.02
COMMANDED_FOR = 10.0
SURVEY_WITHIN = 1.0
GUARD_SLACK = 0.2


def pin_factory() -> Any:
    """Give the factory of all pins: the one that was set explicitly on `Device`, else ours on lgpio.

    Whoever stands below the daemon (the simulator, a test) sets `gpiozero.Device.pin_factory` before the
    banks are opened. gpiozero's own search, which falls back from one library to the next with a warning,
    is never used: a cabinet that cannot reach its pins must say so. Raises HardwareFault.
    """
    if Device.pin_factory is None:
        where = os.getcwd()  # noqa: PTH109  a plain string goes back to chdir
        # lgpio drops a FIFO into the working directory when it is imported, and LG_WD moves both (hardware.md 0.7).
        os.environ.setdefault("LG_WD", os.environ.get("RUNTIME_DIRECTORY", tempfile.gettempdir()).split(":", 1)[0])
        try:
            from hardware.pins import CoilSafePins  # noqa: PLC0415  lgpio exists on a Pi only, and starts a thread

            Device.pin_factory = CoilSafePins()
        except (ImportError, OSError, GPIOZeroError) as absent:
            raise HardwareFault(
                f"The pins of this machine cannot be reached ({absent}); is lgpio installed?"
            ) from absent
        finally:
            os.chdir(where)
    return Device.pin_factory


@dataclass(frozen=True, slots=True)
class _Fitting:
    """Where the wires of one door end: pin numbers as the Pi's chip counts them."""

    door: str
    lock: int
    switch: int


@dataclass(slots=True)
class _Wired:
    """The two devices of one door."""

    lock: Any
    switch: Any


class GpioDoors:
    """A bank of doors on pins: levels are polled as truth, edges only wake the poller."""

    def __init__(self, options: GpioBank, doors: Sequence[CompartmentOptions], report: Report) -> None:
        self._options = options
        self._fittings = _fittings(doors)
        self._switches = Switches([fitting.door for fitting in self._fittings], report)
        self._wired: dict[str, _Wired] = {}
        self._stuck: set[str] = set()
        self._deaf = False
        self._busy_until = 0.0
        self._woken = asyncio.Event()
        self._tasks = asyncio.TaskGroup()
        self._watch: asyncio.Task[None] | None = None

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

        A pin that fails with an OSError is tried again until it works, its bank unseen until then. A pin
        that cannot work (taken by another door, no such pin) raises HardwareFault.
        """
        self._loop = asyncio.get_running_loop()
        self._supply = Supply.named(self._options.supply)
        pin_factory()
        atexit.register(self._rest)
        self._claim()
        await self._tasks.__aenter__()
        self._watch = self._tasks.create_task(self._keep_looking(), name=f"switches of {self.name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave every lock idle and let the pins go."""
        self._rest()
        if self._watch is not None:
            self._watch.cancel()
        try:
            await self._tasks.__aexit__(kind, error, trace)
        finally:
            self._rest()
            self._release()
            atexit.unregister(self._rest)

    async def unlock(self, door: str) -> None:
        """Give one pulse of `pulse_ms`, in the bank's turn at its supply. Raises HardwareFault."""
        async with Supply.turn(self._supply, self._options.pause_ms / 1000):
            wired = self._wired.get(door)
            if wired is None:
                raise HardwareFault(f"Door {door}: its pins do not answer. Check the cable of bank {self.name}.")
            self._busy_until = self._loop.time() + COMMANDED_FOR
            self._woken.set()
            await self._pulse(door, wired.lock)

    async def _pulse(self, door: str, lock: Any) -> None:
        seconds = self._options.pulse_ms / 1000
        with at_most(seconds + GUARD_SLACK, self._loop.time, lambda: self._off(door, lock)):
            try:
                lock.on()
                await asyncio.sleep(seconds)
            except OSError as failed:
                raise HardwareFault(
                    f"Door {door}: its lock pin fails ({failed}). Check the relay and its cable."
                ) from failed
            finally:
                self._off(door, lock)
        if door in self._stuck:
            raise HardwareFault(f"Door {door}: its lock pin does not go back to rest. Switch the lock supply off.")

    def _off(self, door: str, lock: Any) -> None:
        try:
            lock.off()
        except (OSError, GPIOZeroError):
            # The poller goes on trying: nothing matters more than a coil that is on.
            self._stuck.add(door)
        else:
            self._stuck.discard(door)

    async def survey(self) -> dict[str, Seen]:
        """Look until every switch has settled, at most a second. What has not by then is as last believed."""
        deadline = self._loop.time() + SURVEY_WITHIN
        self._look()
        while self._switches.unsettled and self._loop.time() < deadline:
            await asyncio.sleep(BUSY_PACE)
            self._look()
        return self._switches.seen

    async def _keep_looking(self) -> None:
        while True:
            self._woken.clear()
            self._look()
            if self._switches.unsettled or self._stuck or self._loop.time() < self._busy_until:
                await asyncio.sleep(BUSY_PACE)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE_PACE):
                    await self._woken.wait()

    def _look(self) -> None:
        for door in tuple(self._stuck):
            self._off(door, self._wired[door].lock)
        if not self._wired:
            with suppress(HardwareFault):
                self._claim()
        levels = {door: self._level(wired) for door, wired in self._wired.items()}
        self._hear(deaf=None in levels.values() or not levels)
        self._switches.look(levels, self._loop.time())

    def _level(self, wired: _Wired) -> bool | None:
        try:
            return bool(wired.switch.is_active)
        except OSError:
            return None

    def _hear(self, *, deaf: bool) -> None:
        if deaf is not self._deaf:
            self._deaf = deaf
            state = "pins of bank %s cannot be read; check its cable" if deaf else "pins of bank %s are read again"
            _log.warning(state, self.name)

    def _claim(self) -> None:
        """Claim all pins, locks first; on an OSError none is kept, and the poller tries again."""
        try:
            for fitting in self._fittings:
                self._wired[fitting.door] = self._wire(fitting)
        except OSError as failed:
            _log.debug("bank %s cannot claim its pins: %s", self.name, failed)
            self._release()
        except GPIOZeroError as wrong:
            self._release()
            raise HardwareFault(f"Bank {self.name}: {wrong}. Check the pin numbers in the site file.") from wrong

    def _wire(self, fitting: _Fitting) -> _Wired:
        lock = DigitalOutputDevice(
            fitting.lock,
            active_high=self._options.lock_active == "high",
            initial_value=False,
            pin_factory=Device.pin_factory,
        )
        try:
            # The pull is opposite to the level of a shut door, so a cut wire reads open, and active means shut.
            switch = DigitalInputDevice(
                fitting.switch, pull_up=self._options.switch_shut == "low", pin_factory=Device.pin_factory
            )
        except (OSError, GPIOZeroError):
            lock.close()
            raise

        def edge() -> None:
            # Pins call from their own thread, and may do so after the loop has closed.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._touched, fitting.door)

        switch.when_activated = edge
        switch.when_deactivated = edge
        return _Wired(lock, switch)

    def _touched(self, door: str) -> None:
        self._switches.touched(door, self._loop.time())
        self._woken.set()

    def _rest(self) -> None:
        for door, wired in self._wired.items():
            self._off(door, wired.lock)

    def _release(self) -> None:
        for wired in self._wired.values():
            for device in (wired.lock, wired.switch):
                with suppress(OSError, GPIOZeroError):
                    device.close()
        self._wired.clear()
        self._stuck.clear()


def _fittings(doors: Sequence[CompartmentOptions]) -> tuple[_Fitting, ...]:
    missing = [
        f"compartment {door.id}: lock and switch must name pins" for door in doors if None in (door.lock, door.switch)
    ]
    if missing:
        raise SettingsError(missing)
    return tuple(
        _Fitting(door.id, door.lock, door.switch) for door in doors if door.lock is not None and door.switch is not None
    )
