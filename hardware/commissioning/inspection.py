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
from hardware.commissioning.door_walk import walk
from hardware.commissioning.self_check import doors_seen, other_faults
from locker.errors import HardwareFault, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hardware.options import BankOptions, CameraOptions, ReaderOptions, SensorOptions
    from locker.options import CompartmentOptions, StorageOptions


class Cabinet(Protocol):
    """What of a site file is asked here."""

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


def inspect(cabinet: Cabinet, *, everywhere: bool, walked: bool) -> int:
    """Look once at everything, or walk from door to door; 0 when all is well.

    `everywhere`: ask every address of the serial lines, not only those of the file. Raises SettingsError with
    one line a fault, and when a daemon of this folder runs: two must not share a wire.
    """
    with _alone(cabinet.storage.data), _quietly():
        try:
            faults = asyncio.run(_walk(cabinet) if walked else _look(cabinet, everywhere=everywhere))
        except KeyboardInterrupt:
            faults = ["the check was ended before it was through"]
    if faults:
        raise SettingsError(faults)
    return 0


async def _look(cabinet: Cabinet, *, everywhere: bool) -> list[str]:
    try:
        async for found in scan(cabinet.bank, everywhere=everywhere):
            _say(found.line())
    except LineDown as down:
        # The doors behind this port say the same below, each by its name.
        _say(f"The bus scan ended: {down}")
    seen, faults = await doors_seen(cabinet.bank, cabinet.compartment)
    for door, state in seen.items():
        _say(f"door {door}: {state.value}")
    return [*faults, *await other_faults(cabinet.reader, cabinet.sensor, cabinet.camera)]


async def _walk(cabinet: Cabinet) -> list[str]:
    person = TerminalPerson()
    try:
        found = await walk(cabinet.bank, cabinet.compartment, _say, person.enter)
    except HardwareFault as fault:
        return [str(fault)]
    finally:
        person.leave()
    lines = list(found.toml())
    if not lines and not found.faults:
        _say(
            "Every switch is where the file says. Now open each door once from the staff panel: that proves the locks."
        )
    if lines:
        _say("\nChange these lines of the file, then walk again:\n")
        for line in lines:
            _say(line)
    changes = [f"{change.table} {change.name}: {change.key} must be {change.value}" for change in found.changes]
    return [*found.faults, *changes]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
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
def _quietly() -> Iterator[None]:
    """Each fault is one line of ours; what drivers log beside it would say it twice."""
    drivers = logging.getLogger("hardware")
    level = drivers.level
    drivers.setLevel(logging.ERROR)
    try:
        yield
    finally:
        drivers.setLevel(level)


class TerminalPerson:
    """Who presses Enter at the terminal."""

    def __init__(self) -> None:
        self._pressed = asyncio.Event()
        self._gone = False
        try:
            asyncio.get_running_loop().add_reader(sys.stdin, self._read)
        except OSError as no_terminal:
            raise SettingsError(["--walk: needs a terminal, somebody must press Enter"]) from no_terminal

    async def enter(self) -> None:
        """Return when a line is finished after this call. Raises SettingsError when nobody is left."""
        self._pressed.clear()
        if not self._gone:
            await self._pressed.wait()
        if self._gone:
            raise SettingsError(["--walk: the terminal was closed"])

    def leave(self) -> None:
        """Stop listening."""
        asyncio.get_running_loop().remove_reader(sys.stdin)

    def _read(self) -> None:
        if not sys.stdin.readline():
            self._gone = True
            self.leave()
        self._pressed.set()


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  what the command line says
