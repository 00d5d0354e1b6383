"""Snapshots on the disk: named by their SHA-256, in folders by day, whole or not there at all."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from locker.clip_file import ClipFrame, clip_name, read_clip, read_frame
from locker.durable_files import sync_folder, write_file
from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database

FOLDER = "snapshots"
PICTURE, CLIP = "jpg", "clip"
MARKED_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class SavedSnapshot:
    """A picture as it was saved. `size` in bytes."""

    sha256: str
    day: str
    size: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A picture as it is listed. `of`: the event that it shows; `removed`: its file made room for newer ones.

    `frames`: how many a clip has, 0 for a still. Of a clip `sha256` is the hash of its list of frames.
    """

    of: int
    at: str
    sha256: str
    compartment: str
    parcel: str
    cause: str
    day: str
    removed: bool
    frames: int = 0


class SnapshotStore:
    """The folder of one cabinet's snapshots. Every method blocks on the disk."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER

    def save(self, picture: bytes, day: str) -> SavedSnapshot:
        """Write a picture durably; a power cut leaves no half file under its good name. Raises OSError."""
        return self._write(picture, hashlib.sha256(picture).hexdigest(), day, PICTURE)

    def save_clip(self, content: bytes, day: str) -> SavedSnapshot:
        """Write a clip as durably. Raises OSError."""
        return self._write(content, clip_name(content), day, CLIP)

    def _write(self, content: bytes, name: str, day: str, kind: str) -> SavedSnapshot:
        folder = self._folder / day
        if not folder.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # a still and a clip may begin one day at once
            sync_folder(self._folder)
            sync_folder(self._folder.parent)
        write_file(folder / f"{name}.{kind}", content)
        return SavedSnapshot(name, day, len(content))

    def path(self, day: str, sha256: str, kind: str = PICTURE) -> Path:
        """Where a picture or a clip lies."""
        return self._folder / day / f"{sha256}.{kind}"

    def frames(self, day: str, sha256: str) -> list[ClipFrame]:
        """The frames of a clip. Raises OSError when it is gone, BadClip when it was changed."""
        return read_clip(self.path(day, sha256, CLIP).read_bytes())

    def frame(self, day: str, sha256: str, number: int) -> ClipFrame | None:
        """One frame of a clip, by number from 0; None where it has fewer. Raises as `frames` does."""
        with self.path(day, sha256, CLIP).open("rb") as clip:
            return read_frame(clip, number)

    def remove(self, day: str, sha256: str) -> None:
        """Take a picture or a clip away, and its day's folder with the last one."""
        for kind in (PICTURE, CLIP):
            self.path(day, sha256, kind).unlink(missing_ok=True)
        folder = self._folder / day
        if folder.exists() and not any(folder.iterdir()):
            with suppress(OSError):  # another one has come meanwhile
                folder.rmdir()


_FREE = """not exists (select 1 from parcel p where p.id = s.parcel and p.held <> '')
    and not exists (select 1 from cases c where c.closed_at is null and (
        (c.parcel <> '' and c.parcel = s.parcel) or (c.parcel = '' and c.compartment = s.compartment)))"""
"""What nobody holds: no open case is about its parcel or its door, and its parcel is not held."""

_COLUMNS = "s.of, e.at, s.sha256, s.compartment, s.parcel, s.cause, s.day, s.removed, s.frames"


def snapshots_of_parcel(db: Database, parcel: str) -> list[Snapshot]:
    """All pictures that show a parcel's doors, oldest first."""
    return _of_parcel(db, parcel, "s.frames = 0")


def clips_of_parcel(db: Database, parcel: str) -> list[Snapshot]:
    """All clips around what happened to a parcel, oldest first."""
    return _of_parcel(db, parcel, "s.frames > 0")


def _of_parcel(db: Database, parcel: str, which: str) -> list[Snapshot]:
    sql = f"""select {_COLUMNS} from snapshot s join event e on e.seq = s.of
              where s.parcel = ? and {which} order by s.of"""  # noqa: S608  own words
    return [_snapshot(row) for row in db.execute(sql, (parcel,)).fetchall()]


SHOWN_TO_RECIPIENTS = frozenset({"stored"})
"""Pictures that a recipient sees: of the parcel behind its door. What shows who stood there is for staff."""


def pictures_for_recipients(db: Database, parcel: str) -> list[Snapshot]:
    """Pictures of a parcel that its recipient may see and that still stand on the disk, the oldest first."""
    return [each for each in snapshots_of_parcel(db, parcel) if each.cause in SHOWN_TO_RECIPIENTS and not each.removed]


