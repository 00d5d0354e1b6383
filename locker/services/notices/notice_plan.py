"""Which notices one event asks for, and for whom. Reads the tables, writes nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from locker.core.model import Direction, ParcelState
from locker.frozen import dataclass
from locker.services.notices import outbox
from locker.services.notices import shipment_notices as pieces
from locker.services.notices.carrier_notices import told_of_case
from locker.services.notices.notice_ladder import LAST_RUNG
from locker.services.notices.notice_templates import NoticeTemplate
from locker.services.notices.outside_recipients import carrier_recipient, public_recipient
from locker.services.notices.staff_alarm import ALARM_KINDS, calls_staff, staff_recipients

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlite_utils import Database

NOTICE_KINDS = (
    *("ParcelExpected", "ParcelPlaced", "ParcelMoved", "ParcelReassigned", "BroadcastSent", "RedeliveryAsked"),
    *("ParcelStored", "CodeRenewed", "ReminderDue", "ParcelOverdue", "ParcelCollected", "ParcelEnded"),
    *("CaseOpened", "CaseSaid", "CaseDueMoved", "CaseClosed", "CaseForwarded", "CarrierReported"),
    *("OutboundBooked", "DispatchOffered", "CourierExpected"),
    "CourierRoundEnded",
    *ALARM_KINDS,
)
_FOR_THE_OPENER = frozenset({"reply", "message", "apology"})
_FOR_THE_SENDER = {"OutboundBooked": NoticeTemplate.BOOKED, "CourierExpected": NoticeTemplate.COURIER_ETA}
_DELEGATE = "g"  # how the ids of their credentials begin
_TOLD_WHEN_ENDED = {
    ParcelState.WITHDRAWN.value: NoticeTemplate.WITHDRAWN,
    ParcelState.RETURNED.value: NoticeTemplate.RETURNED,
}


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told besides those for whom a parcel is, as the site file says.

    `staff`: how many phones and mailboxes are named for alarms. `collected`: whether recipients hear that their parcel
    was taken out. `carriers`: the companies whose systems hear it. `survey_percent`: of how many pickups people are
    asked how it was. `public`: channels that everybody reads, each told what all residents are told. `picture_wait_s`:
    so long an arrival waits for the picture that goes with it. `reports`: how many get reports.
    """

    staff: int = 0
    collected: bool = False
    carriers: frozenset[str] = frozenset()
    survey_percent: int = 0
    public: tuple[str, ...] = ()
    picture_wait_s: int = 0
    reports: int = 0

    def report_names(self) -> list[str]:
        """How the outbox names who gets reports: they stand behind the staff."""
        return staff_recipients(self.staff + self.reports)[self.staff :]

    def staff_names(self) -> list[str]:
        """How the outbox names the staff."""
        return staff_recipients(self.staff)


@dataclass(frozen=True, slots=True)
class Planned:
    """A notice that one event asks for. The id is the event's own and the same however often it is planned.

    `covers`: other pieces of the shipment, of which it tells as well; `waits`: for those that are still to come.
    `revives`: it was covered by another piece's, and that one has left.
    """

    id: str
    event: int
    recipient: str
    template: NoticeTemplate
    parcel: str
    covers: tuple[str, ...] = ()
    waits: bool = False
    revives: bool = False


def planned_notices(
    db: Database, asked: Audience, seq: int, kind: str, data: str, event_hash: str
) -> Iterator[Planned]:
    """Every notice that this event asks for."""
    body = json.loads(data)
    prefix = _prefix(seq, event_hash)
    if kind in ALARM_KINDS:
        for one in asked.staff_names() if calls_staff(kind, body) else ():
            yield Planned(f"{prefix}.{one}", seq, one, NoticeTemplate.STAFF_ALARM, "")
        return
    if kind == "CourierRoundEnded":
        return  # asks for none, but lets go what waits for more pieces
    if kind == "BroadcastSent":
        public = [public_recipient(each) for each in asked.public] if body["audience"] == "all" else []
        told = asked.report_names() if body["audience"] == "reports" else _everybody(db, body["audience"])
        for one in [*told, *public]:
            yield Planned(f"{prefix}.{one}", seq, one, NoticeTemplate(body["template"]), "")
        return
    if kind == "CarrierReported" or kind.startswith("Case"):
        yield from _of_cases(db, asked, seq, kind, body, prefix)
        return
    yield from _of_parcel(db, asked, seq, kind, body, event_hash)


