"""`lockerd check --hardware` in the terminal: what answers, what every switch says, and the commissioning walk."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from hardware.banks.serial_line import LineDown
from hardware.commissioning.bus_scan import scan
from hardware.commissioning.device_checks import check_devices, check_doors
from hardware.commissioning.door_walk import walk
from hardware.pin_owners import kernel_holders, pin_faults
from hardware.wiring_checks import reader_faults
from locker.errors import HardwareFault, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hardware.options import BankOptions, CameraOptions, PrinterOptions, ReaderOptions, SensorOptions
    from locker.options import CompartmentOptions, StorageOptions


class CabinetSettings(Protocol):
    """What is read here of a site file."""

    @property
    def storage(self) -> StorageOptions: ...  # noqa: D102  the table of this name
    @property
    def bank(self) -> Sequence[BankOptions]: ...  # noqa: D102  see above
    @property
    def compartment(self) -> Sequence[CompartmentOptions]: ...  # noqa: D102  see above
    @property
    def reader(self) -> Sequence[ReaderOptions]: ...  # noqa: D102  see above
    @property
    def sensor(self) -> Sequence[SensorOptions]: ...  # noqa: D102  see above
    @property
    def camera(self) -> CameraOptions: ...  # noqa: D102  see above
    @property
    def printer(self) -> PrinterOptions | None: ...  # noqa: D102  see above


def run_check(settings: CabinetSettings, *, everywhere: bool, walk_doors: bool) -> int:
    """Check everything once, or lead the commissioning walk; 0 when all is well.

    `everywhere`: scan every address of the serial lines, not only those of the file. Raises SettingsError with
    one line a fault, and when a daemon of this folder runs: two must not share a wire.
    """
    with _daemon_kept_away(settings.storage.data), _driver_logs_off():
        try:
            faults = asyncio.run(_walk(settings) if walk_doors else _check_once(settings, everywhere=everywhere))
        except KeyboardInterrupt:
            faults = ["the check was ended before it was through"]
    if faults:
        raise SettingsError(faults)
    return 0


async def _check_once(settings: CabinetSettings, *, everywhere: bool) -> list[str]:
    try:
        async for found in scan(settings.bank, everywhere=everywhere):
            _print(found.description())
    except LineDown as down:
        # The doors behind this port are named below, each with the same fault.
        _print(f"The bus scan ended: {down}")
    # Not looked at through the pins themselves: that would take them from who has them.
    taken = list(pin_faults(settings.bank, settings.compartment, kernel_holders()))
    if taken:
        return taken
    seen, faults = await check_doors(settings.bank, settings.compartment)
    for door, state in seen.items():
        _print(f"door {door}: {state.value}")
    # Two names may lead to one device: only this machine knows.
    faults += reader_faults(settings.reader, settings.bank, os.path.realpath)
    return [*faults, *await check_devices(settings.reader, settings.sensor, settings.camera, settings.printer)]


async def _walk(settings: CabinetSettings) -> list[str]:
    prompt = TerminalPrompt()
    try:
        found = await walk(settings.bank, settings.compartment, _print, prompt.wait_for_enter)
    except HardwareFault as fault:
        return [str(fault)]
    finally:
        prompt.close()
    lines = list(found.toml())
    if not lines and not found.faults:
        _print(
            "Every switch is where the file says. Now open each door once from the staff panel: that proves the locks."
        )
    if lines:
        _print("\nChange these lines of the file, then walk again:\n")
        for line in lines:
            _print(line)
    changes = [f"{change.table} {change.name}: {change.key} must be {change.value}" for change in found.changes]
    return [*found.faults, *changes]


@contextmanager
def _daemon_kept_away(folder: Path) -> Iterator[None]:
    """Keep the daemon of this folder away meanwhile. Nothing is made: the folder may belong to another user."""
    try:
        lock = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError as held:
        raise SettingsError([f"storage.data: a daemon runs on {folder} and holds its wires; end it first"]) from held
    else:
        yield
    finally:
        os.close(lock)


@contextmanager
def _driver_logs_off() -> Iterator[None]:
    """Each fault is one line of ours; what drivers log beside it would repeat it."""
    drivers = logging.getLogger("hardware")
    level = drivers.level
    drivers.setLevel(logging.ERROR)
    try:
        yield
    finally:
        drivers.setLevel(level)


class TerminalPrompt:
    """Waits for the person who presses Enter at the terminal."""

    def __init__(self) -> None:
        self._pressed = asyncio.Event()
        self._closed = False
        try:
            asyncio.get_running_loop().add_reader(sys.stdin, self._read)
        except OSError as no_terminal:
            raise SettingsError(["--walk: needs a terminal, somebody must press Enter"]) from no_terminal

    async def wait_for_enter(self) -> None:
        """Return when a line is finished after this call. Raises SettingsError when nobody is left."""
        self._pressed.clear()
        if not self._closed:
            await self._pressed.wait()
        if self._closed:
            raise SettingsError(["--walk: the terminal was closed"])

    def close(self) -> None:
        """Stop listening."""
        asyncio.get_running_loop().remove_reader(sys.stdin)

    def _read(self) -> None:
        if not sys.stdin.readline():
            self._closed = True
            self.close()
        self._pressed.set()


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201  what the command line says
