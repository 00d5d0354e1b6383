"""Checks across the tables of the site file: whether banks, doors and sensors fit together."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hardware.options import GpioBankOptions, KerongBankOptions, Mcp23017BankOptions, PinBankOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hardware.options import BankOptions, SensorOptions, SerialBoardOptions
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
        highest = _highest_number(bank)
        for key, value, wanted in (
            ("lock", door.lock, on_pins),
            ("switch", door.switch, on_pins),
            ("channel", door.channel, not on_pins),
        ):
            if wanted != (value is not None):
                yield f"{at}.{key}: {'is missing' if wanted else 'is not for'}{f' bank kind {bank.kind}'}"
            elif value is not None and value > highest:
                yield f"{at}.{key}: {value} is more than {highest}, the last of bank '{bank.name}'"
            elif value is not None:
                wire = (bank.name if bank.kind != "gpio" else "gpio", value)
                if wires.setdefault(wire, f"{at}.{key}") != f"{at}.{key}":
                    yield f"{at}.{key}: {value} is taken by {wires[wire]}"


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
