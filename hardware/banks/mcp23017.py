"""Locks and switches on an MCP23017 behind I2C, through smbus2: its registers are few and no kernel overlay is needed.

Register numbers are those of bank mode 0, which the chip has after power-on (docs/protocols.md 3.2). The chip has
pull-ups only: with `switch_shut = "high"` the pull-down that makes a cut wire read open is a resistor outside.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import smbus2

from hardware.banks.pulsed_locks import PulsedLockBank
from hardware.banks.switch_poller import PollingPace
from hardware.options import MCP23017_OUTPUT_ONLY
from hardware.wiring_checks import output_only
from locker.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hardware.banks.door_switches import SwitchReport
    from hardware.options import Mcp23017BankOptions
    from locker.options import CompartmentOptions

_log = logging.getLogger(__name__)

IODIR, GPPU, GPIO, OLAT = 0x00, 0x0C, 0x12, 0x14
"""Pairs of registers, port A then port B. In IODIR a one is an input."""

PINS = range(16)
PACE = PollingPace(idle=0.1, busy=0.03)


class Mcp23017:
    """The registers of one chip, 16 bits at a time. Methods raise OSError and may be called from any thread."""

    def __init__(self, bus: int, address: int, outputs: int, idle: int, pull_ups: int) -> None:
        self._bus_number = bus
        self._address = address
        self._inputs = ~outputs & 0xFFFF
        self._idle = idle
        self._levels = idle
        self._pull_ups = pull_ups
        self._lock = threading.Lock()
        self._bus: smbus2.SMBus | None = None

    def set_up(self) -> None:
        """Set the chip up: levels before directions, so that a lock pin is idle from its first moment as output."""
        with self._lock:
            self._set_up()

    def set(self, pin: int, *, high: bool) -> None:
        """Drive one output. Rest before the chip was reached needs nothing: it is set up at rest."""
        with self._lock:
            levels = self._levels | 1 << pin if high else self._levels & ~(1 << pin)
            if self._bus is None:
                if high is bool(self._idle >> pin & 1):
                    return
                raise OSError("the chip has not been reached yet")
            self._write(OLAT, levels)
            self._levels = levels

    def read(self) -> int:
        """Read every pin. A chip that lost its set-up by a brown-out is set up anew and this reading is an OSError."""
        with self._lock:
            if self._bus is None:
                self._set_up()
            if self._read(IODIR) != self._inputs:
                self._set_up()
                raise OSError("the chip had lost its set-up and has it again")
            return self._read(GPIO)

    def close(self) -> None:
        """Let the bus go; the chip keeps its outputs as they are."""
        with self._lock:
            self._drop()

    def _set_up(self) -> None:
        self._drop()
        self._levels = self._idle
        # Looked up at the call: the simulator puts another bus behind this name.
        self._bus = smbus2.SMBus(self._bus_number)
        try:
            self._write(OLAT, self._idle)
            self._write(GPPU, self._pull_ups)
            self._write(IODIR, self._inputs)
        except OSError:
            self._drop()
            raise

    def _drop(self) -> None:
        if self._bus is not None:
            with suppress(OSError):
                self._bus.close()
            self._bus = None

    def _write(self, register: int, value: int) -> None:
        assert self._bus is not None
        self._bus.write_i2c_block_data(self._address, register, [value & 0xFF, value >> 8])

    def _read(self, register: int) -> int:
        assert self._bus is not None
        low, high = self._bus.read_i2c_block_data(self._address, register, 2)
        return int(low) | int(high) << 8


class Mcp23017Bank(PulsedLockBank):
    """A bank of up to eight doors on one MCP23017: pins 0 to 7 are GPA, 8 to 15 are GPB."""

    _options: Mcp23017BankOptions

    def __init__(self, options: Mcp23017BankOptions, doors: Sequence[CompartmentOptions], report: SwitchReport) -> None:
        super().__init__(options, doors, report, PACE)
        self._lock_pins = {pins.door: pins.lock for pins in self._door_pins}
        self._switch_pins = {pins.door: pins.switch for pins in self._door_pins}
        _check_pins(self._lock_pins, self._switch_pins)
        locks = _mask(self._lock_pins.values())
        unused = _mask(MCP23017_OUTPUT_ONLY) & ~locks
        # A pin that can be an output only is one; at the level of a contact that somebody wired there all the same.
        self._chip = Mcp23017(
            options.bus,
            options.address,
            locks | unused,
            idle=(0 if options.lock_active == "high" else locks) | (unused if options.switch_shut == "high" else 0),
            pull_ups=_mask(self._switch_pins.values()) if options.switch_shut == "low" else 0,
        )

    def _open(self) -> None:
        try:
            self._chip.set_up()
        except OSError as absent:
            # It is set up by the first poll that reaches it.
            _log.warning("bank %s: no chip answers at 0x%02x (%s)", self.name, self._options.address, absent)

    def _close(self) -> None:
        self._chip.close()

    def _energise(self, door: str, *, on: bool) -> None:
        self._chip.set(self._lock_pins[door], high=on is (self._options.lock_active == "high"))

    async def _read_levels(self) -> Mapping[str, bool | None]:
        try:
            # A stuck bus blocks for a second: not in the loop.
            pins = await asyncio.to_thread(self._chip.read)
        except OSError as failed:
            _log.debug("bank %s cannot be read: %s", self.name, failed)
            return dict.fromkeys(self.doors)
        shut = self._options.switch_shut == "high"
        return {door: bool(pins >> pin & 1) is shut for door, pin in self._switch_pins.items()}


def _mask(pins: Iterable[int]) -> int:
    return sum(1 << pin for pin in pins)


def _check_pins(locks: Mapping[str, int], switches: Mapping[str, int]) -> None:
    used: dict[int, str] = {}
    faults = [
        f"compartment {door}: {output_only(pin)}" for door, pin in switches.items() if pin in MCP23017_OUTPUT_ONLY
    ]
    for door, pin in [*locks.items(), *switches.items()]:
        if pin not in PINS:
            faults.append(f"compartment {door}: pin {pin} is not from 0 to 15")
        elif pin in used:
            faults.append(f"compartment {door}: pin {pin} belongs to {used[pin]} already")
        used[pin] = door
    if faults:
        raise SettingsError(faults)
