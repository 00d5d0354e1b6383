"""What is to be made better after a month was looked at: an action, who answers for it, and by when (KPI-13)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.core.events.service_events import Noted
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

LONGEST_ACTION = 200
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class Improvement:
    """One action of a month's analysis. `done`: the day on which it was; None while it is open."""

    id: int
    month: str
    action: str
    owner: str
    due: date
    done: date | None


class Improvements:
    """The register of actions. Lives on the loop."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal

    async def add(self, month: str, action: str, owner: str, due: date, by: str) -> None:
        """Add an action; the same one twice is one. Raises ValueError for what is none, Refused while sealed."""
        words = " ".join(action.split())
        if not 1 <= len(words) <= LONGEST_ACTION or not words.isprintable() or due < self._engine.now().date():
            raise ValueError("action")

        def work(db: Database, now: datetime) -> tuple[Noted, None]:
            same = "select id from improvement where month = ? and action = ? and owner = ? and due = ?"
            row = db.execute(same, [month, words, owner, due.isoformat()]).fetchone()
            if row is not None:
                return Noted(what="improvement-kept", about=str(row[0])), None
            cursor = db.execute(
                "insert into improvement (month, action, owner, due, made_by, made_at) values (?, ?, ?, ?, ?, ?)",
                [month, words, owner, due.isoformat(), by, rfc3339(now)],
            )
            return Noted(what="improvement-added", about=str(cursor.lastrowid)), None

        await self._engine.record_with(work, by)

    async def end(self, number: int, by: str) -> None:
        """It is done. Raises Refused: unknown for none that is open, and sealed."""

        def work(db: Database, now: datetime) -> tuple[Noted, None]:
            sql = "update improvement set done_at = ? where id = ? and done_at is null"
            if not db.execute(sql, [rfc3339(now), number]).rowcount:
                raise Refused(RefusalReason.UNKNOWN)
            return Noted(what="improvement-done", about=str(number)), None

        await self._engine.record_with(work, by)

    async def listed(self) -> list[Improvement]:
        """What is open, the first due first; then what was done, the last first."""
        return await self._journal.read(_listed)


def _listed(db: Database) -> list[Improvement]:
    columns = "select id, month, action, owner, due, done_at from improvement"
    waiting = db.execute(f"{columns} where done_at is null and due > '' order by due limit ?", [MOST_LISTED]).fetchall()
    ended = db.execute(f"{columns} where id > 0 and done_at is not null order by id desc limit ?", [MOST_LISTED])
    return [
        Improvement(
            number, month, action, owner, date.fromisoformat(due), date.fromisoformat(done[:10]) if done else None
        )
        for number, month, action, owner, due, done in [*waiting, *ended.fetchall()]
    ]
