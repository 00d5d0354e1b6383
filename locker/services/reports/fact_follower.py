"""Counts what happens: reads the journal from its own cursor and folds it into facts.

Nobody waits for it, so it writes once in a quarter of an hour, facts, memory and cursor in one transaction; who asks in
between is told the table and what is not written yet. It never reads the past when asked.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.journal.history import events_after
from locker.services.reports.fact_fold import FactFold
from locker.services.reports.fact_table import (
    begin_after,
    fold_state,
    folded_upto,
    forget_facts,
    messages_between,
    origin_of,
    read_facts,
    settled_upto,
    write_facts,
    writes,
)
from locker.services.reports.facts import Fact
from locker.services.reports.parcel_seen import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlite_utils import Database

    from locker.core.events.record import Recorded
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.reports.facts import Grain

WRITE_EVERY_SECONDS = 900
DAYS_KEPT, PERSON_DAYS_KEPT = 1100, 400
_SETTLED = timedelta(hours=1)
_BATCH, _PAUSE = 200, 0.02
"""Of a long journal so many events at a time, and then a breath for whoever stands at a door."""


class FactFollower:
    """The facts of this cabinet. `doors`: the size of each compartment. Lives on the loop."""

    def __init__(self, journal: Journal, engine: Engine, timezone: str, doors: Mapping[str, str]) -> None:
        self._journal = journal
        self._engine = engine
        self._timezone = timezone
        self._doors = dict(doors)
        self._origins: dict[str, Origin] = {}
        self._fold = self._new_fold()
        self._cursor = -1
        self._leaving: list[Fact] = []
        self._writes = 0
        self._catching_up = asyncio.Lock()

    async def run(self) -> None:
        """Catch up with history, then write now and then for as long as the daemon lives."""
        while True:
            await self.catch_up()
            await self.write()
            await asyncio.sleep(WRITE_EVERY_SECONDS)

    async def facts(self, whats: Mapping[str, Grain], *spans: tuple[date, date]) -> list[list[Fact]]:
        """What was counted of these on the days of each span, up to this moment, as finely as it is asked for."""
        if not self._catching_up.locked():  # a long history is counted beside: nobody waits for its end
            await self.catch_up()
        days = [(first.isoformat(), last.isoformat()) for first, last in spans]

        def read(db: Database) -> tuple[list[list[Fact]], int]:
            return [read_facts(db, whats, *span) for span in days], writes(db)

        self._fold.advance(self._engine.now())
        rows, written = await self._journal.read(read)
        news = self._fold.pending() + (self._leaving if written == self._writes else [])
        news = [each for each in news if each.what in whats]
        return [
            [*found, *(each for each in news if first <= each.day <= last)]
            for found, (first, last) in zip(rows, days, strict=True)
        ]

    async def catch_up(self) -> None:
        """Read on until the last recorded event."""
        async with self._catching_up:
            if self._cursor < 0:
                await self._load()
            while True:
                after = self._cursor
                lines = await self._journal.read(lambda db: self._lines(db, after))  # noqa: B023  awaited at once
                for line in lines:
                    self._fold.take(line)
                    self._cursor = line.seq
                if len(lines) < _BATCH:
                    break
                await asyncio.sleep(_PAUSE)

        await self._count_messages()

    async def _count_messages(self) -> None:
        """Notices are counted an hour late, when each has found its channel."""
        at, after = rfc3339(self._engine.now() - _SETTLED), self._fold.messages_upto

        def read(db: Database) -> tuple[int, list[tuple[str, str, str, int]]]:
            upto = settled_upto(db, at)
            return upto, messages_between(db, after, upto) if upto > after else []

        upto, found = await self._journal.read(read)
        for hour, template, channel, n in found:
            self._fold.message(f"{hour}:00:00.000Z", template, channel, n)
        self._fold.messages_upto = max(after, upto)

    async def write(self) -> None:
        """Write what is new. While the disk is full it waits, and nothing is lost."""
        self._fold.advance(self._engine.now())
        facts, seq, state = self._fold.drain(), self._cursor, self._fold.state()
        if not facts:
            return
        self._leaving = facts
        today = self._engine.now().date()
        oldest, oldest_person = ((today - timedelta(days=n)).isoformat() for n in (DAYS_KEPT, PERSON_DAYS_KEPT))
        await self._journal.write_when_possible(lambda db: write_facts(db, seq, facts, state, oldest, oldest_person))
        self._leaving, self._writes = [], self._writes + 1

    async def rebuild(self) -> None:
        """Forget all facts and count the journal anew."""
        async with self._catching_up:
            await self._journal.write(forget_facts)
            self._fold, self._cursor, self._leaving, self._writes = self._new_fold(), -1, [], 0
        await self.catch_up()
        await self.write()

    def _new_fold(self) -> FactFold:
        return FactFold(self._timezone, self._doors, self._origin)

    def _origin(self, parcel: str) -> Origin:
        return self._origins.pop(parcel, Origin())

    async def _load(self) -> None:
        oldest = f"{(self._engine.now() - timedelta(days=PERSON_DAYS_KEPT)).date().isoformat()}T00:00:00.000Z"

        def read(db: Database) -> tuple[int, str, int]:
            upto = folded_upto(db)
            return (upto if upto >= 0 else begin_after(db, oldest)), fold_state(db), writes(db)

        cursor, state, self._writes = await self._journal.read(read)
        if state:
            self._fold.restore(state)
        self._cursor = max(0, cursor)
        self._fold.messages_upto = max(self._fold.messages_upto, self._cursor if not state else 0)

    def _lines(self, db: Database, after: int) -> list[Recorded]:
        """The next events; of cases also who brought the parcel that they are about."""
        lines = events_after(db, after, _BATCH)
        for line in lines:
            if line.kind == "CaseOpened" and (parcel := line.body()["parcel"]):
                self._origins[parcel] = origin_of(db, parcel)
        return lines
