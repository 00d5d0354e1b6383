"""The part of the proof that is about pictures: each that an event names has its row and, if it is kept, its file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from locker.journal.store import read_only

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlite_utils import Database


def picture_faults(db: Database, folder: Path, restored: int) -> Iterator[str]:
    """What does not fit, each as `table snapshot EVENT: …`.

    A backup holds no pictures, so those of before the last `Restored` (its number, 0 for none) may be gone. The rows
    are of one moment and the files are not: a file that made room for newer ones meanwhile is gone by right.
    """
    sql = """select e.seq, json_extract(e.data, '$.of'), json_extract(e.data, '$.cause'),
             json_extract(e.data, '$.sha256'), s.sha256, s.day, s.removed from event e left join snapshot s
             on s.of = json_extract(e.data, '$.of') and s.cause = json_extract(e.data, '$.cause')
             where e.kind = 'SnapshotTaken' order by e.seq"""
    for seq, of, cause, expected, stands, day, removed in db.execute(sql):
        if stands != expected:
            yield f"table snapshot {of}: the picture of {cause} is not the one that the events tell"
        elif not removed:
            file = folder / "snapshots" / day / f"{expected}.jpg"
            try:
                picture = file.read_bytes()
            except OSError:
                if seq > restored and not _removed_by_now(folder, of, cause):
                    yield f"table snapshot {of}: the picture of {cause} is gone"
            else:
                if hashlib.sha256(picture).hexdigest() != expected:
                    yield f"table snapshot {of}: the picture of {cause} was changed"


def _removed_by_now(folder: Path, of: int, cause: str) -> bool:
    """Look at the row again, as it stands now: it is marked before its file is deleted."""
    db = read_only(folder)
    try:
        row = db.execute("select removed from snapshot where of = ? and cause = ?", (of, cause)).fetchone()
    finally:
        db.conn.close()
    return row is not None and bool(row[0])
