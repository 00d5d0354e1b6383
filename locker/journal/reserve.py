"""A file that is worth nothing but its room: deleted when the disk is full, so that the last events still fit."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

NAME = "reserve"
ROOM_BYTES = 2 * 1024 * 1024


def lay_by(folder: Path) -> None:
    """Take the room while there is as much again; without room the daemon goes on all the same.

    On a disk that is all but full it would be taken from the very events that it was given up for.
    """
    path = folder / NAME
    try:
        disk = os.statvfs(folder)
        if path.exists() or disk.f_bavail * disk.f_frsize < 2 * ROOM_BYTES:
            return
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(handle, 0, ROOM_BYTES)
        finally:
            os.close(handle)
    except OSError:
        path.unlink(missing_ok=True)


def spend(folder: Path) -> bool:
    """Give the room back. True when there was some."""
    try:
        (folder / NAME).unlink()
    except OSError:
        return False
    return True
