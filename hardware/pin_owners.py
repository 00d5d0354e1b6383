"""Pins of the header that a wire of the same cabinet needs, or that the kernel of this Pi gave to something else.

The kernel keeps nobody from claiming a pin that I²C, SPI or a serial line lies on: it takes the pin away from them, and
both go wrong at a moment that nobody connects with it. So it is asked here first.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hardware.options import CameraReaderOptions, GpioBankOptions, Mcp23017BankOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hardware.options import BankOptions, ReaderOptions, SensorOptions
    from locker.options import CompartmentOptions

I2C_PINS = {0: (0, 1), 1: (2, 3)}
SERIAL_PINS = (14, 15)
SPI_PINS = {0: (7, 8, 9, 10, 11), 1: (16, 17, 18, 19, 20, 21)}
ONE_WIRE_PIN = 4
HEADER_LINES = frozenset({"/dev/serial0", "/dev/ttyAMA0", "/dev/ttyS0"})
DEBUG_LINE = "ttyAMA10"
"""What serial0 is on a Pi 5: a plug of its own, no pins of the header."""


def own_wires(
    banks: Sequence[BankOptions], readers: Sequence[ReaderOptions], sensors: Sequence[SensorOptions]
) -> dict[int, str]:
    """Pins that wires of the site file need, with the key that needs them."""
    owners: dict[int, str] = {}
    ports = [(f"bank[{at}].port", bank.port) for at, bank in enumerate(banks) if hasattr(bank, "port")]
    ports += [
        (f"reader[{at}].port", reader.port)
        for at, reader in enumerate(readers)
        if not isinstance(reader, CameraReaderOptions)
    ]
    for key, port in ports:
        if port in HEADER_LINES:
            owners |= dict.fromkeys(SERIAL_PINS, f"the serial line {port} of {key}")
    for at, bank in enumerate(banks):
        if isinstance(bank, Mcp23017BankOptions):
            owners |= dict.fromkeys(I2C_PINS.get(bank.bus, ()), f"I²C bus {bank.bus} of bank[{at}]")
    if sensors:
        owners[ONE_WIRE_PIN] = "the thermometers of sensor[0]"
    return owners


def kernel_holders(root: Path = Path("/")) -> dict[int, str]:
    """Pins that the kernel of this machine gave to a bus, with its name and the line of config.txt to take out."""
    holders: dict[int, str] = {}
    if (root / "sys/class/i2c-adapter/i2c-1").exists():
        holders |= dict.fromkeys(I2C_PINS[1], "I²C bus 1 (dtparam=i2c_arm in config.txt)")
    for bus, pins in SPI_PINS.items():
        if (root / f"sys/class/spi_master/spi{bus}").exists():
            holders |= dict.fromkeys(pins, f"SPI bus {bus} (dtparam=spi or dtoverlay=spi{bus} in config.txt)")
    serial = root / "dev/serial0"
    if serial.is_symlink() and serial.readlink().name != DEBUG_LINE:
        holders |= dict.fromkeys(SERIAL_PINS, f"the serial line {serial.readlink().name} (enable_uart in config.txt)")
    for wire in sorted((root / "proc/device-tree").glob("onewire*/gpios")):
        pin = int.from_bytes(wire.read_bytes()[4:8], "big")
        holders[pin] = "the 1-wire bus (dtoverlay=w1-gpio in config.txt)"
    return holders


def pin_faults(
    banks: Sequence[BankOptions], doors: Sequence[CompartmentOptions], owners: Mapping[int, str]
) -> Iterator[str]:
    """One line for every lock or switch on a pin of the header that has another owner."""
    on_header = {bank.name for bank in banks if isinstance(bank, GpioBankOptions)}
    for number, door in enumerate(doors):
        if door.bank not in on_header:
            continue
        for key, pin in (("lock", door.lock), ("switch", door.switch)):
            if pin is not None and pin in owners:
                yield f"compartment[{number}].{key}: pin {pin} belongs to {owners[pin]}; take another pin"
