"""The part of the proof that is about pictures: each that an event names has its row and, if it is kept, its file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from locker.clip_file import BadClip, clip_name, read_clip
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
    cause_of_row = "iif(e.kind = 'ClipTaken', 'clip-', '') || json_extract(e.data, '$.cause')"
    sql = f"""select e.seq, json_extract(e.data, '$.of'), {cause_of_row},
             json_extract(e.data, '$.sha256'), s.sha256, s.day, s.removed, s.frames from event e left join snapshot s
             on s.of = json_extract(e.data, '$.of') and s.cause = {cause_of_row}
             where e.kind in ('SnapshotTaken', 'ClipTaken') order by e.seq"""  # noqa: S608  own words
    for seq, of, cause, expected, stands, day, removed, frames in db.execute(sql):
        if stands != expected:
            yield f"table snapshot {of}: the picture of {cause} is not the one that the events tell"
        elif not removed:
            file = folder / "snapshots" / day / f"{expected}.{'clip' if frames else 'jpg'}"
            try:
                picture = file.read_bytes()
            except OSError:
                if seq > restored and not _removed_by_now(folder, of, cause):
                    yield f"table snapshot {of}: the picture of {cause} is gone"
            else:
                if frames:
                    yield from _clip_fault(picture, expected, f"table snapshot {of}: the picture of {cause}")
                elif hashlib.sha256(picture).hexdigest() != expected:
                    yield f"table snapshot {of}: the picture of {cause} was changed"


def _clip_fault(content: bytes, expected: str, which: str) -> Iterator[str]:
    if clip_name(content) != expected:
        yield f"{which} was changed"
        return
    try:
        read_clip(content)
    except BadClip as bad:
        yield f"{which}: {bad}"


def _removed_by_now(folder: Path, of: int, cause: str) -> bool:
    """Look at the row again, as it stands now: it is marked before its file is deleted."""
    db = read_only(folder)
    try:
        row = db.execute("select removed from snapshot where of = ? and cause = ?", (of, cause)).fetchone()
    finally:
        db.conn.close()
    return row is not None and bool(row[0])
