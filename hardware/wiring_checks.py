"""Checks across the tables of the site file: whether banks, doors and sensors fit together."""

from __future__ import annotations

import os.path
from collections import Counter
from typing import TYPE_CHECKING

from hardware.options import (
    MCP23017_OUTPUT_ONLY,
    CameraReaderOptions,
    GpioBankOptions,
    KerongBankOptions,
    Mcp23017BankOptions,
    PinBankOptions,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hardware.options import BankOptions, ReaderOptions, SensorOptions, SerialBoardOptions
    from locker.options import CompartmentOptions


def wiring_faults(banks: Sequence[BankOptions], doors: Sequence[CompartmentOptions]) -> Iterator[str]:
    """One line a fault, each naming its key by path, as `compartment[3].lock`."""
    yield from _bank_faults(banks)
    yield from _door_faults(banks, doors)


def sensor_faults(sensors: Sequence[SensorOptions], doors: Sequence[CompartmentOptions]) -> Iterator[str]:
    """The same for thermometers."""
    names = Counter(sensor.name for sensor in sensors)
    for number, sensor in enumerate(sensors):
        if names[sensor.name] > 1:
            yield f"sensor[{number}].name: '{sensor.name}' stands more than once"
        if not any(door.bank == sensor.bank and "cold" in door.features for door in doors):
            yield f"sensor[{number}].bank: bank '{sensor.bank}' has no compartment with the feature cold"


def reader_faults(
    readers: Sequence[ReaderOptions], banks: Sequence[BankOptions], device: Callable[[str], str] = os.path.normpath
) -> Iterator[str]:
    """The same for scanners: a serial line has one owner. `device` says which device the name of a port stands for."""
    owners = {
        device(bank.port): f"bank[{number}].port"
        for number, bank in enumerate(banks)
        if not isinstance(bank, PinBankOptions)
    }
    for number, reader in enumerate(readers):
        if isinstance(reader, CameraReaderOptions):
            continue
        at = f"reader[{number}].port"
        owner = owners.setdefault(device(reader.port), at)
        if owner != at:
            yield f"{at}: {reader.port} belongs to {owner} already; give the scanner a line of its own"


def _bank_faults(banks: Sequence[BankOptions]) -> Iterator[str]:
    names = Counter(bank.name for bank in banks)
    bauds: dict[str, int] = {}
    addresses: set[tuple[str, int]] = set()
    for number, bank in enumerate(banks):
        if names[bank.name] > 1:
            yield f"bank[{number}].name: '{bank.name}' stands more than once"
        if isinstance(bank, GpioBankOptions):
            continue
        wire = f"i2c-{bank.bus}" if isinstance(bank, Mcp23017BankOptions) else bank.port
        if (wire, bank.address) in addresses:
            yield f"bank[{number}].address: {bank.address} is taken on this wire"
        addresses.add((wire, bank.address))
        if not isinstance(bank, Mcp23017BankOptions) and bauds.setdefault(wire, bank.baud) != bank.baud:
            yield f"bank[{number}].baud: another bank on {wire} has {bauds[wire]}"


def _door_faults(bank_options: Sequence[BankOptions], doors: Sequence[CompartmentOptions]) -> Iterator[str]:
    banks = {bank.name: bank for bank in bank_options}
    ids = Counter(door.id for door in doors)
    wires: dict[tuple[str, int], str] = {}
    for number, door in enumerate(doors):
        at = f"compartment[{number}]"
        if ids[door.id] > 1:
            yield f"{at}.id: '{door.id}' stands more than once"
        if door.top_mm < door.bottom_mm:
            yield f"{at}.top_mm: {door.top_mm} is below bottom_mm"
        bank = banks.get(door.bank)
        if bank is None:
            yield f"{at}.bank: there is no bank '{door.bank}'"
            continue
        on_pins = isinstance(bank, PinBankOptions)
        for key, value, wanted in (
            ("lock", door.lock, on_pins),
            ("switch", door.switch, on_pins),
            ("channel", door.channel, not on_pins),
        ):
            if wanted != (value is not None):
                yield f"{at}.{key}: {'is missing' if wanted else 'is not for'}{f' bank kind {bank.kind}'}"
            elif value is not None:
                yield from _terminal_faults(f"{at}.{key}", value, bank, wires)


def _terminal_faults(
    key: str, value: int, bank: PinBankOptions | SerialBoardOptions, wires: dict[tuple[str, int], str]
) -> Iterator[str]:
    """What is wrong with one pin or channel; `wires` remembers which key has it."""
    if value > (highest := _highest_number(bank)):
        yield f"{key}: {value} is more than {highest}, the last of bank '{bank.name}'"
        return
    if isinstance(bank, Mcp23017BankOptions) and key.endswith(".switch") and value in MCP23017_OUTPUT_ONLY:
        yield f"{key}: {output_only(value)}"
    owner = wires.setdefault((bank.name if bank.kind != "gpio" else "gpio", value), key)
    if owner != key:
        yield f"{key}: {value} is taken by {owner}"


def output_only(pin: int) -> str:
    """Why this pin of an MCP23017 can be no switch, and what to do (docs/protocols.md 3.2)."""
    return (
        f"pin {pin} of an MCP23017 ({MCP23017_OUTPUT_ONLY[pin]}) is an output only, as an input it disturbs the bus; "
        "put a lock there and the switch on another pin"
    )


def _highest_number(bank: PinBankOptions | SerialBoardOptions) -> int:
    """The highest pin or channel that a door of this bank may name."""
    match bank:
        case GpioBankOptions():
            return 27
        case Mcp23017BankOptions():
            return 15
        case KerongBankOptions():
            return bank.used_channels
        case _:
            return bank.channels
