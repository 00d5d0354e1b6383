"""The outbox table: one row a notice, from the event that caused it until it is sent, failed or obsolete.

No text and no code stands here: both are made at the moment of sending.
"""

from __future__ import annotations

import json
from dataclasses import field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from locker.core.events.record import moment, rfc3339
from locker.core.model import ParcelState
from locker.frozen import dataclass
from locker.ports import DeliveryFault
from locker.services.notices.carrier_notices import case_for_carrier, month_report
from locker.services.notices.notice_templates import NoticeTemplate
from locker.services.notices.shipments import shipment_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from sqlite_utils import Database

MANY_TRIES = 5
_FAULTS_SHOWN_FOR = timedelta(days=7)
_LIVE = ", ".join(f"'{state.value}'" for state in ParcelState if state.live)
_TAKES_BACK = f"'{NoticeTemplate.WITHDRAWN.value}', '{NoticeTemplate.NOT_YOURS.value}'"
_TIED_TO_PARCEL = ", ".join(f"'{each.value}'" for each in NoticeTemplate if each.of_waiting_parcel)
_ONLY_A_NEW_RECORD_HELPS = (DeliveryFault.UNREACHABLE, DeliveryFault.UNENCODABLE)

# The notices of one parcel are found by its events: an index of parcels would cost a page of the card for each notice.
OF_PARCEL = "event in (select seq from event where json_extract(data, '$.parcel') = ?)"
_WAITING = f"""
    select o.id, o.event, o.recipient, o.template, o.parcel, o.due_at, o.tries, o.created_at,
        coalesce(p.state, 'cancelled') as state, p.in_site = 1 and not exists (select 1 from json_each(p.credentials)
            where json_extract(value, '$.kind') in ('code', 'token')) as code_dead,
        o.template in ({_TAKES_BACK}) and exists (select 1 from outbox a
            where a.event in (select seq from event where json_extract(data, '$.parcel') = +o.parcel)
            and a.recipient = o.recipient and a.template in ('arrival', 'with-staff')
            and a.tries > 0) as arrival_tried,
        o.template in ({_TIED_TO_PARCEL}) and p.id is not null
            and not exists (select 1 from json_each(p.recipients) where value = o.recipient) as of_others
    from outbox o left join parcel p on p.id = o.parcel where o.state = 'waiting' """  # noqa: S608  our own words

# What failed, or was tried in vain for long: of parcels that are still here, all else for a week.
_OF_LIVE_PARCEL = f"p.state in ({_LIVE})"
_NEWS = f"o.template not in ({_TIED_TO_PARCEL})"
_FAILED_LIVE = f"""from parcel p join outbox o on o.parcel = p.id
    where p.in_site = 1 and {_OF_LIVE_PARCEL} and o.state = 'failed'"""
_FAILED_NEWS = f"""from outbox o left join parcel p on p.id = o.parcel
    where o.state = 'failed' and o.done_at > :since and {_NEWS} and not ifnull({_OF_LIVE_PARCEL}, 0)"""
_LATE = f"""from outbox o left join parcel p on p.id = o.parcel
    where o.state = 'waiting' and o.tries >= :tries and ({_OF_LIVE_PARCEL} or ({_NEWS} and o.due_at > :since))"""
_SHOWN = """select o.id, o.event, o.parcel, o.recipient, o.template, o.state, o.tries, o.last_fault, o.created_at,
    p.unit, p.compartment"""
_PAGE = 500
# A notice that is held waits for a person at the door, not for a link (`Notice.held`).
_TOLD_NOW = "where not (code_dead and template = 'arrival') and state <> 'depositing' order by event limit 1"
FIRST_PAGE = (0, "")


