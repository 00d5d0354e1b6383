"""Who is to be told what: this follower reads the journal and fills the outbox.

Rows and cursor are written in one transaction, so that a crash repeats nothing and loses nothing.
It can never delay a door: it only reads what is already recorded.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locker.core.model import ParcelState
from locker.core.record import rfc3339
from locker.services.notices import outbox
from locker.services.notices.notice_texts import Template
from locker.services.notices.staff_alarm import ALARMS, calls_staff, names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.people.residents import ResidentDirectory

FOLLOWER = "notices"
_BATCH = 500
_UNWRITTEN = 1000
_TOLD = ("ParcelStored", "ParcelEnded", *ALARMS)
_WAKING = frozenset({*_TOLD, "ParcelCollected"})


@dataclass(frozen=True, slots=True)
class _Planned:
    """A notice that one event asks for. The id is the event's own and the same however often it is planned."""

    id: str
    event: int
    recipient: str
    template: Template
    parcel: str


@dataclass(frozen=True, slots=True)
class _Batch:
    """Notices of the events up to `upto`; `whole` when nothing later was there to read."""

    planned: tuple[_Planned, ...]
    upto: int
    whole: bool


class NoticeFollower:
    """Turns events into rows of the outbox. `wake` is called whenever the outbox may have changed.

    `staff`: how many phones and mailboxes the site file names for alarms.
    """

    def __init__(
        self, journal: Journal, engine: Engine, directory: ResidentDirectory, wake: Callable[[], None], staff: int = 0
    ) -> None:
        self._staff = names(staff)
        self._journal = journal
        self._engine = engine
        self._directory = directory
        self._wake = wake
        self._cursor: int | None = None
        self._stored = 0

    async def run(self) -> None:
        """Catch up with history, then follow for as long as the daemon lives."""
        while True:  # a reader that fell far behind is cut off and begins anew
            async with self._engine.follow() as events:
                await self.catch_up()
                async for recorded in events:
                    if recorded.kind in _WAKING:
                        await self.catch_up()
                    elif recorded.kind == "ResidentSaved":
                        await self._revive(str(recorded.body()["resident"]))

    async def catch_up(self) -> None:
        """Bring the outbox up to the last recorded event. While the disk cannot be written it waits."""
        if self._cursor is None:
            self._cursor = self._stored = await self._journal.read(_cursor)
        while not await self._advance(self._cursor):
            pass
        self._wake()

    async def _advance(self, after: int) -> bool:
        """Take one batch; True when there is nothing more to read. A cursor alone is not worth a sync of the disk."""
        batch = await self._journal.read(lambda db: _plan(db, after, self._staff))
        if batch.planned or batch.upto - self._stored >= _UNWRITTEN:
            now = self._engine.now()
            await self._journal.write_when_possible(lambda db: _write(db, batch, now))
            self._stored = batch.upto
        self._cursor = batch.upto
        return batch.whole

    async def _revive(self, resident: str) -> None:
        await self._directory.refresh(resident)
        now = self._engine.now()
        if await self._journal.write_when_possible(lambda db: outbox.revive(db, resident, now)):
            self._wake()


def _cursor(db: Database) -> int:
    row = db.execute("select seq from follower where name = ?", [FOLLOWER]).fetchone()
    return row[0] if row else 0


def _store_cursor(db: Database, seq: int) -> None:
    db.execute(
        "insert into follower (name, seq) values (?, ?) on conflict (name) do update set seq = excluded.seq",
        [FOLLOWER, seq],
    )


def _plan(db: Database, after: int, staff: list[str]) -> _Batch:
    last = db.execute("select coalesce(max(seq), 0) from event").fetchone()[0]
    marks = ", ".join("?" * len(_TOLD))
    told = f"select seq, kind, data, hash from event where seq > ? and seq <= ? and kind in ({marks})"  # noqa: S608  marks only
    rows = db.execute(f"{told} order by seq limit ?", [after, last, *_TOLD, _BATCH]).fetchall()
    planned = tuple(notice for row in rows for notice in _notices(db, staff, *row))
    whole = len(rows) < _BATCH
    return _Batch(planned, max(after, last if whole else rows[-1][0]), whole)


def _notices(db: Database, staff: list[str], seq: int, kind: str, data: str, mark: str) -> Iterator[_Planned]:
    body = json.loads(data)
    if kind in ALARMS:
        for one in staff if calls_staff(kind, body) else ():
            yield _Planned(f"n{seq}.{mark[:12]}.{one}", seq, one, Template.STAFF_ALARM, "")
        return
    parcel = str(body["parcel"])
    if kind == "ParcelStored":
        template = _template_of_storing(db, seq, body)
        recipients = _recipients(db, parcel) if template else []
    else:
        template = Template.WITHDRAWN if body["state"] == ParcelState.WITHDRAWN else None
        recipients = _were_told(db, parcel)
    if template is None:
        return
    for recipient in recipients:
        # The hash keeps ids apart when a backup is put back and numbers are given out again.
        yield _Planned(f"n{seq}.{mark[:12]}.{recipient}", seq, recipient, template, parcel)


def _template_of_storing(db: Database, seq: int, body: dict[str, Any]) -> Template | None:
    if not body.get("again"):
        return Template.ARRIVAL
    before = db.execute(
        "select json_extract(data, '$.compartment') from event "
        "where json_extract(data, '$.parcel') = ? and kind = 'ParcelStored' and seq < ? order by seq desc limit 1",
        [body["parcel"], seq],
    ).fetchone()
    return Template.MOVED if before and before[0] != body["compartment"] else None


def _recipients(db: Database, parcel: str) -> list[str]:
    """Recipients of a parcel that is still here; one that has left already needs no arrival notice."""
    row = db.execute("select state, recipients from parcel where id = ?", [parcel]).fetchone()
    if row is None or not ParcelState(row[0]).live:
        return []
    return [str(one) for one in json.loads(row[1])]


def _were_told(db: Database, parcel: str) -> list[str]:
    rows = db.execute("select recipient from outbox where parcel = ? and template = 'arrival'", [parcel]).fetchall()
    return [row[0] for row in rows]


def _write(db: Database, batch: _Batch, now: datetime) -> None:
    for notice in batch.planned:
        db.execute(
            "insert into outbox (id, event, recipient, template, parcel, due_at, tries, state, last_fault, created_at)"
            " values (?, ?, ?, ?, ?, ?, 0, 'waiting', '', ?) on conflict do nothing",
            [notice.id, notice.event, notice.recipient, notice.template.value, notice.parcel, *[rfc3339(now)] * 2],
        )
    _store_cursor(db, batch.upto)
