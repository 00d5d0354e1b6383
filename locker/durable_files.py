"""Files that a power cut leaves whole or not at all.

Two syncs make that true, and neither stands for the other: of the file, before it gets its name, so that
no name ever leads to half of it; of the folder, so that the name itself is still there afterwards.
All of it blocks on the disk and raises OSError.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def synced_file(path: Path, mode: int = 0o600) -> Iterator[BinaryIO]:
    """A new file to write into, with this mode from its first byte; on the disk when the block ends.

    For a file that has no good name yet: its folder is not synced. Raises FileExistsError.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def write_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file that takes the place of an older one."""
    draft = _write_draft(path, content, mode)
    draft.replace(path)
    sync_folder(path.parent)


def write_new_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write a file that never takes the place of another one. Raises FileExistsError.

    A hard link tells "it exists" in the same step that gives the name; a renaming would replace what
    somebody put there meanwhile.
    """
    draft = _write_draft(path, content, mode)
    try:
        path.hardlink_to(draft)
    finally:
        draft.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """What was made, renamed or removed in this folder is so after a power cut too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_draft(path: Path, content: bytes, mode: int) -> Path:
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)  # left by a power cut
    with synced_file(draft, mode) as file:
        file.write(content)
    return draft