@dataclass(frozen=True, slots=True)
class Notice:
    """A row that waits, with how its parcel stands now.

    `code_dead`: after a restore its code opens nothing any more.
    `arrival_tried`: the recipient may have been told of the same parcel, that it came or that staff keep it.
    `of_others`: it waits for somebody else, as staff said since: its code is nothing for this recipient.
    """

    id: str
    event: int
    recipient: str
    template: NoticeTemplate
    parcel: str
    due_at: datetime
    tries: int
    created_at: datetime
    state: ParcelState
    code_dead: bool
    arrival_tried: bool
    of_others: bool = False

    @property
    def obsolete(self) -> bool:
        """True when it says what is no longer so, or takes back what nobody heard of. What has happened stays true."""
        if self.template in {NoticeTemplate.WITHDRAWN, NoticeTemplate.NOT_YOURS}:
            return not self.arrival_tried
        if self.template is NoticeTemplate.PRE_ARRIVAL:
            return self.state is not ParcelState.EXPECTED
        return self.template.of_waiting_parcel and (self.of_others or not self.state.live)

    @property
    def held(self) -> bool:
        """True while nobody knows what is to be told: the courier is at the door again, or staff must look inside.

        A dead code is told to nobody; the new one brings a notice of its own.
        """
        if self.template.tells_code and self.code_dead:
            return True
        return self.template.of_waiting_parcel and self.state is ParcelState.DEPOSITING


