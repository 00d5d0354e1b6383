"""A copy of the database for reading, where SQLite can make no file beside the real one: the disk is full or read-only.

On many a cabinet the folder for temporary files lies on that same disk, so a copy may go to memory as well.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from locker.journal.folder import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator

# The second only while a first start was cut as it turned to the first: without it the database is half a page.
_LOGS = ("-wal", "-journal")

MEMORY = Path("/dev/shm")  # noqa: S108  the folder made in it has a name of its own and is private


def copy_aside(folder: Path) -> tuple[tempfile.TemporaryDirectory[str], Path]:
    """The database with its log, in the first place that has room for it; who is done cleans it up.

    Raises OSError, the one of the first place, when there is none.
    """
    first: OSError | None = None
    for place in _places():
        try:
            return _copy(folder, place)
        except OSError as fault:
            first = first or fault
    raise first or FileNotFoundError("there is no folder for temporary files")


def _places() -> Iterator[Path]:
    with contextlib.suppress(OSError):  # a disk too full for the few bytes by which a folder is tried
        yield Path(tempfile.gettempdir())
    for runtime in filter(None, os.environ.get("RUNTIME_DIRECTORY", "").split(":")):
        yield Path(runtime)
    yield MEMORY


def _copy(folder: Path, place: Path) -> tuple[tempfile.TemporaryDirectory[str], Path]:
    aside = tempfile.TemporaryDirectory(prefix="locker-", dir=place)
    try:
        for name in (DATABASE, *(DATABASE + end for end in _LOGS)):
            if (folder / name).exists():
                shutil.copyfile(folder / name, Path(aside.name) / name)
    except OSError:
        aside.cleanup()
        raise
    return aside, Path(aside.name) / DATABASE
