"""One look at every door, reader and camera, for `lockerd check --hardware`. Nothing is unlocked."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import hardware
from hardware.options import CameraReaderOptions, Gm65ReaderOptions
from hardware.readers import gm65
from hardware.readers.serial_scanner import wire
from locker.core.model import Seen
from locker.errors import HardwareFault

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from hardware.options import BankOptions, CameraOptions, ReaderOptions, SensorOptions
    from locker.options import CompartmentOptions


async def doors_seen(
    banks: Sequence[BankOptions], compartments: Sequence[CompartmentOptions]
) -> tuple[dict[str, Seen], list[str]]:
    """Look once at every door; give what is seen, and one line a fault that names the door.

    Banks are looked at one after another, because they may share a wire. Raises SettingsError.
    """
    seen: dict[str, Seen] = {}
    faults: list[str] = []
    for options in banks:
        doors = [door for door in compartments if door.bank == options.name]
        if not doors:
            continue
        try:
            async with hardware.open_bank(options, doors, _nobody) as bank:
                found = await bank.survey()
        except HardwareFault as fault:
            found = {door.id: Seen.UNSEEN for door in doors}
            faults.append(f"bank {options.name}: {fault}")
        seen.update(found)
        faults += [
            f"door {door}: its switch cannot be read. Check the cable and power of bank {options.name}."
            for door, state in found.items()
            if state is Seen.UNSEEN
        ]
    return seen, faults


async def reader_faults(readers: Sequence[ReaderOptions]) -> AsyncIterator[str]:
    """One line for every reader whose port cannot be opened, or that does not answer where it can."""
    for number, options in enumerate(readers):
        if isinstance(options, CameraReaderOptions):
            continue
        try:
            answers = await _reader_answers(options)
        except OSError as failed:
            yield f"reader[{number}]: {failed}. Check its cable and the name of its port."
        else:
            if not answers:
                yield f"reader[{number}]: nothing at {options.port} answers like a GM65. Check its power and baud."


async def sensor_faults(sensors: Sequence[SensorOptions]) -> AsyncIterator[str]:
    """One line for every thermometer that cannot be read."""
    for number, options in enumerate(sensors):
        try:
            await hardware.open_sensor(options).celsius()
        except HardwareFault as fault:
            yield f"sensor[{number}]: {fault}"


async def camera_faults(options: CameraOptions) -> AsyncIterator[str]:
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


async def other_faults(
    readers: Sequence[ReaderOptions], sensors: Sequence[SensorOptions], camera: CameraOptions
) -> list[str]:
    """What one look finds wrong beside the doors, one line a fault; empty when all is well."""
    faults = [fault async for fault in reader_faults(readers)]
    faults += [fault async for fault in sensor_faults(sensors)]
    faults += [fault async for fault in camera_faults(camera)]
    return faults


async def _reader_answers(options: ReaderOptions) -> bool:
    assert not isinstance(options, CameraReaderOptions)
    if not isinstance(options, Gm65ReaderOptions):
        with wire(options.port, options.baud):
            return True
    for baud in dict.fromkeys((options.baud, *gm65.BAUDS)):
        with wire(options.port, baud) as opened:
            if await gm65.ask(opened, gm65.read_zone(gm65.VERSION_ZONE)) is not None:
                return True
    return False


def _nobody(_: Mapping[str, Seen]) -> None:
    """Reports go nowhere: the survey says it all."""
