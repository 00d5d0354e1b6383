"""Rounds from door to door: a stock-take, an inspection, or an audit that is both. They go on after a restart.

At each door the book is compared with what somebody finds. A difference is kept with the round; a door that was opened
for it is settled by the same word, so that it need not be looked at twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.core.events.record import moment, rfc3339
from locker.core.events.service_events import Noted
from locker.core.model import Content, Seen, Use
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass
from locker.services.cases import cleaned_photo
from locker.services.rounds.round_photos import RoundPhotos

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.model import Compartment
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.command_service import CommandService

MOST_LISTED = 30
LONGEST_NOTE = 200
_END = 2**62  # behind every row: a list says where it begins


class RoundKind(StrEnum):
    """What is looked at: what is inside, how the doors are, or both."""

    STOCK_TAKE = "stock-take"
    INSPECTION = "inspection"
    AUDIT = "audit"


class Found(StrEnum):
    """What is behind a door. UNSEEN: nobody could look."""

    EMPTY = "empty"
    PARCEL = "parcel"
    UNSEEN = "unseen"


TICKS: Mapping[RoundKind, tuple[str, ...]] = {
    RoundKind.STOCK_TAKE: (),
    RoundKind.INSPECTION: ("lock", "clean", "number"),
    RoundKind.AUDIT: ("lock", "clean", "number"),
}
"""What is good at a door, tick by tick; one that is missing is a difference too."""


@dataclass(frozen=True, slots=True)
class DoorLook:
    """What somebody says at a door of a round. `photo`: a JPEG or PNG as the tablet sends it, empty for none."""

    found: Found
    ticks: tuple[str, ...] = ()
    note: str = ""
    photo: bytes = b""


@dataclass(frozen=True, slots=True)
class RoundLine:
    """One door of a round: what the book said, what was found, which ticks it got.

    `photo`: the hash of what was photographed there, empty for nothing; `photo_type` its media type, empty once its
    file has gone.
    """

    compartment: str
    book: str
    found: str
    ticks: tuple[str, ...]
    note: str
    at: datetime
    by: str
    photo: str = ""
    photo_type: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """One round with the doors that were looked at, in the order of the cabinet."""

    id: str
    kind: RoundKind
    began_at: datetime
    by: str
    ended_at: datetime | None
    ended_by: str
    lines: tuple[RoundLine, ...]

    @property
    def differences(self) -> tuple[RoundLine, ...]:
        """Doors where something is not as it should be."""
        return tuple(line for line in self.lines if differs(self.kind, line))


def differs(kind: RoundKind, line: RoundLine) -> bool:
    """True when book and find are two things, somebody could not look, or a tick is missing."""
    counted = kind is not RoundKind.INSPECTION and line.found != line.book
    return counted or line.found == Found.UNSEEN or bool(set(TICKS[kind]) - set(line.ticks))


def book_of(compartment: Compartment) -> Found:
    """What the book says is behind a door."""
    return Found.PARCEL if compartment.parcels else Found.EMPTY


class Rounds:
    """All rounds. Lives on the loop; every look reads the tables."""

    def __init__(self, engine: Engine, journal: Journal, commands: CommandService) -> None:
        self._engine = engine
        self._journal = journal
        self._commands = commands
        self.photos = RoundPhotos(journal)

    async def listed(self) -> list[Round]:
        """The newest rounds, the last first."""
        return await self._journal.read(_listed)

    async def find(self, name: str) -> Round:
        """One round. Raises Refused (unknown)."""
        found = await self._journal.read(lambda db: _found(db, name))
        if found is None:
            raise Refused(RefusalReason.UNKNOWN)
        return found

    async def start(self, kind: RoundKind, by: str) -> str:
        """Begin a round of this kind, or go on with the one that nobody has ended; its id. Raises Refused (sealed)."""
        fresh = self._engine.new_id("w")

        def work(db: Database, now: datetime) -> tuple[Noted, str]:
            sql = "select id from round where kind = ? and ended_at is null"
            row = db.execute(sql, [kind.value]).fetchone()
            if row is not None:
                return Noted(what="round-went-on", about=row[0]), str(row[0])
            sql = "insert into round (id, kind, began_at, by) values (?, ?, ?, ?)"
            db.execute(sql, [fresh, kind.value, rfc3339(now), by])
            return Noted(what="round-began", about=fresh), fresh

        return await self._engine.record_with(work, by)

    def next_door(self, one: Round) -> str | None:
        """The first door that was not looked at yet; None when all were."""
        seen = {line.compartment for line in one.lines}
        return next((name for name in self._engine.site.compartments if name not in seen), None)

    async def open(self, one: Round, door: str, by: str) -> None:
        """Order the door of this round open. Raises Refused as any order of staff; not-now when the round has ended."""
        if one.ended_at is not None:
            raise Refused(RefusalReason.NOT_NOW)
        await self._commands.open_compartment(door, f"round {one.id}", by)

    async def record(self, one: Round, door: str, look: DoorLook, by: str) -> None:
        """Keep what was found, and settle the door by it where it is in doubt. Sent twice it is kept once.

        Raises Refused: unknown for no such door, not-now when the round has ended, the door stands open, or something
        else was found there before; sealed. Raises BadPhoto, with nothing kept.
        """
        found = look.found
        compartment = self._engine.site.compartments.get(door)
        if compartment is None:
            raise Refused(RefusalReason.UNKNOWN)
        if one.ended_at is not None or (compartment.seen is Seen.OPEN and found is not Found.UNSEEN):
            raise Refused(RefusalReason.NOT_NOW)
        before = next((line for line in one.lines if line.compartment == door), None)
        if before is not None and before.found != found:
            raise Refused(RefusalReason.NOT_NOW)
        good = tuple(each for each in TICKS[one.kind] if each in look.ticks)
        values = [one.id, door, book_of(compartment).value, found.value, " ".join(good), look.note[:LONGEST_NOTE]]
        photo = cleaned_photo(look.photo) if look.photo and before is None else None
        if photo is not None:
            await self.photos.save(photo)
        kept = [photo.sha256, photo.type, len(photo.content)] if photo is not None else ["", "", 0]
        about = " ".join((one.id, door, *([photo.sha256] if photo is not None else [])))

        def work(db: Database, now: datetime) -> tuple[Noted, None]:
            # The book is another once the door is settled: what it said at the first word stands.
            db.execute(
                "insert or ignore into round_line"
                " (round, compartment, book, found, ticks, note, at, by, photo, photo_type, photo_bytes)"
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [*values, rfc3339(now), by, *kept],
            )
            return Noted(what="round-door", about=about), None

        await self._engine.record_with(work, by)
        in_doubt = compartment.use is Use.CHECK and compartment.seen is Seen.SHUT
        if in_doubt and found is not Found.UNSEEN and (found is Found.EMPTY or compartment.parcels):
            await self._commands.clear(door, Content(found.value), by)

    async def end(self, one: Round, by: str) -> None:
        """End a round. Raises Refused: not-now while a door is still to be looked at, sealed."""
        if self.next_door(one) is not None or one.ended_at is not None:
            raise Refused(RefusalReason.NOT_NOW)

        def work(db: Database, now: datetime) -> tuple[Noted, None]:
            db.execute("update round set ended_at = ?, ended_by = ? where id = ?", [rfc3339(now), by, one.id])
            return Noted(what="round-ended", about=one.id), None

        await self._engine.record_with(work, by)


_COLUMNS = "id, kind, began_at, by, ended_at, ended_by"


def _listed(db: Database) -> list[Round]:
    sql = f"select {_COLUMNS} from round where rowid < ? order by rowid desc limit ?"  # noqa: S608  own names
    rows = db.execute(sql, [_END, MOST_LISTED]).fetchall()
    return [_round(db, row) for row in rows]


def _found(db: Database, name: str) -> Round | None:
    row = db.execute(f"select {_COLUMNS} from round where id = ?", [name]).fetchone()  # noqa: S608  own names
    return _round(db, row) if row is not None else None


def _round(db: Database, row: tuple[str, ...]) -> Round:
    sql = (
        "select compartment, book, found, ticks, note, at, by, photo, iif(photo_bytes > 0, photo_type, '')"
        " from round_line where round = ? order by at, compartment"
    )
    lines = tuple(
        RoundLine(door, book, found, tuple(ticks.split()), note, moment(at), by, photo, media)
        for door, book, found, ticks, note, at, by, photo, media in db.execute(sql, [row[0]]).fetchall()
    )
    ended = moment(row[4]) if row[4] else None
    return Round(row[0], RoundKind(row[1]), moment(row[2]), row[3], ended, row[5], lines)
