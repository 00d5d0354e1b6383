"""Call records as they come in: taken over once, in one transaction, and taken back whole where a list was wrong."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from locker.core.events.case_events import CallRecordsImported, CallRecordsUndone
from locker.core.events.record import moment, rfc3339
from locker.core.reasons import RefusalReason, Refused
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.services.cases.answer_waits import AnswerWait, answer_waits
from locker.services.cases.call_records import KEPT, LONGEST_WORD
from locker.text_folding import visible_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.cases.call_records import CallRecord

MOST_LISTED = 20


@dataclass(frozen=True, slots=True)
class CallImport:
    """A list of calls that was taken over: from which exchange, by whom, and how many were new in it."""

    id: str
    at: datetime
    by: str
    source: str
    records: int
    undone: bool


@dataclass(frozen=True, slots=True)
class Imported:
    """What a list did: how many calls were new, how many were known from one before. No `id`: nothing was new."""

    id: str
    taken: int
    known: int


class CallDesk:
    """See the module. Every method that writes raises Refused while sealed."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal

    async def take(self, source: str, calls: Sequence[CallRecord], by: str) -> Imported:
        """Take these calls of one exchange over; one that is known already counts once. Raises ValueError `source: …`.

        A list in which nothing is new changes nothing.
        """
        named = visible_name(source)
        if not 1 <= len(named) <= LONGEST_WORD:
            raise ValueError(f"source: name the exchange in 1 to {LONGEST_WORD} characters")
        key = self._engine.new_id("i")

        def work(db: Database, now: datetime) -> tuple[CallRecordsImported, Imported]:
            new = [each for each in calls if not _known(db, named, each.call)]
            if not new:
                raise _NothingNew
            _forget_old(db, now)
            digest = _digest(new)
            db.execute(
                "insert into call_import (id, at, by, source, sha256, records) values (?, ?, ?, ?, ?, ?)",
                [key, rfc3339(now), by, named, digest, len(new)],
            )
            for each in new:
                waited = round(each.waited / timedelta(milliseconds=1))
                values = [named, each.call, key, rfc3339(each.at), waited, int(each.answered), each.queue]
                db.execute("insert into call_record values (?, ?, ?, ?, ?, ?, ?)", values)
            event = CallRecordsImported(list=key, source=named, records=len(new), sha256=digest)
            return event, Imported(key, len(new), len(calls) - len(new))

        try:
            return await self._engine.record_with(work, by)
        except _NothingNew:
            return Imported("", 0, len(calls))

    async def undo(self, key: str, by: str) -> None:
        """Take a list back whole. Raises Refused: unknown, and not-now for one that was taken back before."""

        def work(db: Database, now: datetime) -> tuple[CallRecordsUndone, None]:
            row = db.execute("select undone_at from call_import where id = ?", [key]).fetchone()
            if row is None:
                raise Refused(RefusalReason.UNKNOWN)
            if row[0] is not None:
                raise Refused(RefusalReason.NOT_NOW)
            db.execute("delete from call_record where import = ?", [key])
            db.execute("update call_import set undone_at = ? where id = ?", [rfc3339(now), key])
            return CallRecordsUndone(list=key), None

        await self._engine.record_with(work, by)

    async def lists(self) -> list[CallImport]:
        """The last lists, the newest first."""
        sql = """select id, at, by, source, records, undone_at from call_import
                 where at > ? order by at desc, id desc limit ?"""
        since = rfc3339(self._engine.now() - KEPT)
        rows = await self._journal.read(lambda db: db.execute(sql, [since, MOST_LISTED]).fetchall())
        return [
            CallImport(key, moment(at), by, source, n, undone is not None) for key, at, by, source, n, undone in rows
        ]

    async def known(self, source: str, calls: Sequence[CallRecord]) -> int:
        """How many of these calls were taken over before."""
        named = visible_name(source)
        return await self._journal.read(lambda db: sum(_known(db, named, each.call) for each in calls))

    async def waits(self, days: int) -> list[AnswerWait]:
        """How long people waited within so many days up to now."""
        end = self._engine.now()
        return await self._journal.read(lambda db: answer_waits(db, end - timedelta(days=days), end))


class _NothingNew(LockerError):
    """Every call of the list is known."""


def _known(db: Database, source: str, call: str) -> bool:
    sql = "select 1 from call_record where source = ? and call = ?"
    return db.execute(sql, [source, call]).fetchone() is not None


def _digest(calls: Sequence[CallRecord]) -> str:
    lines = (f"{c.call}|{rfc3339(c.at)}|{c.waited.total_seconds():.3f}|{c.answered:d}|{c.queue}" for c in calls)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _forget_old(db: Database, now: datetime) -> None:
    """Nothing here grows with the years: what is too old to be taken is not kept either."""
    end = rfc3339(now - KEPT)
    db.execute("delete from call_record where at < ?", [end])
    db.execute("delete from call_import where at < ?", [end])