@dataclass(frozen=True, slots=True)
class NoticeDetails:
    """What the words of one notice need: of its parcel, or of the event for which staff are called.

    `pieces`: how many pieces of its shipment are here, and how many there are; (0, 0) for a single parcel.
    `chosen`: service and lane of what goes out, empty where nobody chose.
    """

    company: str = ""
    deadline: str = ""
    free_hours: int = 0
    sealed: bytes | None = field(default=None, repr=False)
    alarm: str = ""
    link: str = field(default="", repr=False)
    picture: Path | None = None
    door: str = ""
    at: str = ""
    stored_at: str = ""
    pieces: tuple[int, int] = (0, 0)
    shunned: frozenset[str] = frozenset()
    tracking: str = field(default="", repr=False)
    event: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    effective: str = ""
    chosen: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody was told, code and link hidden: by which channel, in which language and version of the words."""

    channel: str
    language: str
    version: str
    text: str


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """Some of the notices that wait, the oldest event first; `unreadable`: ids of rows that cannot be understood.

    `next`: where the next page begins, None behind the last.
    """

    notices: list[Notice]
    unreadable: list[str]
    next: tuple[int, str] | None


def waiting_page(db: Database, after: tuple[int, str] = FIRST_PAGE) -> WaitingPage:
    """Notices that wait, of events behind this place."""
    sql = f"{_WAITING} and (o.event, o.id) > (?, ?) order by o.event, o.id limit ?"
    rows = db.execute(sql, [*after, _PAGE]).fetchall()
    understood, unreadable = [], []
    for row in rows:
        try:
            understood.append(_notice(row))
        except (ValueError, TypeError):
            unreadable.append(str(row[0]))
    more = (int(rows[-1][1]), str(rows[-1][0])) if len(rows) == _PAGE else None
    return WaitingPage(understood, unreadable, more)


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
    return _details(db, _notice(row))


def _details(db: Database, notice: Notice) -> NoticeDetails:
    shunned, data, at = db.execute(
        "select o.shunned, e.data, e.at from outbox o left join event e on e.seq = o.event where o.id = ?", [notice.id]
    ).fetchone()
    common = NoticeDetails(at=at or "", shunned=frozenset(shunned.split()), event=json.loads(data or "{}"))
    if notice.template.from_table:
        texts, effective = db.execute(
            "select texts, effective_at from broadcast where id = ?", [common.event["broadcast"]]
        ).fetchone()
        return replace(common, texts=json.loads(texts), effective=effective or "")
    if notice.template.of_case:
        return common
    if notice.template is NoticeTemplate.CARRIER_CASE:
        return replace(common, event={**common.event, **case_for_carrier(db, common.event)})
    if notice.template is NoticeTemplate.CARRIER_REPORT:
        csv = month_report(db, common.event["company"], common.event["month"])
        return replace(common, event={**common.event, "csv": csv})
    company, deadline, free_hours, stored_at, tracking, blob = db.execute(
        "select p.company, p.deadline, p.free_hours, p.stored_at, p.tracking, s.blob"
        " from parcel p left join sealed s on s.parcel = p.id where p.id = ?",
        [notice.parcel],
    ).fetchone()
    return replace(
        common,
        company=company,
        deadline=deadline or "",
        free_hours=free_hours or 0,
        stored_at=stored_at or "",
        pieces=(len(shipment.here), shipment.pieces) if (shipment := shipment_of(db, notice.parcel)) else (0, 0),
        tracking=tracking,
        sealed=blob,
        chosen=_chosen(db, notice.parcel) if notice.template is NoticeTemplate.HANDED_OVER else ("", ""),
    )


def _chosen(db: Database, parcel: str) -> tuple[str, str]:
    row = db.execute("select service, lane from outbound_order where parcel = ?", [parcel]).fetchone()
    return (str(row[0]), str(row[1])) if row is not None else ("", "")


def _alarm_details(db: Database, notice: str) -> NoticeDetails:
    kind, door, at = db.execute(
        "select coalesce(json_extract(e.data, '$.subject'), e.kind), coalesce(json_extract(e.data, '$.compartment'),"
        " json_extract(e.data, '$.bank'), json_extract(e.data, '$.fault'), json_extract(e.data, '$.fingerprint'),"
        " json_extract(e.data, '$.ends'), json_extract(e.data, '$.about'), json_extract(e.data, '$.case'),"
        " json_extract(e.data, '$.year'), json_extract(e.data, '$.point'), json_extract(e.data, '$.rule'), ''),"
        " e.at from event e join outbox o on o.event = e.seq where o.id = ?",
        [notice],
    ).fetchone()
    return NoticeDetails(alarm=kind, door=door, at=at)


def postpone(db: Database, notice: str, until: datetime, fault: str) -> None:
    """Let a notice wait until then, and keep why."""
    db.execute("update outbox set due_at = ?, last_fault = ? where id = ?", [rfc3339(until), fault, notice])


def mark_sent(db: Database, notice: str, now: datetime, said: Said) -> None:
    """Note that it was accepted, and keep what was said (NTF-10)."""
    db.execute(
        "update outbox set state = 'sent', last_fault = '', done_at = ?, channel = ?, language = ?, version = ?,"
        " said = ? where id = ? and state = 'waiting'",
        [rfc3339(now), said.channel, said.language, said.version, said.text, notice],
    )


def notices_of_parcel(db: Database, parcel: str) -> list[dict[str, Any]]:
    """Everything that was to be said of one parcel, the oldest first: to whom, by which channel, in which words."""
    sql = f"""select id, recipient, template, state, tries, last_fault, created_at, done_at, channel, language, version,
        said, receipt, receipt_at from outbox where {OF_PARCEL} order by event, id"""  # noqa: S608  our own words
    cursor = db.execute(sql, [parcel])
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def first_told(db: Database, parcel: str) -> str | None:
    """When a way first took the arrival notice of this parcel; None for not yet."""
    sql = f"select min(done_at) from outbox where {OF_PARCEL} and template = 'arrival' and state = 'sent'"  # noqa: S608  our own words
    told: str | None = db.execute(sql, [parcel]).fetchone()[0]
    return told


def mark_failed(db: Database, notice: str, fault: str, now: datetime) -> tuple[str, str] | None:
    """Note that trying again will not help; its parcel and template, None when it waits no longer. Staff see it."""
    if not _end(db, notice, "failed", fault, now):
        return None
    parcel, template = db.execute("select parcel, template from outbox where id = ?", [notice]).fetchone()
    return str(parcel), str(template)


def mark_obsolete(db: Database, notices: list[str], now: datetime) -> None:
    """Note that these need not be sent any more."""
    for notice in notices:
        _end(db, notice, "obsolete", "", now)


def replace_arrivals(db: Database, parcel: str, recipient: str, event: int, now: datetime) -> None:
    """Let arrival notices of events before this one go: they would tell the new code a second time."""
    db.execute(
        f"update outbox set state = 'obsolete', done_at = ? where {OF_PARCEL} and recipient = ?"  # noqa: S608  our own words
        " and template = 'arrival' and event < ? and state in ('waiting', 'failed')",
        [rfc3339(now), parcel, recipient, event],
    )


def retry_failed(db: Database, recipient: str, now: datetime) -> int:
    """Let failed notices of one recipient wait again, because the resident's record has changed."""
    return _retry(db, "recipient = ?", [recipient], now)


