"""Who is on duty when, and what the next person must know: shifts and shift notes.

A shift is told by its staff account; a note is written for whoever comes next, and is read once somebody takes over.
"""

from __future__ import annotations

import secrets
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from locker.core.events.duty_events import ShiftCancelled, ShiftNotesRead, ShiftNoteWritten, ShiftPlanned
from locker.core.events.record import moment, rfc3339, row_hash
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass
from locker.text_folding import without_invisible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

LONGEST_NOTE = 200
LONGEST_SHIFT = timedelta(hours=24)
SHIFTS_AHEAD = 60
NOTES_OPEN = 50
NOTE_KEPT = timedelta(days=30)
"""So long what a note says is kept after it was taken over."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Somebody's time of duty."""

    id: str
    staff: str
    begins: datetime
    ends: datetime

    def covers(self, at: datetime) -> bool:
        """True from its beginning on, up to its end."""
        return self.begins <= at < self.ends


@dataclass(frozen=True, slots=True)
class ShiftNote:
    """What the next person must know, and who wrote it when. `taken_by`: who has read it."""

    id: str
    at: datetime
    by: str
    text: str = field(repr=False)
    taken_by: str
    taken_at: datetime | None


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is on duty at a moment, and who comes next."""

    now: Sequence[Shift]
    next: Sequence[Shift]


class DutyRoster:
    """See the module. Every method that writes raises Refused while sealed."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal

    async def roster(self) -> Roster:
        """Who is on duty now, and the shifts to come."""
        now = self._engine.now()
        shifts = await self._journal.read(lambda db: _shifts(db, now))
        return roster_at(shifts, now)

    async def plan(self, staff: str, begins: datetime, ends: datetime, by: str) -> None:
        """Put somebody on duty. Raises ValueError `FIELD: …`, and Refused: not-now where both shifts are theirs."""
        now = self._engine.now()
        if ends <= begins or ends - begins > LONGEST_SHIFT:
            raise ValueError(f"ends: a shift ends after it begins, at most {LONGEST_SHIFT} later")
        if ends <= now:
            raise ValueError("ends: this time is over")
        shift = self._engine.new_id("w")

        def work(db: Database, now: datetime) -> tuple[ShiftPlanned, None]:
            standing = _shifts(db, now)
            if len(standing) >= SHIFTS_AHEAD:
                raise Refused(RefusalReason.NOT_NOW)
            if any(each.staff == staff and each.begins < ends and begins < each.ends for each in standing):
                raise Refused(RefusalReason.NOT_NOW)
            # What is long over is known from its event alone.
            db.execute("delete from shift where ends < ?", [rfc3339(now - NOTE_KEPT)])
            db.execute("insert into shift values (?, ?, ?, ?, ?)", [shift, staff, rfc3339(begins), rfc3339(ends), by])
            return ShiftPlanned(shift=shift, staff=staff, begins=begins, ends=ends), None

        await self._engine.record_with(work, by)

    async def cancel(self, shift: str, by: str) -> None:
        """Take a shift out again. Raises Refused: unknown."""

        def work(db: Database, _: datetime) -> tuple[ShiftCancelled, None]:
            if not db.execute("delete from shift where id = ? returning id", [shift]).fetchall():
                raise Refused(RefusalReason.UNKNOWN)
            return ShiftCancelled(shift=shift), None

        await self._engine.record_with(work, by)

    async def notes(self) -> list[ShiftNote]:
        """What nobody has taken over yet, the newest first, and behind it what was taken over last."""
        return await self._journal.read(_notes)

    async def write(self, text: str, by: str) -> None:
        """Leave a note for the next person. Raises ValueError `text: …`, and Refused: not-now while very many wait."""
        said = " ".join(without_invisible(text).split())
        if not said or len(said) > LONGEST_NOTE:
            raise ValueError(f"text: 1 to {LONGEST_NOTE} characters")
        note, salt = self._engine.new_id("h"), secrets.token_hex(16)

        def work(db: Database, now: datetime) -> tuple[ShiftNoteWritten, None]:
            waiting = db.execute("select count(*) from shift_note where taken_at is null").fetchone()[0]
            if waiting >= NOTES_OPEN:
                raise Refused(RefusalReason.NOT_NOW)
            values = [note, rfc3339(now), by, said, salt, "", None]
            db.execute("insert into shift_note values (?, ?, ?, ?, ?, ?, ?)", values)
            db.execute("delete from shift_note where taken_at < ?", [rfc3339(now - NOTE_KEPT)])
            return ShiftNoteWritten(note=note, digest=row_hash((salt, said))), None

        await self._engine.record_with(work, by)

    async def take_over(self, notes: Sequence[str], by: str) -> None:
        """Say that these notes were read. Those that came meanwhile stay. Raises Refused: not-now when none waits."""

        def work(db: Database, now: datetime) -> tuple[ShiftNotesRead, None]:
            taken = []
            for note in notes:
                sql = """update shift_note set taken_by = ?, taken_at = ?
                         where id = ? and taken_at is null returning id"""
                taken += [row[0] for row in db.execute(sql, [by, rfc3339(now), note]).fetchall()]
            if not taken:
                raise Refused(RefusalReason.NOT_NOW)
            return ShiftNotesRead(notes=tuple(taken)), None

        await self._engine.record_with(work, by)


def roster_at(shifts: Sequence[Shift], at: datetime) -> Roster:
    """Of these shifts those that cover a moment, and those that begin later. Pure."""
    return Roster(tuple(each for each in shifts if each.covers(at)), tuple(each for each in shifts if each.begins > at))


def _shifts(db: Database, now: datetime) -> list[Shift]:
    sql = "select id, staff, begins, ends from shift where ends > ? order by begins, id"
    return [
        Shift(one, staff, moment(begins), moment(ends)) for one, staff, begins, ends in db.execute(sql, [rfc3339(now)])
    ]


def _notes(db: Database) -> list[ShiftNote]:
    columns = "select id, at, by, text, taken_by, taken_at from shift_note"
    waiting = db.execute(f"{columns} where taken_at is null order by at desc").fetchall()
    taken = db.execute(f"{columns} where taken_at is not null order by taken_at desc limit 3").fetchall()
    return [
        ShiftNote(one, moment(at), by, text, taken_by, moment(taken_at) if taken_at else None)
        for one, at, by, text, taken_by, taken_at in [*waiting, *taken]
    ]
