"""A copy of the data folder that codes go on working from, and the way back.

A restored folder does not know what happened after the copy was made: compartments that were
touched later are CHECK, and the codes of their parcels are dead for good.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sqlite3
import tarfile
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sqlite_utils import Database

from locker.durable_files import sync_folder, synced_file
from locker.errors import SettingsError
from locker.journal import integrity
from locker.journal.audit import AuditFault, chain
from locker.journal.folder import DATABASE
from locker.journal.history import events_after

if TYPE_CHECKING:
    from collections.abc import Iterable

KEY = "key"
KNOWN = "backups"
_PARTS = (DATABASE, KEY)
_PIECE = 1 << 20
_NOT_GOOD = (tarfile.TarError, KeyError, AuditFault, sqlite3.Error)
STAGE = "restoring"
PREPARED = "restored"


def backup(folder: Path, destination: Path) -> None:
    """Write one file, mode 0600, whole or not at all, while the daemon may run. Raises SettingsError or OSError."""
    if not (folder / DATABASE).exists():
        raise SettingsError([f"storage.data: {folder} holds no database yet"])
    if destination.exists():
        raise SettingsError([f"{destination}: exists already; a backup replaces nothing"])
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=".backup-") as draft:
        packed = Path(draft) / "packed"
        with synced_file(packed) as file:
            pack(folder, file, Path(draft))
        packed.rename(destination)
    sync_folder(destination.parent)
    with (folder / KNOWN).open("a", encoding="utf-8") as known:
        known.write(f"{destination.resolve()}\n")


def pack(folder: Path, file: IO[bytes], draft: Path) -> None:
    """Write the copy of one moment into `file`, by way of a folder with room for the database. Raises SettingsError."""
    copy = draft / DATABASE
    _copy(folder / DATABASE, copy)
    with tarfile.open(fileobj=file, mode="w|") as tar:
        tar.add(copy, DATABASE)
        tar.add(folder / KEY, KEY)


def newest_good(folder: Path) -> Path | None:
    """The newest backup of this folder that still stands where it was written, and is sound."""
    try:
        known = (folder / KNOWN).read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((Path(line) for line in reversed(known) if _is_good(Path(line), folder)), None)


def _is_good(source: Path, folder: Path) -> bool:
    """Try it where there is room: this disk is the one in doubt, so on that of the backup first."""
    for place in (source.parent, folder, None):
        try:
            with tempfile.TemporaryDirectory(dir=place, prefix=".try-") as aside:
                _unpack_and_verify(source, Path(aside) / "parts")
        except OSError:
            continue
        except _NOT_GOOD:
            return False
        return True
    return False


def _copy(source: Path, copy: Path) -> None:
    """SQLite's own online copy: one consistent moment, whatever is written meanwhile."""
    try:
        before = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
        after = sqlite3.connect(copy)
        before.backup(after)
        after.close()
        before.close()
    except sqlite3.Error as fault:
        raise SettingsError([f"storage.data: the database cannot be copied: {fault}"]) from fault


def unpack(source: Path, stage: Path) -> None:
    """Lay the parts of a backup down in a new folder, durable, and verify that they are sound.

    Raises SettingsError, with nothing left behind.
    """
    try:
        _unpack_and_verify(source, stage)
    except (tarfile.TarError, KeyError) as fault:
        reason = f"is not a backup of this daemon ({fault})"
    except OSError as fault:
        reason = f"cannot be unpacked: {fault.strerror}"
    except (AuditFault, sqlite3.Error) as fault:
        reason = f"is damaged: {fault}"
    else:
        return
    shutil.rmtree(stage, ignore_errors=True)
    raise SettingsError([f"{source}: {reason}"])


def _unpack_and_verify(source: Path, stage: Path) -> None:
    """Piece by piece: a database is larger than the memory of a small board."""
    stage.mkdir(mode=0o700)
    with tarfile.open(source, "r:") as tar:
        for name in _PARTS:
            _lay_down(tar, name, stage)
    sync_folder(stage)
    _verify(stage / DATABASE)


def _lay_down(tar: tarfile.TarFile, name: str, stage: Path) -> None:
    packed = tar.extractfile(name)
    if packed is None:
        raise KeyError(name)
    with synced_file(stage / name) as file:
        shutil.copyfileobj(packed, file, _PIECE)


def _verify(database: Path) -> None:
    """Every page and every event. Raises AuditFault or sqlite3.Error."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as connection:
        if (verdict := integrity.verdict(connection)) != integrity.SOUND:
            raise AuditFault(verdict)
        for _ in chain(Database(connection, execute_plugins=False)):
            pass


def touched_since(stage: Path, replaced: Path) -> set[str] | None:
    """Compartments that later events of the replaced database speak of; None when nothing can be read there."""
    if not replaced.exists():
        return None
    with contextlib.closing(sqlite3.connect(f"file:{stage / DATABASE}?mode=ro&immutable=1", uri=True)) as old:
        last = old.execute("select seq, hash from event order by seq desc limit 1").fetchone() or (0, "")
    try:
        later = Database(sqlite3.connect(f"file:{replaced}?mode=ro", uri=True), execute_plugins=False)
        same = later.execute("select hash from event where seq = ?", (last[0],)).fetchone()
        if last[0] and (same is None or same[0] != last[1]):
            return None
        return set(_touched(later, last[0]))
    except (sqlite3.Error, ValueError):
        return None


def _touched(db: Database, seq: int) -> Iterable[str]:
    while batch := events_after(db, seq, 5000):
        for line in batch:
            body = line.body()
            if "compartment" in body:
                yield str(body["compartment"])
            if line.kind == "Restored":
                yield from body["compartments"]
        seq = batch[-1].seq


def refuse_standing(folder: Path) -> None:
    """Raise SettingsError when something stands in the folder that a restore would replace."""
    if _standing(folder):
        raise SettingsError([f"storage.data: {folder} is not empty; --force replaces it and keeps it beside"])


def _standing(folder: Path) -> list[str]:
    return [name for name in (*_PARTS, f"{DATABASE}-wal", f"{DATABASE}-shm") if (folder / name).exists()]


def put_in_place(stage: Path, folder: Path) -> None:
    """Let the prepared parts take the place of what stands, which is kept as `replaced-N`.

    From the one renaming that says "prepared" on, a power cut is made good by `finish_restore`.
    """
    stage.rename(folder / PREPARED)
    sync_folder(folder)
    finish_restore(folder)


def finish_restore(folder: Path) -> None:
    """Go on with a restore that a power cut stopped; nothing where there is none. Raises OSError.

    The new key is the first to come in, so while it waits all that stands is old.
    """
    prepared = folder / PREPARED
    if not prepared.exists():
        return
    old = prepared / "old"
    if (prepared / KEY).exists():
        old.mkdir(mode=0o700, exist_ok=True)
        for name in _standing(folder):
            (folder / name).rename(old / name)
        sync_folder(old)
        sync_folder(folder)
        (prepared / KEY).rename(folder / KEY)
        sync_folder(folder)
    if (prepared / DATABASE).exists():
        (prepared / DATABASE).rename(folder / DATABASE)
        sync_folder(folder)
    if old.exists() and any(old.iterdir()):
        number = next(n for n in itertools.count(1) if not (folder / f"replaced-{n}").exists())
        old.rename(folder / f"replaced-{number}")
    shutil.rmtree(prepared)
    sync_folder(folder)
