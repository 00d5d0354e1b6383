"""The outbox table: one row a notice, from the event that caused it until it is sent, failed or obsolete.

No text and no code stands here: both are made at the moment of sending.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from locker.core.model import ParcelState
from locker.core.record import moment, rfc3339
from locker.services.notices.notice_texts import NoticeTemplate

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

INCOMPLETE = "incomplete"
UNREACHABLE = "unreachable"
MANY_TRIES = 5
_FAULTS_SHOWN_FOR = timedelta(days=7)

_WAITING = """
    select o.id, o.recipient, o.template, o.parcel, o.due_at, o.tries, coalesce(p.state, 'cancelled') as state,
        exists (select 1 from outbox a where a.parcel = o.parcel and a.recipient = o.recipient
            and a.template = 'arrival' and a.tries > 0) as arrival_tried
    from outbox o left join parcel p on p.id = o.parcel where o.state = 'waiting' """

_UNDELIVERED = """
    select o.id, o.parcel, o.recipient, o.template, o.state, o.tries, o.last_fault, o.created_at, p.unit, p.compartment
    from outbox o left join parcel p on p.id = o.parcel
    where (o.state = 'failed' or (o.state = 'waiting' and o.tries >= ?)) and (p.in_site = 1 or o.created_at > ?)
    order by o.event, o.id"""


@dataclass(frozen=True, slots=True)
class Notice:
    """A row that waits, with how its parcel stands now.

    `arrival_tried`: an arrival notice of the same parcel may have reached the recipient.
    """

    id: str
    recipient: str
    template: NoticeTemplate
    parcel: str
    due_at: datetime
    tries: int
    state: ParcelState
    arrival_tried: bool

    @property
    def obsolete(self) -> bool:
        """True when it says what is no longer so, or takes back what nobody heard of. A call to staff stays true."""
        if self.template is NoticeTemplate.STAFF_ALARM:
            return False
        return not self.arrival_tried if self.template is NoticeTemplate.WITHDRAWN else not self.state.live

    @property
    def held(self) -> bool:
        """True while the courier is at the door again: where and whether the parcel stays is not known."""
        return self.template is not NoticeTemplate.WITHDRAWN and self.state is ParcelState.DEPOSITING


@dataclass(frozen=True, slots=True)
class NoticeDetails:
    """What the words of one notice need: of its parcel, or of the event for which staff are called."""

    company: str = ""
    deadline: str = ""
    sealed: bytes | None = field(default=None, repr=False)
    alarm: str = ""
    door: str = ""
    at: str = ""


def waiting_notices(db: Database) -> list[Notice]:
    """Every notice that waits, the oldest event first."""
    return [_notice(row) for row in db.execute(_WAITING + "order by o.event, o.id").fetchall()]


def start_attempt(db: Database, notice: str) -> NoticeDetails | None:
    """Count a try before it is made and read what its words need; None when there is nothing to send any more.

    Counted first, so that after a power cut a notice that may have left is known as such.
    """
    row = db.execute(_WAITING + "and o.id = ?", [notice]).fetchone()
    if row is None or _notice(row).held:
        return None
    if _notice(row).obsolete:
        _end(db, notice, "obsolete", "", _notice(row).due_at)
        return None
    db.execute("update outbox set tries = tries + 1 where id = ?", [notice])
    if _notice(row).template is NoticeTemplate.STAFF_ALARM:
        return _alarm_details(db, notice)
    company, deadline, blob = db.execute(
        "select p.company, p.deadline, s.blob from parcel p left join sealed s on s.parcel = p.id where p.id = ?",
        [_notice(row).parcel],
    ).fetchone()
    return NoticeDetails(company, deadline or "", blob)


def _alarm_details(db: Database, notice: str) -> NoticeDetails:
    kind, door, at = db.execute(
        "select e.kind, coalesce(json_extract(e.data, '$.compartment'), ''), e.at"
        " from event e join outbox o on o.event = e.seq where o.id = ?",
        [notice],
    ).fetchone()
    return NoticeDetails(alarm=kind, door=door, at=at)


def postpone(db: Database, notice: str, until: datetime, fault: str) -> None:
    """Let a notice wait until then, and keep why."""
    db.execute("update outbox set due_at = ?, last_fault = ? where id = ?", [rfc3339(until), fault, notice])


def mark_sent(db: Database, notice: str, now: datetime) -> None:
    """Note that it was accepted."""
    _end(db, notice, "sent", "", now)


def mark_failed(db: Database, notice: str, fault: str, now: datetime) -> None:
    """Note that trying again will not help; staff see it."""
    _end(db, notice, "failed", fault, now)


def mark_obsolete(db: Database, notices: list[str], now: datetime) -> None:
    """Note that these need not be sent any more."""
    for notice in notices:
        _end(db, notice, "obsolete", "", now)


def retry_failed(db: Database, recipient: str, now: datetime) -> int:
    """Let failed notices of one recipient wait again, because the resident's record has changed."""
    return _retry(db, "recipient = ?", recipient, now)


def retry_incomplete(db: Database, now: datetime) -> int:
    """Let notices that lacked a setting wait again, because the daemon has read its settings anew."""
    return _retry(db, "last_fault like ?", INCOMPLETE + "%", now)


def undelivered_notices(db: Database, now: datetime) -> list[dict[str, Any]]:
    """Give staff what could not be delivered, or not for long: of parcels still here, and of the last seven days."""
    cursor = db.execute(_UNDELIVERED, [MANY_TRIES, rfc3339(now - _FAULTS_SHOWN_FOR)])
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _retry(db: Database, which: str, value: str, now: datetime) -> int:
    cursor = db.execute(
        "update outbox set state = 'waiting', due_at = ?, done_at = null where state = 'failed' and "  # noqa: S608  both conditions are constants above
        f"{which} and exists (select 1 from parcel p where p.id = parcel and p.in_site = 1)",
        [rfc3339(now), value],
    )
    return int(cursor.rowcount)


def _end(db: Database, notice: str, state: str, fault: str, now: datetime) -> None:
    db.execute(
        "update outbox set state = ?, last_fault = ?, done_at = ? where id = ? and state = 'waiting'",
        [state, fault, rfc3339(now), notice],
    )


def _notice(row: tuple[Any, ...]) -> Notice:
    id_, recipient, template, parcel, due_at, tries, state, arrival_tried = row
    return Notice(
        id_,
        recipient,
        NoticeTemplate(template),
        parcel,
        moment(due_at),
        tries,
        ParcelState(state),
        arrival_tried=bool(arrival_tried),
    )
