"""Who was trained in what, when, and until when that holds (STF-01). What ends soon is a task on the board."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.core.events.service_events import Noted
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass
from locker.text_folding import without_invisible

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

LONGEST_COURSE = 60
REMINDED_BEFORE = timedelta(days=30)
MOST_LISTED = 500


@dataclass(frozen=True, slots=True)
class Training:
    """One course that somebody took. `expires` None: it is never taken again."""

    id: int
    person: str
    course: str
    held: date
    expires: date | None

    def due_on(self, today: date) -> bool:
        """True from a month before it ends."""
        return self.expires is not None and self.expires - REMINDED_BEFORE <= today


class TrainingRegister:
    """The newest entry of each person and course counts; those before it are kept. Lives on the loop."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal

    async def add(self, person: str, course: str, held: date, expires: date | None, by: str) -> None:
        """Enter a course; the same one twice is one. Raises ValueError `FIELD: …`, and Refused while sealed."""
        words = " ".join(without_invisible(course).split())
        if not person:
            raise ValueError("person: say who")
        if not 1 <= len(words) <= LONGEST_COURSE or not words.isprintable():
            raise ValueError(f"course: 1 to {LONGEST_COURSE} characters")
        if held > self._engine.now().date() + timedelta(days=1):
            raise ValueError("held: has not come yet")
        if expires is not None and expires <= held:
            raise ValueError("expires: lies behind the day on which it was held")

        def work(db: Database, now: datetime) -> tuple[Noted, None]:
            ends = expires.isoformat() if expires else None
            same = "select 1 from training where person = ? and course = ? and held = ? and expires is ?"
            if db.execute(same, [person, words, held.isoformat(), ends]).fetchone() is None:
                sql = "insert into training (person, course, held, expires, by, at) values (?, ?, ?, ?, ?, ?)"
                db.execute(sql, [person, words, held.isoformat(), ends, by, rfc3339(now)])
                _mark_newest(db, person, words)
            return Noted(what="training-entered", about=person), None

        await self._engine.record_with(work, by)

    async def remove(self, number: int, by: str) -> None:
        """Take out what was entered by mistake. Raises Refused: unknown, sealed."""

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            row = db.execute("delete from training where id = ? returning person, course", [number]).fetchone()
            if row is None:
                raise Refused(RefusalReason.UNKNOWN)
            _mark_newest(db, row[0], row[1])
            return Noted(what="training-removed", about=str(row[0])), None

        await self._engine.record_with(work, by)

    async def listed(self, person: str = "") -> list[Training]:
        """What counts now, of everybody or of one person: what ends first comes first."""
        return await self._journal.read(lambda db: _listed(db, person))


def trainings_due(db: Database, today: date) -> list[Training]:
    """What counts and ends within a month, or has ended."""
    sql = f"{_COLUMNS} where newest = 1 and expires <= ? order by expires, id limit ?"
    return [_training(row) for row in db.execute(sql, [(today + REMINDED_BEFORE).isoformat(), MOST_LISTED])]


_COLUMNS = "select id, person, course, held, expires from training"


def _mark_newest(db: Database, person: str, course: str) -> None:
    """Of one person and course only the last that was held counts."""
    of = [person, course]
    db.execute("update training set newest = 0 where person = ? and course = ?", of)
    last = "select id from training where person = ? and course = ? order by held desc, id desc limit 1"
    db.execute(f"update training set newest = 1 where id = ({last})", of)  # noqa: S608  our own words


def _listed(db: Database, person: str) -> list[Training]:
    if person:
        sql = f"{_COLUMNS} where person = ? and newest = 1 order by expires is null, expires, course limit ?"
        rows = db.execute(sql, [person, MOST_LISTED]).fetchall()
    else:
        ends = f"{_COLUMNS} where newest = 1 and expires > '' order by expires, id limit ?"
        never = f"{_COLUMNS} where newest = 1 and expires is null order by id limit ?"
        rows = [*db.execute(ends, [MOST_LISTED]).fetchall(), *db.execute(never, [MOST_LISTED]).fetchall()]
    return [_training(row) for row in rows]


def _training(row: tuple[int, str, str, str, str | None]) -> Training:
    number, person, course, held, expires = row
    return Training(number, person, course, date.fromisoformat(held), date.fromisoformat(expires) if expires else None)
