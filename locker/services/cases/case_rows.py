"""Cases as they stand in their tables, read and written. Every function runs in the caller's transaction."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from locker.core.events.record import moment, rfc3339
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass
from locker.services.cases.case_clocks import Watched, next_warning
from locker.services.cases.case_kinds import KINDS, CaseKind, Priority, Stage

if TYPE_CHECKING:
    from sqlite_utils import Database

TO_OPENER = frozenset({"description", "reply", "message", "apology", "answer"})
"""Entries that whoever opened the case may read; all others are of staff among themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case without what people wrote. `resident`, `unit`: who it is about, empty where nobody said, or erased.

    `of`: the event that opened it by itself, 0 where a person did.
    """

    number: str
    kind: CaseKind
    priority: Priority
    source: str
    stage: Stage
    parcel: str
    compartment: str
    unit: str = field(repr=False)
    resident: str
    urgent: bool
    owner: str
    partners: tuple[str, ...]
    opened_at: datetime
    opened_by: str
    reply_due: datetime
    replied_at: datetime | None
    due: datetime
    provisional: bool
    warned: frozenset[str]
    of: int
    closed_at: datetime | None
    outcome: str

    @property
    def is_open(self) -> bool:
        """Whether somebody still works on it."""
        return self.closed_at is None

    @property
    def people(self) -> tuple[str, ...]:
        """Who answers for it and who works on it too."""
        return tuple(dict.fromkeys(name for name in (self.owner, *self.partners) if name))


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was written into a case."""

    entry: int
    at: datetime
    by: str
    what: str
    text: str = field(repr=False)
    salt: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Forward:
    """Somebody else who must answer."""

    entry: int
    to: str
    party: str
    due: datetime
    returned_at: datetime | None


@dataclass(frozen=True, slots=True)
class CasePhoto:
    """A photo of a case, by its hash."""

    sha256: str
    type: str
    size: int
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Award:
    """What is paid, in hundredths of the currency. `declared` None: no value was declared."""

    party: str
    actual: int
    declared: int | None
    amount: int
    decided_by: str
    decided_at: datetime
    approved_by: str
    approved_at: datetime | None


def digest(salt: str, text: str) -> str:
    """The hash of a text that stands in the journal: it proves the text to whoever has the salt, and to nobody else."""
    return hashlib.sha256(f"{salt}\n{text}".encode()).hexdigest()


_COLUMNS = """number, kind, priority, source, stage, parcel, compartment, unit, resident, urgent, owner, partners,
    opened_at, opened_by, reply_due, replied_at, due, provisional, warned, of, closed_at, outcome"""


def find(db: Database, number: str) -> Case:
    """The case of this number. Raises Refused: unknown."""
    row = db.execute(f"select {_COLUMNS} from cases where number = ?", [number]).fetchone()  # noqa: S608  own names
    if row is None:
        raise Refused(RefusalReason.UNKNOWN)
    return _case(row)


def find_open(db: Database, number: str) -> Case:
    """The case of this number, while somebody works on it. Raises Refused: unknown, not-now when it has ended."""
    case = find(db, number)
    if not case.is_open:
        raise Refused(RefusalReason.NOT_NOW)
    return case


def open_cases(db: Database) -> list[Case]:
    """All open cases, the most pressing first: by class, then by what is due."""
    sql = f"select {_COLUMNS} from cases where closed_at is null order by priority, due"  # noqa: S608  own names
    return [_case(row) for row in db.execute(sql).fetchall()]


def awards_waiting(db: Database) -> list[str]:
    """The open cases in which money was decided and a second person has not yet said anything."""
    sql = """select c.number from cases c join case_award a on a.number = c.number
             where c.closed_at is null and a.approved_by = '' order by c.priority, c.due"""
    return [row[0] for row in db.execute(sql).fetchall()]


def closed_cases(db: Database, before: str = "~", limit: int = 50) -> list[Case]:
    """Cases that have ended, the last first; behind `before`, a time as the journal spells it."""
    sql = f"""select {_COLUMNS} from cases where closed_at is not null and closed_at < ?
              order by closed_at desc limit ?"""  # noqa: S608  own names
    return [_case(row) for row in db.execute(sql, [before, limit]).fetchall()]


def cases_about(db: Database, *, parcel: str = "", resident: str = "") -> list[Case]:
    """The cases about a parcel or of a resident, the last first."""
    column, value = ("parcel", parcel) if parcel else ("resident", resident)
    if not value:
        return []
    sql = f"select {_COLUMNS} from cases where {column} = ? and {column} <> '' order by serial desc"  # noqa: S608  own names
    return [_case(row) for row in db.execute(sql, [value]).fetchall()]


