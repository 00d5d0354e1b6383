"""Locks and switches on the Pi's own pins, through gpiozero devices."""

from __future__ import annotations

import logging
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gpiozero.devices import Device
from gpiozero.exc import GPIOZeroError
from gpiozero.input_devices import DigitalInputDevice
from gpiozero.output_devices import DigitalOutputDevice

from hardware.banks.pulsed_locks import Fitting, PulsedLockBank
from hardware.banks.switch_poller import PollingPace
from locker.errors import HardwareFault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hardware.banks.door_switches import SwitchReport
    from hardware.options import GpioBankOptions
    from locker.options import CompartmentOptions

_log = logging.getLogger(__name__)

PACE = PollingPace(idle=0.1, busy=0.02)


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
            from hardware.banks.gpio_pins import CoilSafePins  # noqa: PLC0415  lgpio exists on a Pi only, and starts a thread

            Device.pin_factory = CoilSafePins()
        except (ImportError, OSError, GPIOZeroError) as absent:
            raise HardwareFault(
                f"The pins of this machine cannot be reached ({absent}). Install lgpio, run on a Pi."
            ) from absent
        finally:
            os.chdir(where)
    return Device.pin_factory


@dataclass(frozen=True, slots=True)
class _Wired:
    """The two devices of one door."""

    lock: Any
    switch: Any


class GpioBank(PulsedLockBank):
    """A bank of doors on pins: levels are polled as truth, edges only wake the poller."""

    _options: GpioBankOptions

    def __init__(self, options: GpioBankOptions, doors: Sequence[CompartmentOptions], report: SwitchReport) -> None:
        super().__init__(options, doors, report, PACE)
        self._wired: dict[str, _Wired] = {}

    def _begin(self) -> None:
        pin_factory()
        with suppress(OSError):
            # A wire that is dead now is claimed by a later look.
            self._claim()

    def _end(self) -> None:
        for wired in self._wired.values():
            for device in (wired.lock, wired.switch):
                with suppress(OSError, GPIOZeroError):
                    device.close()
        self._wired.clear()

    def _energise(self, door: str, *, on: bool) -> None:
        wired = self._wired.get(door)
        if wired is None:
            if on:
                raise OSError(f"pins of bank {self.name} are not claimed")
            return
        try:
            wired.lock.value = on
        except GPIOZeroError as closed:
            raise OSError(str(closed)) from closed

    async def _levels(self) -> Mapping[str, bool | None]:
        if not self._wired:
            try:
                self._claim()
            except (OSError, HardwareFault) as failed:
                _log.debug("bank %s cannot claim its pins: %s", self.name, failed)
                return dict.fromkeys(self.doors)
        return {door: self._level(wired) for door, wired in self._wired.items()}

    def _level(self, wired: _Wired) -> bool | None:
        try:
            return bool(wired.switch.is_active)
        except OSError:
            return None

    def _claim(self) -> None:
        """Claim all pins or none. Raises OSError for a wire that fails, HardwareFault for a wrong pin."""
        try:
            for fitting in self._fittings:
                self._wired[fitting.door] = self._wire(fitting)
        except OSError:
            self._end()
            raise
        except GPIOZeroError as wrong:
            self._end()
            raise HardwareFault(f"Bank {self.name}: {wrong}. Check the pin numbers in the site file.") from wrong

    def _wire(self, fitting: Fitting) -> _Wired:
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
            with suppress(OSError):
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
        self._watch.wake()
