"""What no single table of the site file can tell: whether banks and doors fit together."""

from __future__ import annotations

from collections import Counter as Tally
from typing import TYPE_CHECKING

from hardware.options import GpioBankOptions, Mcp23017BankOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hardware.options import BankOptions, SensorOptions
    from locker.options import CompartmentOptions


def wiring_faults(banks: Sequence[BankOptions], doors: Sequence[CompartmentOptions]) -> Iterator[str]:
    """One line a fault, each naming its key by path, as `compartment[3].lock`."""
    yield from _bank_faults(banks)
    yield from _door_faults(banks, doors)


def sensor_faults(sensors: Sequence[SensorOptions], doors: Sequence[CompartmentOptions]) -> Iterator[str]:
    """The same for thermometers."""
    names = Tally(sensor.name for sensor in sensors)
    for number, sensor in enumerate(sensors):
        if names[sensor.name] > 1:
            yield f"sensor[{number}].name: '{sensor.name}' stands more than once"
        if not any(door.bank == sensor.bank and "cold" in door.features for door in doors):
            yield f"sensor[{number}].bank: bank '{sensor.bank}' has no compartment with the feature cold"


def _bank_faults(banks: Sequence[BankOptions]) -> Iterator[str]:
    names = Tally(bank.name for bank in banks)
    bauds: dict[str, int] = {}
    places: set[tuple[str, int]] = set()
    for number, bank in enumerate(banks):
        if names[bank.name] > 1:
            yield f"bank[{number}].name: '{bank.name}' stands more than once"
        if isinstance(bank, GpioBankOptions):
            continue
        wire = f"i2c-{bank.bus}" if isinstance(bank, Mcp23017BankOptions) else bank.port
        if (wire, bank.address) in places:
            yield f"bank[{number}].address: {bank.address} is taken on this wire"
        places.add((wire, bank.address))
        if not isinstance(bank, Mcp23017BankOptions) and bauds.setdefault(wire, bank.baud) != bank.baud:
            yield f"bank[{number}].baud: another bank on {wire} has {bauds[wire]}"


def _door_faults(every: Sequence[BankOptions], doors: Sequence[CompartmentOptions]) -> Iterator[str]:
    banks = {bank.name: bank for bank in every}
    ids = Tally(door.id for door in doors)
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
        pinned = isinstance(bank, GpioBankOptions | Mcp23017BankOptions)
        most = 27 if isinstance(bank, GpioBankOptions) else 15 if pinned else _channels(bank)
        for key, value, wanted in (
            ("lock", door.lock, pinned),
            ("switch", door.switch, pinned),
            ("channel", door.channel, not pinned),
        ):
            if wanted != (value is not None):
                yield f"{at}.{key}: {'is missing' if wanted else 'is not for'}{f' bank kind {bank.kind}'}"
            elif value is not None and value > most:
                yield f"{at}.{key}: {value} is more than {most}, the last of bank '{bank.name}'"
            elif value is not None:
                wire = (bank.name if bank.kind != "gpio" else "gpio", value)
                if wires.setdefault(wire, f"{at}.{key}") != f"{at}.{key}":
                    yield f"{at}.{key}: {value} is taken by {wires[wire]}"


def _channels(bank: BankOptions) -> int:
    return getattr(bank, "channels", None) or (16 if bank.kind == "kerong-cu16" else 48)
