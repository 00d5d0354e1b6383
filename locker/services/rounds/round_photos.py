"""Photos that somebody takes at a door of a round: one a line, without what the phone wrote into it.

They show what lies behind doors, labels too, so they go as other pictures do: after the days of the rule `retention`,
and the oldest first when all of them are more than `BUDGET` bytes. That there was one, and its hash, stays.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.services.cases import PhotoStore

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.journal.store import Journal
    from locker.services.cases import Photo

FOLDER = "round-photos"
BUDGET = 256 * 1024 * 1024


class RoundPhotos:
    """The photos of all rounds. Lives on the loop; the disk is asked beside it."""

    def __init__(self, journal: Journal, budget: int = BUDGET) -> None:
        self._journal = journal
        self._budget = budget
        self._store = PhotoStore(journal.folder, FOLDER)

    async def save(self, photo: Photo) -> None:
        """Write it durably, before a row names it. Raises OSError."""
        await asyncio.to_thread(self._store.save, photo)

    async def read(self, sha256: str) -> bytes:
        """The photo of this name. Raises OSError when it is gone."""
        return await asyncio.to_thread(self._store.read, sha256)

    async def let_go(self, before: datetime) -> int:
        """Let go of those of before that moment, and of the oldest above the budget; how many. Raises CannotWrite."""
        names, lines = await self._journal.write(lambda db: _over(db, rfc3339(before), self._budget))
        for name in names:
            await asyncio.to_thread(self._store.remove, name)
        return lines


def _over(db: Database, before: str, budget: int) -> tuple[list[str], int]:
    """Mark the rows whose file goes; the names of files that no other row has any more, and how many rows."""
    sql = "select at, round, compartment, photo, photo_bytes from round_line where photo_bytes > 0 order by at desc"
    kept, gone = 0, []
    for at, round_, door, photo, size in db.execute(sql).fetchall():
        kept += size
        if at < before or kept > budget:
            gone.append((round_, door, photo))
    for round_, door, _ in gone:
        db.execute("update round_line set photo_bytes = 0 where round = ? and compartment = ?", [round_, door])
    shared = "select 1 from round_line where photo_bytes > 0 and photo = ?"
    names = {photo for _, _, photo in gone}
    return [name for name in sorted(names) if db.execute(shared, [name]).fetchone() is None], len(gone)
