"""The far ends of a site file's wires: pins, expanders and boards, each where its driver will look for it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import smbus2
from gpiozero.devices import Device

from simulator.wires.boards import Board, Cb8aBoard, Cu16Board, Cu48Board, ModbusBoard
from simulator.wires.i2c import ChipAddress, Expander, smbus_class
from simulator.wires.pins import PinWiring, WorldPins
from simulator.wires.serial_bus import BusBoard, DoorTerminals, SerialBus

if TYPE_CHECKING:
    from contextlib import ExitStack

    from lockerd import Settings
    from simulator.world.world import World
    from simulator.world.world_time import WorldPace


def connect_banks(settings: Settings, world: World, pace: WorldPace, stack: ExitStack) -> list[SerialBus]:
    """Put the far end of every bank in its place, until the stack unwinds; the serial buses. Raises CableRefused."""
    stack.callback(setattr, Device, "pin_factory", Device.pin_factory)
    Device.pin_factory = WorldPins(world, pin_wirings(settings, "gpio"))
    chips = {
        ChipAddress(bank.bus, bank.address): Expander(world, bank.name, pin_wirings(settings, "mcp23017", bank.name))
        for bank in settings.bank
        if bank.kind == "mcp23017"
    }
    if chips:
        stack.callback(setattr, smbus2, "SMBus", smbus2.SMBus)
        setattr(smbus2, "SMBus", smbus_class(chips))  # noqa: B010  the driver looks the name up when it opens the bus
    boards_by_port: dict[str, list[BusBoard]] = defaultdict(list)
    for bank in settings.bank:
        if bank.kind != "gpio" and bank.kind != "mcp23017":  # noqa: PLR1714  types are narrowed by this form only
            boards_by_port[bank.port].append(BusBoard(bank.name, _board(settings, world, bank)))
    buses = []
    for port, boards in boards_by_port.items():
        bus = SerialBus(Path(port), world, pace, boards)
        stack.callback(bus.close)
        buses.append(bus)
    return buses


def pin_wirings(settings: Settings, kind: str, name: str | None = None) -> list[PinWiring]:
    """The two wires of every door on pins of banks of this kind, or of the bank of this name."""
    banks: dict[str, Any] = {
        bank.name: bank for bank in settings.bank if bank.kind == kind and name in {None, bank.name}
    }
    return [
        PinWiring(
            door.id,
            door.lock,
            door.switch,
            lock_high=banks[door.bank].lock_active == "high",
            shut_high=banks[door.bank].switch_shut == "high",
        )
        for door in settings.compartment
        if door.bank in banks and door.lock is not None and door.switch is not None
    ]


def _board(settings: Settings, world: World, bank: Any) -> Board:
    doors = {
        door.channel: door.id for door in settings.compartment if door.bank == bank.name and door.channel is not None
    }
    terminals = DoorTerminals(world, doors)
    match bank.kind:
        case "cb8a":
            low_first = bank.byte_order == "low-first"
            return Cb8aBoard(terminals, bank.address, bank.channels, bank.shut_bit, low_first=low_first)
        case "kerong-cu16":
            return Cu16Board(terminals, bank.address, 16, bank.shut_bit)
        case "kerong-cu48":
            return Cu48Board(terminals, bank.address, 48, bank.shut_bit)
        case "modbus":
            return ModbusBoard(terminals, bank.address, bank.channels, bank.shut_bit)
        case other:
            raise ValueError(f"bank {bank.name}: no board of kind {other} is known")
