"""Which notice an event asks for, and for whom: this follower reads the journal and fills the outbox.

Rows and cursor are written in one transaction, so that a crash repeats nothing and loses nothing.
It can never delay a door: it only reads what is already recorded.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from locker.core.events.record import rfc3339
from locker.core.model import Direction, ParcelState
from locker.services.notices import outbox
from locker.services.notices.notice_ladder import LAST_RUNG
from locker.services.notices.notice_templates import NoticeTemplate
from locker.services.notices.staff_alarm import ALARM_KINDS, calls_staff, staff_recipients

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.people import ResidentDirectory

NOTICE_FOLLOWER = "notices"
_BATCH_SIZE = 500
_MAX_CURSOR_LAG = 1000
_NOTICE_KINDS = (
    *("ParcelPlaced", "ParcelMoved"),
    *("ParcelStored", "CodeRenewed", "ReminderDue", "ParcelOverdue", "ParcelCollected", "ParcelEnded"),
    *ALARM_KINDS,
)
_WAKING_KINDS = frozenset(_NOTICE_KINDS)
_DELEGATE = "g"  # how the ids of their credentials begin
_TOLD_WHEN_ENDED = {
    ParcelState.WITHDRAWN.value: NoticeTemplate.WITHDRAWN,
    ParcelState.RETURNED.value: NoticeTemplate.RETURNED,
}


@dataclass(frozen=True, slots=True)
class _Planned:
    """A notice that one event asks for. The id is the event's own and the same however often it is planned."""

    id: str
    event: int
    recipient: str
    template: NoticeTemplate
    parcel: str


@dataclass(frozen=True, slots=True)
class _Batch:
    """Notices of the events up to `last_seq`; `complete` when nothing later was there to read."""

    planned: tuple[_Planned, ...]
    last_seq: int
    complete: bool


class NoticeFollower:
    """Turns events into rows of the outbox. `wake` is called whenever the outbox may have changed.

    `staff`: how many phones and mailboxes the site file names for alarms. `collected`: whether those whom a parcel was
    for hear that it was taken out.
    """

    def __init__(
        self,
        journal: Journal,
        engine: Engine,
        directory: ResidentDirectory,
        wake: Callable[[], None],
        staff: int = 0,
        *,
        collected: bool = False,
    ) -> None:
        self._staff = staff_recipients(staff)
        self._collected = collected
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
            self._cursor = self._written_cursor = await self._journal.read(_cursor)
        while not await self._advance(self._cursor):
            pass
        self._wake()

    async def _advance(self, after: int) -> bool:
        """Take one batch; True when there is nothing more to read. A cursor alone is not worth a sync of the disk."""
        batch = await self._journal.read(lambda db: _plan(db, after, self._staff, self._collected))
        if batch.planned or batch.last_seq - self._written_cursor >= _MAX_CURSOR_LAG:
            now = self._engine.now()
            await self._journal.write_when_possible(lambda db: _write(db, batch, now))
            self._written_cursor = batch.last_seq
        self._cursor = batch.last_seq
        return batch.complete

    async def _retry_failed(self, resident: str) -> None:
        await self._directory.refresh(resident)
        now = self._engine.now()
        if await self._journal.write_when_possible(lambda db: outbox.retry_failed(db, resident, now)):
            self._wake()


def _cursor(db: Database) -> int:
    row = db.execute("select seq from follower where name = ?", [NOTICE_FOLLOWER]).fetchone()
    return row[0] if row else 0


def _store_cursor(db: Database, seq: int) -> None:
    db.execute(
        "insert into follower (name, seq) values (?, ?) on conflict (name) do update set seq = excluded.seq",
        [NOTICE_FOLLOWER, seq],
    )


def _plan(db: Database, after: int, staff: list[str], collected: bool) -> _Batch:
    last = db.execute("select coalesce(max(seq), 0) from event").fetchone()[0]
    placeholders = ", ".join("?" * len(_NOTICE_KINDS))
    select = f"select seq, kind, data, hash from event where seq > ? and seq <= ? and kind in ({placeholders})"  # noqa: S608  placeholders only
    rows = db.execute(f"{select} order by seq limit ?", [after, last, *_NOTICE_KINDS, _BATCH_SIZE]).fetchall()
    planned = tuple(notice for row in rows for notice in _notices(db, staff, collected, *row))
    complete = len(rows) < _BATCH_SIZE
    return _Batch(planned, max(after, last if complete else rows[-1][0]), complete)


def _notices(
    db: Database, staff: list[str], collected: bool, seq: int, kind: str, data: str, event_hash: str
) -> Iterator[_Planned]:
    body = json.loads(data)
    # The hash keeps ids apart when a backup is put back and numbers are given out again.
    prefix = f"n{seq}.{event_hash[:12]}"
    if kind in ALARM_KINDS:
        for one in staff if calls_staff(kind, body) else ():
            yield _Planned(f"{prefix}.{one}", seq, one, NoticeTemplate.STAFF_ALARM, "")
        return
    template, recipients = _asked_for(db, seq, kind, body)
    if template is NoticeTemplate.COLLECTED and not collected:
        return
    if template is None:
        return
    for recipient in recipients:
        yield _Planned(f"{prefix}.{recipient}", seq, recipient, template, str(body["parcel"]))


