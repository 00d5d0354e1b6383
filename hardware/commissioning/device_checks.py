"""One check of every door, reader, sensor and camera, for `lockerd check --hardware`. Nothing is unlocked."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import hardware
from hardware.banks.door_switches import ignore_report
from hardware.banks.pulsed_locks import PulsedLockBank
from hardware.options import CameraReaderOptions, Gm65ReaderOptions
from hardware.readers import gm65
from hardware.readers.serial_scanner import open_port
from locker.core.model import Seen
from locker.errors import HardwareFault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from hardware.options import BankOptions, CameraOptions, PrinterOptions, ReaderOptions, SensorOptions
    from locker.options import CompartmentOptions


async def check_doors(
    banks: Sequence[BankOptions], compartments: Sequence[CompartmentOptions]
) -> tuple[dict[str, Seen], list[str]]:
    """Read every door's switch once; give what is seen, and one line a fault that names the door.

    Banks are read one after another, because they may share a wire. Raises SettingsError.
    """
    seen: dict[str, Seen] = {}
    faults: list[str] = []
    for options in banks:
        doors = [door for door in compartments if door.bank == options.name]
        if not doors:
            continue
        try:
            async with hardware.open_bank(options, doors, ignore_report) as bank:
                found = await bank.survey()
                why = bank.unread if isinstance(bank, PulsedLockBank) else {}
        except HardwareFault as fault:
            found, why = {door.id: Seen.UNSEEN for door in doors}, {}
            faults.append(f"bank {options.name}: {fault}")
        seen.update(found)
        faults += [
            _unseen(door, options.name, why.get(door, "")) for door, state in found.items() if state is Seen.UNSEEN
        ]
    return seen, faults


def _unseen(door: str, bank: str, why: str) -> str:
    """`why` is what the wire said; of a pin that is taken it is a sentence that says what to do."""
    if why.endswith("."):
        return f"door {door}: its switch cannot be read. {why}"
    return f"door {door}: its switch cannot be read{why and f' ({why})'}. Check the cable and power of bank {bank}."


async def check_readers(readers: Sequence[ReaderOptions]) -> AsyncIterator[str]:
    """One line for every reader whose port cannot be opened, or that does not answer where it can."""
    for number, options in enumerate(readers):
        if isinstance(options, CameraReaderOptions):
            continue
        try:
            responds = await _reader_responds(options)
        except OSError as failed:
            yield f"reader[{number}]: {failed}. Check its cable and the name of its port."
        else:
            if not responds:
                yield f"reader[{number}]: nothing at {options.port} answers like a GM65. Check its power and baud."


async def check_sensors(sensors: Sequence[SensorOptions]) -> AsyncIterator[str]:
    """One line for every thermometer that cannot be read."""
    for number, options in enumerate(sensors):
        try:
            await hardware.open_sensor(options).celsius()
        except HardwareFault as fault:
            yield f"sensor[{number}]: {fault}"


async def check_camera(options: CameraOptions) -> AsyncIterator[str]:
    """One line if there is a camera and it gives no picture."""
    camera = hardware.open_camera(options)
    if camera is None:
        return
    running = asyncio.create_task(camera.run())
    try:
        await camera.still()
    except HardwareFault as fault:
        yield f"camera: {fault}"
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def check_printer(options: PrinterOptions | None) -> AsyncIterator[str]:
    """One line if there is a receipt printer and it would not print. Nothing is printed."""
    printer = hardware.open_printer(options)
    try:
        if printer is not None:
            await printer.check()
    except HardwareFault as fault:
        yield f"printer: {fault}"


async def check_devices(
    readers: Sequence[ReaderOptions],
    sensors: Sequence[SensorOptions],
    camera: CameraOptions,
    printer: PrinterOptions | None = None,
) -> list[str]:
    """What is wrong with readers, sensors, camera and printer, one line a fault; empty when all is well."""
    faults = [fault async for fault in check_readers(readers)]
    faults += [fault async for fault in check_sensors(sensors)]
    faults += [fault async for fault in check_camera(camera)]
    faults += [fault async for fault in check_printer(printer)]
    return faults


async def _reader_responds(options: ReaderOptions) -> bool:
    assert not isinstance(options, CameraReaderOptions)
    if not isinstance(options, Gm65ReaderOptions):
        async with open_port(options.port, options.baud):
            return True
    for baud in dict.fromkeys((options.baud, *gm65.BAUDS)):
        async with open_port(options.port, baud) as port:
            if await gm65.request(port, gm65.read_zone(gm65.VERSION_ZONE)) is not None:
                return True
    return False