def retry_after_start(db: Database, now: datetime, hold: timedelta = timedelta()) -> int:
    """Try everything now, because the daemon has read its settings and its key anew.

    What only another record of the resident can heal stays as it is, and so does an arrival that was not tried yet and
    is due within `hold`: it waits for the other pieces of its shipment, whether there is a restart or not.
    """
    sql = """update outbox set due_at = ? where state = 'waiting' and due_at > ?
             and not (template = 'arrival' and tries = 0 and last_fault = '' and due_at <= ?)"""
    db.execute(sql, [rfc3339(now), rfc3339(now), rfc3339(now + hold)])
    hopeless = [f"{fault.value}:%" for fault in _ONLY_A_NEW_RECORD_HELPS]
    return _retry(db, " and ".join(["last_fault not like ?"] * len(hopeless)), hopeless, now)


def oldest_waiting(db: Database) -> str | None:
    """When the oldest notice was written that waits, unless nobody may be told yet; None when none does."""
    row = db.execute(f"select created_at from ({_WAITING} order by o.event limit {_PAGE}) {_TOLD_NOW}").fetchone()  # noqa: S608  our own words
    return str(row[0]) if row else None


def undelivered_notices(db: Database, now: datetime) -> list[dict[str, Any]]:
    """Give staff what could not be delivered, or not for long: of parcels still here, and of the last seven days."""
    parts = " union all ".join(f"{_SHOWN} {which}" for which in (_FAILED_LIVE, _FAILED_NEWS, _LATE))
    sql = f"select * from ({parts}) order by event, id"  # noqa: S608  our own words
    cursor = db.execute(sql, _undelivered_values(now))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def notice_counts(db: Database, now: datetime) -> dict[str, int]:
    """How many notices wait, how many of those have been tried in vain for long, and how many failed."""
    sql = f"""select (select count(*) from outbox where state = 'waiting'),
        (select count(*) {_LATE}), (select count(*) {_FAILED_LIVE}) + (select count(*) {_FAILED_NEWS})"""  # noqa: S608  our own words
    waiting, late, failed = db.execute(sql, _undelivered_values(now)).fetchone()
    return {"waiting": waiting, "late": late, "failed": failed}


def _undelivered_values(now: datetime) -> dict[str, Any]:
    return {"tries": MANY_TRIES, "since": rfc3339(now - _FAULTS_SHOWN_FOR)}


def _retry(db: Database, which: str, values: list[str], now: datetime) -> int:
    cursor = db.execute(
        "update outbox set state = 'waiting', due_at = ?, done_at = null where state = 'failed' and "  # noqa: S608  both conditions are constants above
        f"{which} and parcel in (select id from parcel where in_site = 1)",
        [rfc3339(now), *values],
    )
    return int(cursor.rowcount)


def _end(db: Database, notice: str, state: str, fault: str, now: datetime) -> bool:
    cursor = db.execute(
        "update outbox set state = ?, last_fault = ?, done_at = ? where id = ? and state = 'waiting'",
        [state, fault, rfc3339(now), notice],
    )
    return bool(cursor.rowcount)


def _notice(row: tuple[Any, ...]) -> Notice:
    id_, event, recipient, template, parcel, due_at, tries, created_at, state, code_dead, arrival_tried, of_others = row
    return Notice(
        id_,
        event,
        recipient,
        NoticeTemplate(template),
        parcel,
        moment(due_at),
        tries,
        moment(created_at),
        ParcelState(state),
        code_dead=bool(code_dead),
        arrival_tried=bool(arrival_tried),
        of_others=bool(of_others),
    )
