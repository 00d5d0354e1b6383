"""Where the world is kept: whole files replaced at once, and lists that only grow.

A file is complete or as it was before, however the process dies.
"""

from __future__ import annotations

import fcntl
import json
import os
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


class WorldInUse(Exception):
    """Another process plays this world."""


class BrokenShelf(Exception):
    """A file of the world cannot be read; the text names the file and the place."""


class Shelf:
    """The folder of one world, held by one process."""

    def __init__(self, folder: Path) -> None:
        """Take the folder. Raises WorldInUse."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._lock = (folder / "lock").open("a+", encoding="ascii")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as held:
            self._lock.seek(0)
            holder = self._lock.read().strip() or "unknown"
            self._lock.close()
            raise WorldInUse(f"{folder} is in use by process {holder}") from held
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()
        self._lists: dict[str, IO[str]] = {}

    def load(self, name: str) -> Any:
        """What was stored under the name, None if nothing was. Raises BrokenShelf."""
        path = self.folder / f"{name}.json"
        try:
            return json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            return None
        except ValueError as broken:
            raise BrokenShelf(f"{path}: {broken}") from broken

    def store(self, name: str, value: Any) -> None:
        """Replace what is under the name, whole or not at all."""
        fresh = self.folder / f"{name}.json.new"
        fresh.write_text(json.dumps(value, ensure_ascii=False, indent=1), "utf-8")
        fresh.replace(self.folder / f"{name}.json")

    def lines(self, name: str) -> list[Any]:
        """Every line that was added under the name. A last line that was cut off is left out."""
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
            raise BrokenShelf(f"{path}: {broken}") from broken

    def add(self, name: str, line: Any) -> None:
        """Add a line under the name; it is with the kernel when this returns."""
        if name not in self._lists:
            self._lists[name] = (self.folder / f"{name}.jsonl").open("a", encoding="utf-8")
        self._lists[name].write(json.dumps(line, ensure_ascii=False) + "\n")
        self._lists[name].flush()

    def close(self) -> None:
        """Let the folder go."""
        for one in self._lists.values():
            one.close()
        self._lists.clear()
        self._lock.close()