def _of_cases(
    db: Database, asked: Audience, seq: int, kind: str, body: dict[str, Any], prefix: str
) -> Iterator[Planned]:
    """What the opener of a case hears, and what its carrier's system does."""
    if kind == "CarrierReported":
        companies, told = [each for each in asked.carriers if each == body["company"]], NoticeTemplate.CARRIER_REPORT
    else:
        companies, told = told_of_case(db, asked.carriers, kind, body), NoticeTemplate.CARRIER_CASE
    for company in companies:
        yield Planned(f"{prefix}.c", seq, carrier_recipient(company), told, "")
    template = _of_case(kind, body)
    if template is not None:
        for one in _opener(db, str(body["case"])):
            yield Planned(f"{prefix}.{one}", seq, one, template, "")


def _of_case(kind: str, body: dict[str, Any]) -> NoticeTemplate | None:
    """What whoever opened a case hears: that it is there, that staff wrote to them, that it moved or has ended."""
    if kind in {"CaseForwarded", "CarrierReported"} or (kind == "CaseSaid" and body["what"] not in _FOR_THE_OPENER):
        return None
    return NoticeTemplate.CASE_OPENED if kind == "CaseOpened" else NoticeTemplate.CASE_NEWS


def _opener(db: Database, case: str) -> list[str]:
    """The resident whom a case is about, while they are known here."""
    sql = "select r.id from cases c join resident r on r.id = c.resident where c.number = ?"
    return [str(row[0]) for row in db.execute(sql, [case]).fetchall()]


def _of_parcel(
    db: Database, asked: Audience, seq: int, kind: str, body: dict[str, Any], event_hash: str
) -> Iterator[Planned]:
    prefix, parcel = _prefix(seq, event_hash), str(body["parcel"])
    for company in _carrier(db, asked, kind, body):
        why = NoticeTemplate.COURIER_JOB if kind == "DispatchOffered" else NoticeTemplate.FOR_CARRIER
        yield Planned(f"{prefix}.c", seq, carrier_recipient(company), why, parcel)
    if kind in {"RedeliveryAsked", "DispatchOffered"}:
        return
    yield from _told_by_mistake(prefix, seq, kind, body)
    if kind in {"ParcelEnded", "ParcelCollected"}:
        yield from _of_other_pieces(db, prefix, parcel)
    template, recipients = _wanted(db, seq, kind, body)
    if template is None:
        return
    arrives = kind == "ParcelStored" and template is NoticeTemplate.ARRIVAL
    covers, waits = (pieces.covers(db, parcel), pieces.waits(db, parcel)) if arrives else ((), False)
    if template is not NoticeTemplate.COLLECTED or asked.collected:
        for recipient in recipients:
            yield Planned(f"{prefix}.{recipient}", seq, recipient, template, parcel, covers, waits)
    if template is NoticeTemplate.COLLECTED and int(event_hash[12:20], 16) % 100 < asked.survey_percent:
        for recipient in recipients:
            if not _asked_lately(db, recipient, seq):
                yield Planned(f"{prefix}.{recipient}.survey", seq, recipient, NoticeTemplate.SURVEY, parcel)


def _told_by_mistake(prefix: str, seq: int, kind: str, body: dict[str, Any]) -> Iterator[Planned]:
    """Who had a parcel in their name that is for others hears that their code opens nothing any more."""
    for one in body["before"] if kind == "ParcelReassigned" else ():
        yield Planned(f"{prefix}.{one}.not-yours", seq, str(one), NoticeTemplate.NOT_YOURS, str(body["parcel"]))


def _of_other_pieces(db: Database, prefix: str, parcel: str) -> Iterator[Planned]:
    """The piece that was to tell of all has left before anybody was told: another one tells of those that are here."""
    found = pieces.heir(db, parcel)
    if found is None:
        return
    other, event = found
    for recipient in _recipients(db, other):
        name = f"{prefix}.{recipient}.pieces"
        yield Planned(name, event, recipient, NoticeTemplate.ARRIVAL, other, revives=True)


def _prefix(seq: int, event_hash: str) -> str:
    """How ids of notices of one event begin: its hash keeps them apart when a backup is put back."""
    return f"n{seq}.{event_hash[:12]}"


def _everybody(db: Database, audience: str) -> list[str]:
    """All residents, or those for whom a parcel waits."""
    if audience == "waiting":
        sql = (
            "select distinct value from parcel, json_each(recipients) where in_site = 1 and direction = 'in'"
            " and state in ('stored', 'collecting', 'check')"
        )
    else:
        sql = "select id from resident order by id"
    return [str(row[0]) for row in db.execute(sql).fetchall()]


