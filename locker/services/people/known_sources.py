"""From where each staff member has signed in before: there, wrong passwords of strangers make nobody wait."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.journal.store import CannotWrite

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.journal.store import Journal

KEPT_FOR = timedelta(days=90)
MOST_KEPT = 1024


class KnownSources:
    """Pairs of account and network address, on the disk too: a power cut must not help who keeps others out.

    They are forgotten after 90 days without a sign-in from there, and the oldest of more than 1,024.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._pairs: dict[tuple[str, str], None] = {}

    async def load(self) -> None:
        """Read the table. Call once at start."""
        rows = await self._journal.read(
            lambda db: db.execute("select staff, address from staff_source order by used_at").fetchall()
        )
        self._pairs = dict.fromkeys(rows)

    def holds(self, staff: str, address: str) -> bool:
        """True when this account has signed in from there."""
        return (staff, address) in self._pairs

    async def remember(self, staff: str, address: str, now: datetime) -> None:
        """This account has just signed in from there. While the disk takes nothing it is remembered in memory."""
        self._pairs.pop((staff, address), None)
        self._pairs[staff, address] = None
        while len(self._pairs) > MOST_KEPT:
            del self._pairs[next(iter(self._pairs))]
        try:
            await self._journal.write(lambda db: _write(db, staff, address, now))
        except CannotWrite:
            return


def _write(db: Database, staff: str, address: str, now: datetime) -> None:
    db.execute("delete from staff_source where used_at < ?", [rfc3339(now - KEPT_FOR)])
    db.execute(
        "insert into staff_source (staff, address, used_at) values (?, ?, ?)"
        " on conflict (staff, address) do update set used_at = excluded.used_at",
        [staff, address, rfc3339(now)],
    )
    db.execute(
        "delete from staff_source where rowid not in (select rowid from staff_source order by used_at desc limit ?)",
        [MOST_KEPT],
    )
