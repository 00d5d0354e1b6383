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

from hardware.banks.pulsed_locks import DoorPins, PulsedLockBank
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
        working_directory = os.getcwd()  # noqa: PTH109  a plain string goes back to chdir
        # lgpio drops a FIFO into the working directory at its import, and LG_WD moves both (docs/protocols.md 0.7).
        os.environ.setdefault("LG_WD", os.environ.get("RUNTIME_DIRECTORY", tempfile.gettempdir()).split(":", 1)[0])
        try:
            from hardware.banks.gpio_pins import CoilSafePinFactory  # noqa: PLC0415  lgpio exists on a Pi only, and starts a thread

            Device.pin_factory = CoilSafePinFactory()
        except (ImportError, OSError, GPIOZeroError) as absent:
            raise HardwareFault(
                f"The pins of this machine cannot be reached ({absent}). Install lgpio, run on a Pi."
            ) from absent
        finally:
            os.chdir(working_directory)
    return Device.pin_factory


@dataclass(frozen=True, slots=True)
class _DoorDevices:
    """The two devices of one door."""

    lock: Any
    switch: Any


class GpioBank(PulsedLockBank):
    """A bank of doors on pins: levels are polled as truth, edges only wake the poller."""

    _options: GpioBankOptions

    def __init__(self, options: GpioBankOptions, doors: Sequence[CompartmentOptions], report: SwitchReport) -> None:
        super().__init__(options, doors, report, PACE)
        self._devices: dict[str, _DoorDevices] = {}

    def _open(self) -> None:
        pin_factory()
        with suppress(OSError):
            # A wire that is dead now is claimed by a later poll.
            self._claim()

    def _close(self) -> None:
        for devices in self._devices.values():
            for device in (devices.lock, devices.switch):
                with suppress(OSError, GPIOZeroError):
                    device.close()
        self._devices.clear()

    def _energise(self, door: str, *, on: bool) -> None:
        devices = self._devices.get(door)
        if devices is None:
            if on:
                raise OSError(f"pins of bank {self.name} are not claimed")
            return
        try:
            devices.lock.value = on
        except GPIOZeroError as closed:
            raise OSError(str(closed)) from closed

    async def _read_levels(self) -> Mapping[str, bool | None]:
        if not self._devices:
            try:
                self._claim()
            except (OSError, HardwareFault) as failed:
                _log.debug("bank %s cannot claim its pins: %s", self.name, failed)
                return dict.fromkeys(self.doors)
        return {door: self._level(devices) for door, devices in self._devices.items()}

    def _level(self, devices: _DoorDevices) -> bool | None:
        try:
            return bool(devices.switch.is_active)
        except OSError:
            return None

    def _claim(self) -> None:
        """Claim all pins or none. Raises OSError for a wire that fails, HardwareFault for a wrong pin."""
        try:
            for pins in self._door_pins:
                self._devices[pins.door] = self._claim_door(pins)
        except OSError:
            self._close()
            raise
        except GPIOZeroError as error:
            self._close()
            raise HardwareFault(f"Bank {self.name}: {error}. Check the pin numbers in the site file.") from error

    def _claim_door(self, pins: DoorPins) -> _DoorDevices:
        lock = DigitalOutputDevice(
            pins.lock,
            active_high=self._options.lock_active == "high",
            initial_value=False,
            pin_factory=Device.pin_factory,
        )
        try:
            # The pull is opposite to the level of a shut door, so a cut wire reads open, and active means shut.
            switch = DigitalInputDevice(
                pins.switch, pull_up=self._options.switch_shut == "low", pin_factory=Device.pin_factory
            )
        except (OSError, GPIOZeroError):
            with suppress(OSError):
                lock.close()
            raise

        def wake_loop() -> None:
            # Pins call from their own thread, and may do so after the loop has closed.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._on_edge, pins.door)

        switch.when_activated = wake_loop
        switch.when_deactivated = wake_loop
        return _DoorDevices(lock, switch)

    def _on_edge(self, door: str) -> None:
        self._switches.edge(door, self._loop.time())
        self._poller.wake()
