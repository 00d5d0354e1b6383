"""The data folder: one process at a time, private to its owner."""

from __future__ import annotations

import errno
import fcntl
import os
from typing import TYPE_CHECKING, Self

from locker.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

DATABASE = "locker.db"
LOCK = "lock"


class FolderLock:
    """Holds the folder for this process; the kernel lets it go however the process ends.

    Raises SettingsError when another process holds it, and says who.
    """

    def __init__(self, folder: Path, who: str) -> None:
        self._folder = folder
        self._who = who
        self._file = -1

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            if fault.errno != errno.EROFS:
                raise SettingsError([f"storage.data: {self._folder} cannot be used: {fault.strerror}"]) from fault
            return self._read_only(fault)
        self._take()
        self._sign()
        return self

    def _take(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            holder = os.pread(self._file, 200, 0).decode(errors="replace").strip() or "another process"
            os.close(self._file)
            raise SettingsError([f"storage.data: {self._folder} is held by {holder}; end it first"]) from held

    def _read_only(self, fault: OSError) -> Self:
        """On a file system that cannot be written the existing lock file serves as well."""
        try:
            self._file = os.open(self._folder / LOCK, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            raise SettingsError([f"storage.data: {self._folder} cannot be used: {fault.strerror}"]) from fault
        self._take()
        return self

    def _sign(self) -> None:
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{self._who}, process {os.getpid()}\n".encode(), 0)
        except OSError:
            return  # a full disk: the lock itself holds without the name

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)