def _asked_for(db: Database, seq: int, kind: str, body: dict[str, Any]) -> tuple[NoticeTemplate | None, list[str]]:
    """Which notice this event of a parcel asks for, None for none, and who gets it."""
    parcel = str(body["parcel"])
    template: NoticeTemplate | None
    match kind:
        case "ParcelStored":
            template = _template_of_storing(db, seq, body)
        case "CodeRenewed":
            # A parcel that was never stored before is told of by its first storing, which follows.
            template = NoticeTemplate.ARRIVAL if _stored_before(db, seq, parcel) else None
        case "ParcelPlaced":
            template = NoticeTemplate.WITH_STAFF
        case "ParcelMoved":
            template = NoticeTemplate.WITH_STAFF if not body.get("from_place") else None
        case "ReminderDue" | "ParcelOverdue" if not body.get("compartment"):
            template = None  # it lies with staff, and no code is told of it
        case "ReminderDue":
            template = NoticeTemplate.LAST_WARNING if body["rung"] == LAST_RUNG else NoticeTemplate.REMINDER
        case "ParcelOverdue":
            template = NoticeTemplate.OVERDUE
        case "ParcelCollected":
            if body.get("again"):
                return None, []
            by_delegate = _opened_by(db, seq, parcel).startswith(_DELEGATE)
            return NoticeTemplate.DELEGATE if by_delegate else NoticeTemplate.COLLECTED, _arrival_recipients(db, parcel)
        case _:
            template = _TOLD_WHEN_ENDED.get(body["state"])
            return template, _arrival_recipients(db, parcel) if template is not None else []
    return template, _recipients(db, parcel) if template is not None else []


def _template_of_storing(db: Database, seq: int, body: dict[str, Any]) -> NoticeTemplate | None:
    if not body.get("again"):
        return NoticeTemplate.ARRIVAL
    parcel = str(body["parcel"])
    before = _stored_before(db, seq, parcel)
    if before is None:  # staff kept it until now
        return NoticeTemplate.ARRIVAL
    return NoticeTemplate.MOVED if before != body["compartment"] or _was_at_a_place(db, seq, parcel) else None


def _was_at_a_place(db: Database, seq: int, parcel: str) -> bool:
    """True when staff kept this parcel at a place between its last two storings behind doors."""
    row = db.execute(
        "select kind from event where json_extract(data, '$.parcel') = ? and seq < ?"
        " and kind in ('ParcelStored', 'ParcelPlaced', 'ParcelMoved') order by seq desc limit 1",
        [parcel, seq],
    ).fetchone()
    return row is not None and row[0] != "ParcelStored"


def _stored_before(db: Database, seq: int, parcel: str) -> str | None:
    """The compartment where this parcel was last stored before this event; None if never."""
    row = db.execute(
        "select json_extract(data, '$.compartment') from event "
        "where json_extract(data, '$.parcel') = ? and kind = 'ParcelStored' and seq < ? order by seq desc limit 1",
        [parcel, seq],
    ).fetchone()
    return row[0] if row else None


def _opened_by(db: Database, seq: int, parcel: str) -> str:
    """The credential that opened the door for this parcel the last time before this event; empty where none did."""
    row = db.execute(
        "select json_extract(data, '$.credential') from event "
        "where json_extract(data, '$.parcel') = ? and kind = 'PickupStarted' and seq < ? order by seq desc limit 1",
        [parcel, seq],
    ).fetchone()
    return str(row[0] or "") if row else ""


def _recipients(db: Database, parcel: str) -> list[str]:
    """Recipients of a parcel that is still here; one that has left needs no arrival notice, nor does what goes out."""
    row = db.execute("select state, recipients, direction from parcel where id = ?", [parcel]).fetchone()
    if row is None or not ParcelState(row[0]).live or row[2] == Direction.OUT:
        return []
    return [str(one) for one in json.loads(row[1])]


def _arrival_recipients(db: Database, parcel: str) -> list[str]:
    sql = f"select distinct recipient from outbox where {outbox.OF_PARCEL} and template = 'arrival'"  # noqa: S608  our own words
    return [row[0] for row in db.execute(sql, [parcel]).fetchall()]


def _write(db: Database, batch: _Batch, now: datetime) -> None:
    for notice in batch.planned:
        if notice.template is NoticeTemplate.ARRIVAL:
            outbox.replace_arrivals(db, notice.parcel, notice.recipient, notice.event, now)
        db.execute(
            "insert into outbox (id, event, recipient, template, parcel, due_at, tries, state, last_fault, created_at)"
            " values (?, ?, ?, ?, ?, ?, 0, 'waiting', '', ?) on conflict do nothing",
            [notice.id, notice.event, notice.recipient, notice.template.value, notice.parcel, *[rfc3339(now)] * 2],
        )
    _store_cursor(db, batch.last_seq)
