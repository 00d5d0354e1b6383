"""Whether the whole database is sound: looked into beside the daemon, and before it only where that found a fault.

The look reads every page, a second for each hundred megabytes, so neither READY nor a door waits for it. It is made
at every start, after a clean end as well: a power cut is how a cabinet ends every other run and says nothing about the
disk, which the log makes good anyway; a card that rots does so under a clean end too. What a start itself needs it
reads before READY and meets the fault there.

Whoever finds a fault ends the process and leaves a mark in the folder. A start that sees the mark looks first and
refuses: it would otherwise open doors on a damaged database for as long as the look takes, again and again. A mark
goes when a look finds nothing, so a restored database, or a disk that read badly once, needs no other help.
"""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

from locker.durable_files import write_file

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

MARK = "damaged"
SOUND = "ok"


def verdict(connection: sqlite3.Connection) -> str:
    """SOUND, or the first thing that is wrong. Raises sqlite3.Error where that cannot be read."""
    return " ".join(str(connection.execute("pragma quick_check(1)").fetchone()[0]).split())


def verdict_beside(connection: sqlite3.Connection) -> str:
    """Do as `verdict` does, in a thread of its own that gives way to all others."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
    return verdict(connection)


def suspected(folder: Path) -> bool:
    """True when a fault was found and no look has found the database sound since."""
    return (folder / MARK).exists()


def suspect(folder: Path, fault: str) -> None:
    """Leave the mark; a disk that takes none is refused by what it takes no longer, not by a mark."""
    with contextlib.suppress(OSError):
        write_file(folder / MARK, f"{fault}\n".encode())


def trust(folder: Path) -> None:
    """Take the mark away."""
    with contextlib.suppress(OSError):
        (folder / MARK).unlink(missing_ok=True)