def due_for_warning(db: Database, now: datetime) -> list[Case]:
    """Open cases of which somebody must be told something by now."""
    sql = f"select {_COLUMNS} from cases where closed_at is null and watch_at <= ? order by watch_at"  # noqa: S608  own names
    return [_case(row) for row in db.execute(sql, [rfc3339(now)]).fetchall()]


def _case(row: Any) -> Case:
    number, kind, priority, source, stage, parcel, compartment, unit, resident, urgent, owner, partners = row[:12]
    opened_at, opened_by, reply_due, replied_at, due, provisional, warned, of, closed_at, outcome = row[12:]
    return Case(
        number=number,
        kind=KINDS[kind],
        priority=Priority(priority),
        source=source,
        stage=Stage(stage),
        parcel=parcel,
        compartment=compartment,
        unit=unit,
        resident=resident,
        urgent=bool(urgent),
        owner=owner,
        partners=tuple(json.loads(partners)),
        opened_at=moment(opened_at),
        opened_by=opened_by,
        reply_due=moment(reply_due),
        replied_at=None if replied_at is None else moment(replied_at),
        due=moment(due),
        provisional=bool(provisional),
        warned=frozenset(json.loads(warned)),
        of=of,
        closed_at=None if closed_at is None else moment(closed_at),
        outcome=outcome,
    )


def change(db: Database, number: str, **values: Any) -> None:
    """Set columns of a case, then the moment at which somebody must be told next."""
    marks = ", ".join(f"{name} = ?" for name in values)
    db.execute(f"update cases set {marks} where number = ?", [*values.values(), number])  # noqa: S608  own names
    watch(db, number)


def watch(db: Database, number: str) -> None:
    """Work out anew when somebody must be told of this case."""
    case = find(db, number)
    at = next_warning(watched(db, case)) if case.is_open else None
    db.execute("update cases set watch_at = ? where number = ?", [None if at is None else rfc3339(at), number])


def watched(db: Database, case: Case) -> Watched:
    """What of a case decides when somebody is told."""
    waiting = tuple((each.entry, each.due) for each in forwards(db, case.number) if each.returned_at is None)
    return Watched(case.priority, case.reply_due, case.replied_at is not None, case.due, case.warned, waiting)


def write_entry(db: Database, number: str, now: datetime, by: str, what: str, text: str) -> tuple[int, str]:
    """Keep what somebody wrote; its number within the case, and the hash that stands in the journal."""
    last = db.execute("select coalesce(max(entry), 0) from case_entry where number = ?", [number]).fetchone()[0]
    salt = secrets.token_hex(16) if text else ""
    db.execute(
        "insert into case_entry (number, entry, at, by, what, text, salt) values (?, ?, ?, ?, ?, ?, ?)",
        [number, last + 1, rfc3339(now), by, what, text, salt],
    )
    return last + 1, digest(salt, text) if text else ""


def entries(db: Database, number: str) -> list[Entry]:
    """All that was written into a case, in order."""
    sql = "select entry, at, by, what, text, salt from case_entry where number = ? order by entry"
    return [Entry(n, moment(at), *rest) for n, at, *rest in db.execute(sql, [number]).fetchall()]


def forwards(db: Database, number: str) -> list[Forward]:
    """Whom else the case was given to, in order."""
    sql = "select entry, recipient, party, due, returned_at from case_forward where number = ? order by entry"
    return [
        Forward(entry, to, party, moment(due), None if returned is None else moment(returned))
        for entry, to, party, due, returned in db.execute(sql, [number]).fetchall()
    ]


def fields(db: Database, number: str) -> dict[str, str]:
    """What is known by now, by field."""
    return dict(db.execute("select field, value from case_field where number = ?", [number]).fetchall())


def fill(db: Database, number: str, name: str, value: str, now: datetime, by: str) -> None:
    """Say what is known; the last word holds."""
    db.execute(
        "insert or replace into case_field (number, field, value, at, by) values (?, ?, ?, ?, ?)",
        [number, name, value, rfc3339(now), by],
    )


def photos(db: Database, number: str) -> list[CasePhoto]:
    """The photos of a case, in order."""
    sql = "select sha256, type, bytes, at, by from case_photo where number = ? order by at, sha256"
    return [CasePhoto(n, kind, size, moment(at), by) for n, kind, size, at, by in db.execute(sql, [number]).fetchall()]


def award(db: Database, number: str) -> Award | None:
    """What was decided to be paid; None for nothing."""
    sql = """select party, actual, declared, amount, decided_by, decided_at, approved_by, approved_at
             from case_award where number = ?"""
    row = db.execute(sql, [number]).fetchone()
    if row is None:
        return None
    party, actual, declared, amount, decided_by, decided_at, approved_by, approved_at = row
    approved = None if approved_at is None else moment(approved_at)
    return Award(party, actual, declared, amount, decided_by, moment(decided_at), approved_by, approved)
