"""What was answered so far, kept beside the site file, so that whoever is interrupted goes on with Enter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from locker.durable_files import sync_folder, write_file
from lockerd.setup.folder_owner import as_who_called

if TYPE_CHECKING:
    from pathlib import Path


class Answers:
    """Answers by name, each on the disk before the next question. No secret is kept here. Raises OSError."""

    def __init__(self, site_file: Path) -> None:
        self.path = site_file.with_name(f"{site_file.name}.answers")
        self._kept: dict[str, Any] = {}
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return
        if isinstance(found, dict):
            self._kept = found

    def __bool__(self) -> bool:
        """True when something was answered before."""
        return bool(self._kept)

    def get(self, name: str, otherwise: Any = None) -> Any:
        """The answer, or `otherwise` without one."""
        return self._kept.get(name, otherwise)

    def keep(self, name: str, value: Any) -> Any:
        """Keep an answer, and give it back."""
        if self._kept.get(name) != value or name not in self._kept:
            self._kept[name] = value
            with as_who_called():  # they lie beside the site file, and a walk is made as the owner of the data
                write_file(self.path, json.dumps(self._kept, ensure_ascii=False, indent=1).encode())
        return value

    def forget(self) -> None:
        """The work is done."""
        self._kept = {}
        self.path.unlink(missing_ok=True)
        sync_folder(self.path.parent)
