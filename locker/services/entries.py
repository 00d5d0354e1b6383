"""Who went into the parcel room or opened the service door: told by an access-control system, shown to staff (SEC-04).

Of a badge its last letters are kept and no name: whose it is, the other system knows. A report goes after the days of
the rule `retention`, as pictures do; that there was one, where and when, stays in the journal.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.access_events import EntryReported, Passage
from locker.core.events.record import moment, rfc3339
from locker.errors import LockerError
from locker.frozen import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

BADGE_END = 4
AHEAD = timedelta(minutes=10)
BEHIND = timedelta(days=30)
PAGE = 100
CALLS_WITHIN = timedelta(minutes=15)
"""What was longer ago calls nobody; nor does the same at the same door within this time."""


class BadMoment(ValueError):
    """A report of a moment that cannot be: far ahead, or so old that nobody can do anything with it."""


class _ToldBefore(LockerError):
    pass


@dataclass(frozen=True, slots=True)
class Entry:
    """One passage. `badge_end`: the last letters of the badge, empty where none was shown or its time is over."""

    number: int
    point: str
    passage: Passage
    happened_at: datetime
    badge_end: str
    told_by: str


class Entries:
    """All that was told. Lives on the loop."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal

    async def report(self, point: str, passage: Passage, happened_at: datetime, badge: str, by: str) -> None:
        """Keep one passage; told again it is kept once. Raises BadMoment, and Refused while sealed."""
        now = self._engine.now()
        if not now - BEHIND <= happened_at <= now + AHEAD:
            raise BadMoment
        values = [point, passage.value, rfc3339(happened_at), badge[-BADGE_END:] if len(badge) > BADGE_END else ""]

        def work(db: Database, _: datetime) -> tuple[EntryReported, None]:
            sql = "insert or ignore into entry (point, passage, happened_at, badge_end, told_by) values (?, ?, ?, ?, ?)"
            if db.execute(sql, [*values, by]).rowcount == 0:
                raise _ToldBefore
            calls = passage.loud and now - happened_at <= CALLS_WITHIN and not _lately(db, point, passage, happened_at)
            return EntryReported(point=point, passage=passage, happened_at=happened_at, calls=calls), None

        try:
            await self._engine.record_with(work, by)
        except _ToldBefore:
            return

    async def newest(self, before: int | None = None) -> list[Entry]:
        """A page of what happened, the last first; `before`: only what is older than the passage of this number."""
        return await self._journal.read(lambda db: _newest(db, before))

    async def let_go(self, before: datetime) -> int:
        """Forget what happened before that moment; how many. Raises CannotWrite."""
        sql = "delete from entry where happened_at < ?"
        return await self._journal.write(lambda db: int(db.execute(sql, [rfc3339(before)]).rowcount))


def _lately(db: Database, point: str, passage: Passage, at: datetime) -> bool:
    """True when the same was told of this door shortly before."""
    sql = "select 1 from entry where point = ? and passage = ? and happened_at >= ? and happened_at < ? limit 1"
    return db.execute(sql, [point, passage.value, rfc3339(at - CALLS_WITHIN), rfc3339(at)]).fetchone() is not None


def _newest(db: Database, before: int | None) -> list[Entry]:
    """Several may have happened in one moment: a page ends at one of them, and the next goes on behind it."""
    row = db.execute("select happened_at, number from entry where number = ?", [before]).fetchone()
    if row is None and before is not None:
        return []
    sql = """select number, point, passage, happened_at, badge_end, told_by from entry
             where (happened_at, number) < (?, ?) order by happened_at desc, number desc limit ?"""
    return [
        Entry(number, point, Passage(passage), moment(at), badge_end, by)
        for number, point, passage, at, badge_end, by in db.execute(sql, [*(row or ("9", 0)), PAGE]).fetchall()
    ]
