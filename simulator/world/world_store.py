"""The files of the world: whole files replaced at once, and lists that only grow.

A file is complete or as it was before, however the process dies. While the disk takes nothing the world
goes on from memory: a full disk is what the daemon is tested with, and the cabinet around it goes on.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_DISK_FULL_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


class WorldInUse(Exception):
    """Another process runs this world."""


class WorldStoreBroken(Exception):
    """A file of the world cannot be read; the text names the file and the place."""


class WorldStore:
    """The folder of one world, held by one process."""

    def __init__(self, folder: Path) -> None:
        """Take the folder. Raises WorldInUse."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._mutex = threading.Lock()
        self._unwritten_files: dict[str, str] = {}
        self._unwritten_lines: dict[str, bytes] = {}
        self._lock = _lock_file(folder / "lock")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            self._lock.seek(0)
            holder = self._lock.read().strip() or "unknown"
            self._lock.close()
            raise WorldInUse(f"{folder} is in use by process {holder}") from held
        try:
            os.ftruncate(self._lock.fileno(), 0)
            os.write(self._lock.fileno(), str(os.getpid()).encode())
        except OSError:
            pass  # the lock itself holds without the name

    def load(self, name: str) -> Any:
        """What was stored under the name, None if nothing was. Raises WorldStoreBroken."""
        path = self.folder / f"{name}.json"
        try:
            return json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as broken:
            raise WorldStoreBroken(f"{path}: {broken}") from broken

    def save(self, name: str, value: Any) -> None:
        """Replace what is under the name, whole or not at all; later, while the disk takes nothing."""
        with self._mutex:
            self._unwritten_files[name] = json.dumps(value, ensure_ascii=False, indent=1)
            self._flush()

    def lines(self, name: str) -> list[Any]:
        """Every line that was appended under the name. A last line that was cut off is left out."""
        path = self.folder / f"{name}.jsonl"
        if not path.exists():
            return []
        text = path.read_text("utf-8", errors="replace")
        whole, _, torn = text.rpartition("\n")
        if torn:
            path.write_text(whole + "\n" if whole else "", "utf-8")
        try:
            return [json.loads(line) for line in whole.split("\n") if line]
        except ValueError as broken:
            raise WorldStoreBroken(f"{path}: {broken}") from broken

    def append(self, name: str, line: Any) -> None:
        """Append a line under the name; it is with the kernel when this returns, later while the disk takes nothing."""
        with self._mutex:
            unwritten = self._unwritten_lines.get(name, b"")
            self._unwritten_lines[name] = unwritten + (json.dumps(line, ensure_ascii=False) + "\n").encode()
            self._flush()

    def close(self) -> None:
        """Release the folder."""
        self._lock.close()

    def _flush(self) -> None:
        try:
            for name in list(self._unwritten_files):
                fresh = self.folder / f"{name}.json.new"
                fresh.write_text(self._unwritten_files[name], "utf-8")
                fresh.replace(self.folder / f"{name}.json")
                del self._unwritten_files[name]
            for name in list(self._unwritten_lines):
                self._write_lines(name)
        except OSError as refused:
            if refused.errno not in _DISK_FULL_ERRORS:
                raise

    def _write_lines(self, name: str) -> None:
        handle = os.open(self.folder / f"{name}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            while self._unwritten_lines[name]:
                self._unwritten_lines[name] = self._unwritten_lines[name][
                    os.write(handle, self._unwritten_lines[name]) :
                ]
            del self._unwritten_lines[name]
        finally:
            os.close(handle)


def _lock_file(path: Path) -> IO[str]:
    try:
        return path.open("a+", encoding="ascii")
    except OSError as refused:
        if refused.errno != errno.EROFS:
            raise
        return path.open("r", encoding="ascii")
