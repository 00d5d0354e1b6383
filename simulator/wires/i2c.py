"""An I2C bus of the world with MCP23017 expanders on it, behind the calls of smbus2 (docs/protocols.md 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.world.world import WireFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from simulator.wires.pins import PinWiring
    from simulator.world.world import World

IODIR, GPPU, GPIO, OLAT = 0x00, 0x0C, 0x12, 0x14
REGISTERS = 0x16
POWER_ON_REGISTERS = [0xFF, 0xFF, *[0] * (REGISTERS - 2)]


@dataclass(frozen=True, slots=True)
class ChipAddress:
    """The bus and the address of a chip."""

    bus: int
    address: int


class Expander:
    """One chip: sixteen pins, all inputs after power-on, a lock or a switch of the world on each."""

    def __init__(self, world: World, bank: str, wirings: Iterable[PinWiring]) -> None:
        self._world = world
        self._bank = bank
        self._wirings = tuple(wirings)
        self._registers = list(POWER_ON_REGISTERS)

    def write(self, register: int, data: list[int]) -> None:
        """Write consecutive registers. Raises OSError while unplugged."""
        self._require_plugged()
        for offset, byte in enumerate(data):
            place = (register + offset) % REGISTERS
            # Writing a port writes its latch.
            self._registers[OLAT + place - GPIO if place in {GPIO, GPIO + 1} else place] = byte & 0xFF
        self._drive()

    def read(self, register: int, length: int) -> list[int]:
        """Read consecutive registers. Raises OSError while unplugged."""
        self._require_plugged()
        places = [(register + offset) % REGISTERS for offset in range(length)]
        return [self._port(place - GPIO) if place in {GPIO, GPIO + 1} else self._registers[place] for place in places]

    def _require_plugged(self) -> None:
        if WireFault.UNPLUGGED in self._world.banks[self._bank].faults:
            # What the kernel says when no chip acknowledges its address.
            raise OSError(121, "Remote I/O error")

    def _pair(self, register: int) -> int:
        return self._registers[register] | self._registers[register + 1] << 8

    def _port(self, port: int) -> int:
        levels = self._pair(OLAT) & ~self._pair(IODIR)
        for wiring in self._wirings:
            if self._pair(IODIR) >> wiring.switch & 1 and self._input_level(wiring):
                levels |= 1 << wiring.switch
        return levels >> 8 * port & 0xFF

    def _input_level(self, wiring: PinWiring) -> bool:
        if self._world.doors[wiring.door].contact:
            return wiring.shut_high
        if wiring.shut_high:
            # The chip can only pull up; the resistor outside pulls an open contact down.
            return False
        # Without its pull-up an input wanders; the worst that it can say is that an open door is shut.
        return bool(self._pair(GPPU) >> wiring.switch & 1)

    def _drive(self) -> None:
        for wiring in self._wirings:
            output = not self._pair(IODIR) >> wiring.lock & 1
            high = bool(self._pair(OLAT) >> wiring.lock & 1)
            if output and high is wiring.lock_high:
                self._world.energise(wiring.door)
            else:
                self._world.de_energise(wiring.door)


def smbus_class(chips: Mapping[ChipAddress, Expander]) -> Callable[..., Any]:
    """A stand-in for `smbus2.SMBus` on whose buses these chips are."""
    buses = {place.bus for place in chips}

    class Bus:
        """One open bus."""

        def __init__(self, bus: int | str | None = None, force: bool = False) -> None:
            if bus not in buses:
                raise FileNotFoundError(2, "No such file or directory", f"/dev/i2c-{bus}")
            self._bus = int(bus)
            self.force = force

        def write_i2c_block_data(
            self, i2c_addr: int, register: int, data: list[int], force: bool | None = None
        ) -> None:
            """Write to consecutive registers of a chip."""
            del force
            self._chip(i2c_addr).write(register, list(data))

        def read_i2c_block_data(
            self, i2c_addr: int, register: int, length: int, force: bool | None = None
        ) -> list[int]:
            """Read consecutive registers of a chip."""
            del force
            return self._chip(i2c_addr).read(register, length)

        def read_byte_data(self, i2c_addr: int, register: int, force: bool | None = None) -> int:
            """Read one register of a chip."""
            return self.read_i2c_block_data(i2c_addr, register, 1, force)[0]

        def close(self) -> None:
            """Let the bus go."""

        def _chip(self, address: int) -> Expander:
            chip = chips.get(ChipAddress(self._bus, address))
            if chip is None:
                raise OSError(121, "Remote I/O error")
            return chip

    return Bus
