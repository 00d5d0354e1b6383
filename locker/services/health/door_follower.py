"""Counts what each door does: reads the journal from its own cursor, and takes what the banks have timed.

Nobody waits for these counts, so they are written once an hour, rows and cursor in one transaction: what a power cut
takes are the timings of an hour, never a count. What is kept grows with doors, not with time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import field
from datetime import date, timedelta
from statistics import median
from typing import TYPE_CHECKING

from locker.core.events.record import Recorded, rfc3339
from locker.frozen import dataclass
from locker.journal.follower_cursor import cursor_of, store_cursor
from locker.journal.history import first_event_from
from locker.services.health.door_statistics import DAYS_KEPT, DoorDay, DoorHealth, door_health

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.measures import BankMeter

DOOR_FOLLOWER = "doors"
WRITE_EVERY_SECONDS = 3600
TIMINGS_KEPT = 20
"""Of one door on one day: their median is what is asked for."""

_KINDS = ("DoorOpened", "LockFault")
_SCANNED = 5000


@dataclass(slots=True)
class _Row:
    """One door on one day, as it stands in its table."""

    cycles: int = 0
    openings: int = 0
    faults: int = 0
    timings: deque[int] = field(default_factory=lambda: deque(maxlen=TIMINGS_KEPT))

    def day(self, day: date) -> DoorDay:
        millis = median(self.timings) if self.timings else None
        return DoorDay(day, self.cycles, self.openings, self.faults, millis)


@dataclass(frozen=True, slots=True)
class _Stored:
    seq: int
    rows: dict[tuple[str, date], _Row]
    totals: dict[str, tuple[str, int]]


class DoorFollower:
    """How the locks do, of every door that the cabinet has. `meters`: those of its banks."""

    def __init__(self, journal: Journal, engine: Engine, meters: Callable[[], Iterable[BankMeter]]) -> None:
        self._journal = journal
        self._engine = engine
        self._meters = meters
        self._cursor = -1
        self._rows: dict[tuple[str, date], _Row] = {}
        self._totals: dict[str, tuple[str, int]] = {}
        self._changed: set[tuple[str, date]] = set()
        self._known: dict[str, DoorHealth] = {}

    async def run(self) -> None:
        """Catch up with history, then follow for as long as the daemon lives."""
        async with asyncio.TaskGroup() as group:
            if self._cursor < 0:
                await self.load()
            group.create_task(self._write_now_and_then(), name="door counts")
            while True:  # a reader that fell far behind is cut off and begins anew
                async with self._engine.follow() as events:
                    await self.catch_up()
                    async for recorded in events:
                        if recorded.seq > self._cursor:
                            self._take(recorded)
                            self._cursor = recorded.seq

    async def load(self) -> None:
        """Take up what was counted before."""
        now = self._engine.now()
        stored = await self._journal.read(lambda db: _stored(db, rfc3339(now - timedelta(days=DAYS_KEPT))))
        self._cursor, self._rows, self._totals = stored.seq, stored.rows, stored.totals
        self._known.clear()

    async def catch_up(self) -> None:
        """Read on until the last recorded event, so many at a time that nobody else waits for it."""
        while True:
            after = self._cursor
            lines, upto, last = await self._journal.read(lambda db: _lines(db, after))  # noqa: B023  awaited at once
            for line in lines:
                self._take(line)
            self._cursor = max(self._cursor, upto)
            if upto >= last:
                return

    def doors(self) -> list[DoorHealth]:
        """Every door of the cabinet, as of now."""
        self._take_timings()
        names = self._engine.site.compartments
        by_door: dict[str, list[DoorDay]] = {name: [] for name in names if name not in self._known}
        if by_door:
            for (door, day), row in self._rows.items():
                if door in by_door:
                    by_door[door].append(row.day(day))
        for door, days in by_door.items():
            self._known[door] = door_health(door, days, self._totals.get(door, ("", 0))[1])
        return [self._known[name] for name in names]

    async def write(self) -> None:
        """Write what has changed, and let go of days that are too old. While the disk is full it waits."""
        self._take_timings()
        oldest = self._engine.now().date() - timedelta(days=DAYS_KEPT)
        for place in [place for place in self._rows if place[1] < oldest]:
            del self._rows[place]
            self._known.pop(place[0], None)
        if not self._changed:
            return
        rows = {place: self._rows[place] for place in self._changed if place in self._rows}
        totals = {door: self._totals[door] for door, _ in rows if door in self._totals}
        seq, self._changed = self._cursor, set()
        await self._journal.write_when_possible(lambda db: _write(db, seq, rows, totals, oldest))

    async def _write_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_SECONDS)
            await self.write()

    def _take(self, line: Recorded) -> None:
        if line.kind not in _KINDS:
            return
        body = line.body()
        door = str(body["compartment"])
        row = self._row(door, date.fromisoformat(line.at[:10]))
        if line.kind == "LockFault":
            row.faults += 1
            return
        row.cycles += 1
        row.openings += bool(body.get("visit"))
        since, cycles = self._totals.get(door, (line.at, 0))
        self._totals[door] = since, cycles + 1

    def _take_timings(self) -> None:
        today = self._engine.now().date()
        for meter in self._meters():
            while meter.openings:
                door, seconds = meter.openings.popleft()
                self._row(door, today).timings.append(round(seconds * 1000))

    def _row(self, door: str, day: date) -> _Row:
        """The row to change."""
        self._changed.add((door, day))
        self._known.pop(door, None)
        return self._rows.setdefault((door, day), _Row())


def _stored(db: Database, oldest: str) -> _Stored:
    known = cursor_of(db, DOOR_FOLLOWER)
    # Of a journal that nobody has counted yet only what is asked for: a long one would take its time at every door.
    seq = known if known is not None else first_event_from(db, oldest) - 1
    rows = {}
    for door, day, cycles, openings, faults, timings in db.execute("select * from door_day").fetchall():
        times = deque((int(each) for each in timings.split()), TIMINGS_KEPT)
        rows[door, date.fromisoformat(day)] = _Row(cycles, openings, faults, times)
    totals = {door: (since, cycles) for door, since, cycles in db.execute("select * from door_total").fetchall()}
    return _Stored(seq, rows, totals)


def _lines(db: Database, after: int) -> tuple[list[Recorded], int, int]:
    """What counts of the next events, up to which they were looked at, and the last that there is."""
    last = int(db.execute("select coalesce(max(seq), 0) from event").fetchone()[0])
    upto = min(last, after + _SCANNED)
    sql = """select seq, at, kind, by, data, hash from event
             where seq > ? and seq <= ? and kind in ('DoorOpened', 'LockFault') order by seq"""
    return [Recorded(*row) for row in db.execute(sql, [after, upto]).fetchall()], upto, last


def _write(
    db: Database, seq: int, rows: dict[tuple[str, date], _Row], totals: dict[str, tuple[str, int]], oldest: date
) -> None:
    for (door, day), row in rows.items():
        timings = " ".join(str(each) for each in row.timings)
        values = [door, day.isoformat(), row.cycles, row.openings, row.faults, timings]
        db.execute("insert or replace into door_day values (?, ?, ?, ?, ?, ?)", values)
    for door, (since, cycles) in totals.items():
        db.execute("insert or replace into door_total values (?, ?, ?)", [door, since, cycles])
    db.execute("delete from door_day where day < ?", [oldest.isoformat()])
    store_cursor(db, DOOR_FOLLOWER, seq)
