"""Locks and switches on an MCP23017 behind I2C, through smbus2: its registers are few and no kernel overlay is needed.

Register numbers are those of bank mode 0, which the chip has after power-on (docs/protocols.md 3.2). The chip has
pull-ups only: with `switch_shut = "high"` the pull-down that makes a cut wire read open is a resistor outside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.banks.i2c_bus import I2cBus
from hardware.banks.pulsed_locks import PulsedLockBank
from hardware.banks.switch_poller import PollingPace
from hardware.options import MCP23017_OUTPUT_ONLY
from hardware.wiring_checks import output_only
from locker.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hardware.banks.door_switches import SwitchReport
    from hardware.options import Mcp23017BankOptions
    from hardware.wire_thread import WireThread
    from locker.options import CompartmentOptions

IODIR, GPPU, GPIO, OLAT = 0x00, 0x0C, 0x12, 0x14
"""Pairs of registers, port A then port B. In IODIR a one is an input."""

PINS = range(16)
PACE = PollingPace(idle=0.1, busy=0.03)


class Mcp23017:
    """The registers of one chip, 16 bits at a time. Methods raise OSError; they are for the thread of the bus."""

    def __init__(self, bus: I2cBus, address: int, outputs: int, idle: int, pull_ups: int) -> None:
        self._bus = bus
        self._address = address
        self._inputs = ~outputs & 0xFFFF
        self._idle = idle
        self._levels = idle
        self._pull_ups = pull_ups
        self._is_set_up = False

    def set_up(self) -> None:
        """Set the chip up: levels before directions, so that a lock pin is idle from its first moment as output."""
        self._is_set_up = False
        self._levels = self._idle
        self._bus.write_pair(self._address, OLAT, self._idle)
        self._bus.write_pair(self._address, GPPU, self._pull_ups)
        self._bus.write_pair(self._address, IODIR, self._inputs)
        self._is_set_up = True

    def set(self, pin: int, *, high: bool) -> None:
        """Drive one output. Rest before the chip was reached needs nothing: it is set up at rest."""
        levels = self._levels | 1 << pin if high else self._levels & ~(1 << pin)
        if not self._is_set_up:
            if high is bool(self._idle >> pin & 1):
                return
            raise OSError("the chip has not been reached yet")
        self._write_levels(levels)

    def rest(self) -> None:
        """Drive every output to its idle level, in one transfer."""
        if self._is_set_up:
            self._write_levels(self._idle)

    def read(self) -> int:
        """Read every pin. A chip that lost its set-up by a brown-out is set up anew and this reading is an OSError."""
        if not self._is_set_up:
            self.set_up()
        if self._bus.read_pair(self._address, IODIR) != self._inputs:
            self.set_up()
            raise OSError("the chip had lost its set-up and has it again")
        return self._bus.read_pair(self._address, GPIO)

    def _write_levels(self, levels: int) -> None:
        self._bus.write_pair(self._address, OLAT, levels)
        self._levels = levels


class Mcp23017Bank(PulsedLockBank):
    """A bank of up to eight doors on one MCP23017: pins 0 to 7 are GPA, 8 to 15 are GPB."""

    _options: Mcp23017BankOptions

    def __init__(self, options: Mcp23017BankOptions, doors: Sequence[CompartmentOptions], report: SwitchReport) -> None:
        super().__init__(options, doors, report, PACE)
        self._lock_pins = {pins.door: pins.lock for pins in self._door_pins}
        self._switch_pins = {pins.door: pins.switch for pins in self._door_pins}
        _check_pins(self._lock_pins, self._switch_pins)

    def _shared_wire(self) -> WireThread:
        self._bus = I2cBus.shared(self._options.bus)
        options, locks = self._options, _mask(self._lock_pins.values())
        unused = _mask(MCP23017_OUTPUT_ONLY) & ~locks
        # A pin that can be an output only is one; at the level of a contact that somebody wired there all the same.
        self._chip = Mcp23017(
            self._bus,
            options.address,
            locks | unused,
            idle=(0 if options.lock_active == "high" else locks) | (unused if options.switch_shut == "high" else 0),
            pull_ups=_mask(self._switch_pins.values()) if options.switch_shut == "low" else 0,
        )
        return self._bus.wire

    def _open(self) -> None:
        # A chip that is not there is set up by the first poll that reaches it.
        self._chip.set_up()

    def _close(self) -> None:
        """The chip keeps its outputs as they are."""

    def _close_wire(self) -> None:
        self._bus.close()

    def _energise(self, door: str, *, on: bool) -> None:
        self._chip.set(self._lock_pins[door], high=on is (self._options.lock_active == "high"))

    def _rest(self) -> None:
        self._chip.rest()

    def _read(self) -> Mapping[str, bool | OSError]:
        try:
            pins = self._chip.read()
        except OSError as failed:
            failed = OSError(f"chip 0x{self._options.address:02x} on bus {self._options.bus}: {failed}")
            return dict.fromkeys(self.doors, failed)
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