def _carrier(db: Database, asked: Audience, kind: str, body: dict[str, Any]) -> list[str]:
    """The company that hears of this event. That somebody wants a parcel again it must hear, or staff are told.

    Of a job for one of its couriers it hears where it has a system: at the board staff see who was asked.
    """
    if kind == "DispatchOffered":
        return [str(body["company"])] if body["company"] in asked.carriers else []
    told = (kind == "ParcelCollected" and not body.get("again")) or (
        kind == "ParcelEnded" and body["state"] == ParcelState.RETURNED
    )
    if not told and kind != "RedeliveryAsked":
        return []
    row = db.execute("select company, direction from parcel where id = ?", [body["parcel"]]).fetchone()
    if row is None or row[1] == Direction.OUT or (told and row[0] not in asked.carriers):
        return []
    return [str(row[0])]


def _asked_lately(db: Database, recipient: str, seq: int) -> bool:
    """True when this person was asked within the last month: nobody is asked after every parcel."""
    since = "(select strftime('%Y-%m-%dT%H:%M:%fZ', at, '-30 days') from event where seq = ?)"
    sql = f"select 1 from outbox where recipient = ? and template = 'survey' and created_at > {since} limit 1"  # noqa: S608  our own words
    return db.execute(sql, [recipient, seq]).fetchone() is not None


def _wanted(db: Database, seq: int, kind: str, body: dict[str, Any]) -> tuple[NoticeTemplate | None, list[str]]:
    """Which notice this event asks for, None for none, and who gets it."""
    if kind in _FOR_THE_SENDER:
        return _FOR_THE_SENDER[kind], _sender(db, str(body["parcel"]))
    return _asked_for(db, seq, kind, body)


def _asked_for(  # noqa: C901  one arm a kind
    db: Database, seq: int, kind: str, body: dict[str, Any]
) -> tuple[NoticeTemplate | None, list[str]]:
    """The same for what is here, comes or is taken out."""
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
        case "ParcelReassigned":
            # Behind a door the new code tells of it; what is only announced is told when it comes.
            template = None if body.get("compartment") or not _is_here(db, parcel) else NoticeTemplate.WITH_STAFF
        case "ParcelMoved":
            template = NoticeTemplate.WITH_STAFF if not body.get("from_place") else None
        case "ReminderDue" | "ParcelOverdue":
            template = _of_the_ladder(kind, body) if pieces.tells(db, parcel) else None
        case "ParcelExpected":
            told = [str(one) for one in body["recipients"]] if body.get("window_from") else []
            return NoticeTemplate.PRE_ARRIVAL, told
        case "ParcelCollected":
            if body.get("again"):
                return None, []
            if sender := _sender(db, parcel):
                return NoticeTemplate.HANDED_OVER, sender
            by_delegate = _opened_by(db, seq, parcel).startswith(_DELEGATE)
            return NoticeTemplate.DELEGATE if by_delegate else NoticeTemplate.COLLECTED, _arrival_recipients(db, parcel)
        case _:
            template = _TOLD_WHEN_ENDED.get(body["state"])
            return template, _arrival_recipients(db, parcel) if template is not None else []
    return template, _recipients(db, parcel) if template is not None else []


def _of_the_ladder(kind: str, body: dict[str, Any]) -> NoticeTemplate | None:
    if not body.get("compartment"):
        return None  # it lies with staff, and no code is told of it
    if kind == "ParcelOverdue":
        return NoticeTemplate.OVERDUE
    return NoticeTemplate.LAST_WARNING if body["rung"] == LAST_RUNG else NoticeTemplate.REMINDER


def _template_of_storing(db: Database, seq: int, body: dict[str, Any]) -> NoticeTemplate | None:
    if not body.get("again"):
        return NoticeTemplate.ARRIVAL
    parcel = str(body["parcel"])
    before = _stored_before(db, seq, parcel)
    if before is None:  # staff kept it until now
        return NoticeTemplate.ARRIVAL
    return NoticeTemplate.MOVED if before != body["compartment"] or _was_at_a_place(db, seq, parcel) else None


def _is_here(db: Database, parcel: str) -> bool:
    row = db.execute("select state from parcel where id = ?", [parcel]).fetchone()
    return row is not None and ParcelState(row[0]).live


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
    row = db.execute("select state, recipients, direction, to_staff from parcel where id = ?", [parcel]).fetchone()
    if row is None or not ParcelState(row[0]).live or row[2] == Direction.OUT or row[3]:
        return []
    return [str(one) for one in json.loads(row[1])]


def _sender(db: Database, parcel: str) -> list[str]:
    """Who sent a parcel that its carrier has fetched; nobody of one that came for somebody here."""
    row = db.execute("select recipients from parcel where id = ? and direction = 'out'", [parcel]).fetchone()
    return [str(one) for one in json.loads(row[0])] if row is not None else []


def _arrival_recipients(db: Database, parcel: str) -> list[str]:
    sql = f"select distinct recipient from outbox where {outbox.OF_PARCEL} and template = 'arrival'"  # noqa: S608  our own words
    return [row[0] for row in db.execute(sql, [parcel]).fetchall()]