def picture_finder(data: Path) -> Callable[[Database, str], Path | None]:
    """What finds the newest picture of a parcel that its recipient may see; None where there is none."""
    store = SnapshotStore(data)

    def find(db: Database, parcel: str) -> Path | None:
        shown = pictures_for_recipients(db, parcel)
        return store.path(shown[-1].day, shown[-1].sha256) if shown else None

    return find


def find_snapshot(db: Database, sha256: str) -> Snapshot | None:
    """The picture of this name that stands on the disk, None if there is none."""
    return _find(db, sha256, "s.frames = 0")


def shown_at(db: Database, sha256: str) -> list[tuple[str, str]]:
    """Every door and parcel of which this picture or clip tells: the camera saw the same front for several at once."""
    sql = "select distinct compartment, parcel from snapshot where sha256 = ? and removed = 0"
    return [(door, parcel) for door, parcel in db.execute(sql, (sha256,)).fetchall()]


def find_clip(db: Database, sha256: str) -> Snapshot | None:
    """The clip of this name that stands on the disk, None if there is none."""
    return _find(db, sha256, "s.frames > 0")


def _find(db: Database, sha256: str, which: str) -> Snapshot | None:
    sql = f"""select {_COLUMNS} from snapshot s join event e on e.seq = s.of
              where s.sha256 = ? and s.removed = 0 and {which} order by s.of limit 1"""  # noqa: S608  own words
    row = db.execute(sql, (sha256,)).fetchone()
    return None if row is None else _snapshot(row)


def _snapshot(row: Any) -> Snapshot:
    of, at, sha256, compartment, parcel, cause, day, removed, frames = row
    return Snapshot(of, at, sha256, compartment, parcel, cause, day, bool(removed), frames)


def stored_bytes(db: Database, *, clips: bool = False) -> int:
    """Bytes of all stills, or of all clips, that stand on the disk. Reads them all: for the start, not for each."""
    which = "frames > 0" if clips else "frames = 0"
    sql = f"select coalesce(sum(bytes), 0) from snapshot where removed = 0 and {which}"  # noqa: S608  own words
    total: int = db.execute(sql).fetchone()[0]
    return total


def mark_oldest(db: Database, excess_bytes: int, *, clips: bool = False) -> tuple[int, list[tuple[str, str]]]:
    """Mark the oldest stills, or clips, as removed, in the caller's transaction, until so many bytes are free.

    What is held or a case is open about stays, however little room is left.

    At most MARKED_AT_ONCE, because doors wait for this transaction. Gives the bytes that were freed, and day and name
    of the files to be removed. Two events may show the same: a file goes with the last row that names it.
    """
    # Said, because a clip is not to be looked for among all stills that are older.
    which, index = ("frames > 0", "clip_kept") if clips else ("frames = 0", "snapshot_kept")
    oldest = f"""select of, cause, day, sha256, bytes from snapshot s indexed by {index}
                 where removed = 0 and {which} and {_FREE} order by of limit ?"""  # noqa: S608  own words
    freed, marked = 0, list[tuple[str, str]]()
    for of, cause, day, sha256, size in db.execute(oldest, (MARKED_AT_ONCE,)).fetchall():
        if freed >= excess_bytes:
            break
        db.execute("update snapshot set removed = 1 where of = ? and cause = ?", (of, cause))
        marked.append((day, sha256))
        freed += size
    return freed, _unnamed(db, marked)


def mark_over(db: Database, end: int) -> tuple[int, list[tuple[str, str]]]:
    """Mark pictures of events before number `end` as removed, in the caller's transaction, some at once.

    What an open case is about, or a parcel that is held, stays. Gives how many were marked, and the files to remove.
    """
    sql = f"""select s.of, s.cause, s.day, s.sha256 from snapshot s where s.removed = 0 and s.of < ? and {_FREE}
              order by s.of limit ?"""  # noqa: S608  own words
    found = db.execute(sql, (end, MARKED_AT_ONCE)).fetchall()
    for of, cause, _, _ in found:
        db.execute("update snapshot set removed = 1 where of = ? and cause = ?", (of, cause))
    return len(found), _unnamed(db, [(day, sha256) for _, _, day, sha256 in found])


def _unnamed(db: Database, marked: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those of these files that no row names any more."""
    stands = "select 1 from snapshot where removed = 0 and day = ? and sha256 = ?"
    return [(day, name) for day, name in dict.fromkeys(marked) if not db.execute(stands, (day, name)).fetchone()]
