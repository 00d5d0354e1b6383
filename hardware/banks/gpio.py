"""Locks and switches on the Pi's own pins, through gpiozero devices."""

from __future__ import annotations

import errno
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gpiozero.devices import Device, GPIODevice
from gpiozero.exc import GPIOZeroError
from gpiozero.input_devices import DigitalInputDevice
from gpiozero.output_devices import DigitalOutputDevice

from hardware.banks.pulsed_locks import DoorPins, PulsedLockBank
from hardware.banks.switch_poller import PollingPace
from hardware.wire_thread import WireThread
from locker.errors import HardwareFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hardware.banks.door_switches import SwitchReport
    from hardware.options import GpioBankOptions
    from locker.options import CompartmentOptions

PACE = PollingPace(idle=0.1, busy=0.02)

CLAIM_EVERY = 1.0
"""Seconds between two tries to claim the pins of doors that have none."""

TAKEN = "End that program or take its line out of config.txt, or give the door another pin in the site file."


def pin_factory() -> Any:
    """Give the factory of all pins: the one that was set explicitly on `Device`, else ours on libgpiod.

    Whoever stands below the daemon (the simulator, a test) sets `gpiozero.Device.pin_factory` before the
    banks are opened. gpiozero's own search, which falls back from one library to the next with a warning,
    is never used: a cabinet that cannot reach its pins must say so. Raises HardwareFault.
    """
    if Device.pin_factory is None:
        try:
            from hardware.banks.gpio_pins import HeaderPinFactory  # noqa: PLC0415  libgpiod exists on Linux only

            Device.pin_factory = HeaderPinFactory()
        except (ImportError, OSError, GPIOZeroError) as absent:
            raise HardwareFault(
                f"The pins of this machine cannot be reached ({absent}). Run on a Raspberry Pi with gpiod installed, "
                "as a user of the group gpio."
            ) from absent
    return Device.pin_factory


class _PinGivenBack(GPIODevice):
    """A device whose pin is free again as soon as its claim failed, however long Python keeps the half-made rest."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        try:
            super().__init__(*arguments, **named)  # type: ignore[no-untyped-call]  # gpiozero has no types
        except (OSError, GPIOZeroError):
            self.close()  # type: ignore[no-untyped-call]  # gpiozero has no types
            raise


class _LockOutput(_PinGivenBack, DigitalOutputDevice):
    """The coil's pin."""


class _SwitchInput(_PinGivenBack, DigitalInputDevice):
    """The switch's pin."""


@dataclass(frozen=True, slots=True)
class _DoorDevices:
    """The two devices of one door."""

    lock: Any
    switch: Any


class GpioBank(PulsedLockBank):
    """A bank of doors on pins: levels are polled as truth, edges only wake the poller.

    A pin that cannot be claimed makes its own door unseen and nothing else; the claim is tried again.
    """

    _options: GpioBankOptions

    def __init__(self, options: GpioBankOptions, doors: Sequence[CompartmentOptions], report: SwitchReport) -> None:
        super().__init__(options, doors, report, PACE)
        self._devices: dict[str, _DoorDevices] = {}
        self._refused: dict[str, str] = {}
        self._claim_again_at = 0.0
        self._edges: set[str] = set()

    def _shared_wire(self) -> WireThread:
        return WireThread.shared("gpio", "GPIO chip")

    def _open(self) -> None:
        pin_factory()
        self._claim_missing()

    def _close(self) -> None:
        for devices in self._devices.values():
            for device in (devices.lock, devices.switch):
                with suppress(OSError, GPIOZeroError):
                    device.close()
        self._devices.clear()
        self._refused.clear()

    def _close_wire(self) -> None:
        """The factory is the process's: locks stay outputs at their idle level until it ends."""

    def _energise(self, door: str, *, on: bool) -> None:
        if on and door not in self._devices:
            self._claim_missing()
            if door in self._refused:
                raise HardwareFault(f"Door {door}: {self._refused[door]}")
        devices = self._devices.get(door)
        if devices is None:
            return
        try:
            devices.lock.value = on
        except GPIOZeroError as closed:
            raise OSError(str(closed)) from closed

    def _rest(self) -> None:
        failed: OSError | None = None
        for door in self._devices:
            try:
                self._energise(door, on=False)
            except OSError as one:
                failed = one
        if failed is not None:
            raise failed

    def _read(self) -> Mapping[str, bool | OSError]:
        if len(self._devices) < len(self._door_pins) and self._loop.time() >= self._claim_again_at:
            self._claim_missing()
        refused = {door: OSError(why) for door, why in self._refused.items()}
        return {**refused, **{door: _level(devices) for door, devices in self._devices.items()}}

    def _claim_missing(self) -> None:
        """Claim the pins of every door that has none; each that fails is kept with why and what to do."""
        self._claim_again_at = self._loop.time() + CLAIM_EVERY
        for pins in self._door_pins:
            if pins.door in self._devices:
                continue
            try:
                self._devices[pins.door] = self._claim_door(pins)
                self._refused.pop(pins.door, None)
            except OSError as refused:
                self._refused[pins.door] = str(refused)

    def _claim_door(self, pins: DoorPins) -> _DoorDevices:
        """Claim both pins or none. Raises OSError with the pin, why, and what to do."""
        active_high, pull_up = self._options.lock_active == "high", self._options.switch_shut == "low"
        with self._naming(pins.lock):
            lock: Any = _LockOutput(
                pins.lock, active_high=active_high, initial_value=False, pin_factory=Device.pin_factory
            )
        try:
            with self._naming(pins.switch):
                # The pull is opposite to the level of a shut door, so a cut wire reads open, and active means shut.
                switch = _SwitchInput(pins.switch, pull_up=pull_up, pin_factory=Device.pin_factory)
        except OSError:
            with suppress(OSError):
                lock.close()
            raise

        def wake_loop() -> None:
            # Of a storm of edges one at a time is enough: the level is polled. The loop may have closed meanwhile.
            if pins.door not in self._edges:
                self._edges.add(pins.door)
                with suppress(RuntimeError):
                    self._loop.call_soon_threadsafe(self._on_edge, pins.door)

        switch.when_activated = wake_loop
        switch.when_deactivated = wake_loop
        return _DoorDevices(lock, switch)

    @contextmanager
    def _naming(self, number: int) -> Iterator[None]:
        try:
            yield
        except GPIOZeroError as wrong:
            raise OSError(f"GPIO{number}: {wrong}. Check the pin numbers in the site file.") from wrong
        except OSError as failed:
            why = failed.strerror or str(failed)
            named = why if f"GPIO{number}" in why else f"GPIO{number} cannot be claimed ({why})"
            remedy = TAKEN if failed.errno == errno.EBUSY else f"Check the cable of bank {self.name}."
            raise OSError(f"{named}. {remedy}") from failed

    def _on_edge(self, door: str) -> None:
        self._edges.discard(door)
        self._switches.edge(door, self._loop.time())
        self._poller.wake()


def _level(devices: _DoorDevices) -> bool | OSError:
    try:
        return bool(devices.switch.is_active)
    except OSError as failed:
        return failed
