"""Which notice an event asks for, and for whom: this follower reads the journal and fills the outbox.

Rows and cursor are written in one transaction, so that a crash repeats nothing and loses nothing.
It can never delay a door: it only reads what is already recorded.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.frozen import dataclass
from locker.journal.follower_cursor import cursor_of, store_cursor
from locker.services.notices import outbox
from locker.services.notices import shipment_notices as pieces
from locker.services.notices.notice_plan import NOTICE_KINDS, Audience, Planned, planned_notices
from locker.services.notices.notice_templates import NoticeTemplate
from locker.services.notices.shipments import shipment_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.people import ResidentDirectory

NOTICE_FOLLOWER = "notices"
_BATCH_SIZE = 500
_MAX_CURSOR_LAG = 1000
_WAKING_KINDS = frozenset(NOTICE_KINDS)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Notices of the events up to `last_seq`; `complete` when nothing later was there to read.

    `released`: pieces of shipments of which nothing more comes now.
    """

    planned: tuple[Planned, ...]
    released: tuple[str, ...]
    last_seq: int
    complete: bool


class NoticeFollower:
    """Turns events into rows of the outbox. `wake` is called whenever the outbox may have changed."""

    def __init__(
        self,
        journal: Journal,
        engine: Engine,
        directory: ResidentDirectory,
        wake: Callable[[], None],
        asked: Audience | None = None,
    ) -> None:
        self._asked = asked or Audience()
        self._journal = journal
        self._engine = engine
        self._directory = directory
        self._wake = wake
        self._cursor: int | None = None
        self._written_cursor = 0

    async def run(self) -> None:
        """Catch up with history, then follow for as long as the daemon lives."""
        while True:  # a reader that fell far behind is cut off and begins anew
            async with self._engine.follow() as events:
                await self.catch_up()
                async for recorded in events:
                    if recorded.kind in _WAKING_KINDS:
                        await self.catch_up()
                    elif recorded.kind == "ResidentSaved":
                        await self._retry_failed(str(recorded.body()["resident"]))

    async def catch_up(self) -> None:
        """Bring the outbox up to the last recorded event. While the disk cannot be written it waits."""
        if self._cursor is None:
            known = await self._journal.read(lambda db: cursor_of(db, NOTICE_FOLLOWER))
            self._cursor = self._written_cursor = known or 0
        while not await self._advance(self._cursor):
            pass
        self._wake()

    async def _advance(self, after: int) -> bool:
        """Take one batch; True when there is nothing more to read. A cursor alone is not worth a sync of the disk."""
        batch = await self._journal.read(lambda db: _plan(db, after, self._asked))
        if batch.planned or batch.released or batch.last_seq - self._written_cursor >= _MAX_CURSOR_LAG:
            now = self._engine.now()
            await self._journal.write_when_possible(lambda db: _write(db, batch, now, self._asked.picture_wait_s))
            self._written_cursor = batch.last_seq
        self._cursor = batch.last_seq
        return batch.complete

    async def _retry_failed(self, resident: str) -> None:
        await self._directory.refresh(resident)
        now = self._engine.now()
        if await self._journal.write_when_possible(lambda db: outbox.retry_failed(db, resident, now)):
            self._wake()


def _plan(db: Database, after: int, asked: Audience) -> _Batch:
    last = db.execute("select coalesce(max(seq), 0) from event").fetchone()[0]
    placeholders = ", ".join("?" * len(NOTICE_KINDS))
    select = f"select seq, kind, data, hash from event where seq > ? and seq <= ? and kind in ({placeholders})"  # noqa: S608  placeholders only
    rows = db.execute(f"{select} order by seq limit ?", [after, last, *NOTICE_KINDS, _BATCH_SIZE]).fetchall()
    planned = tuple(notice for row in rows for notice in planned_notices(db, asked, *row))
    complete = len(rows) < _BATCH_SIZE
    stored = [one for row in rows if row[1] == "CourierRoundEnded" for one in json.loads(row[2])["stored"]]
    released = tuple(one for one in stored if shipment_of(db, one) is not None)
    return _Batch(planned, released, max(after, last if complete else rows[-1][0]), complete)


def _write(db: Database, batch: _Batch, now: datetime, picture_wait_s: int) -> None:
    for notice in batch.planned:
        if notice.revives:
            pieces.uncover(db, notice.parcel, notice.recipient, now)
            continue
        due = now
        if notice.template is NoticeTemplate.ARRIVAL:
            due += pieces.HOLD if notice.waits else timedelta(seconds=picture_wait_s)
            outbox.replace_arrivals(db, notice.parcel, notice.recipient, notice.event, now)
        for one in notice.covers:
            pieces.cover_arrivals(db, one, notice.recipient, now)
        db.execute(
            "insert into outbox (id, event, recipient, template, parcel, due_at, tries, state, last_fault, created_at)"
            " values (?, ?, ?, ?, ?, ?, 0, 'waiting', '', ?) on conflict do nothing",
            [
                *(notice.id, notice.event, notice.recipient, notice.template.value),
                notice.parcel,
                rfc3339(due),
                rfc3339(now),
            ],
        )
    pieces.release(db, batch.released, now)
    store_cursor(db, NOTICE_FOLLOWER, batch.last_seq)
