"""What somebody says to open a case, what they get, and the rows of it."""

from __future__ import annotations

import json
from dataclasses import field
from typing import TYPE_CHECKING

from locker.core.events.case_events import CaseOpened
from locker.core.events.record import rfc3339
from locker.frozen import dataclass
from locker.journal.duty_tables import on_duty
from locker.services.cases import case_rows
from locker.services.cases.case_kinds import CLASSES, KINDS, Priority, Source, Stage, queue_of
from locker.services.cases.case_number import EPOCH_GAP, case_number
from locker.services.people import Role, active_staff
from locker.services.policies import Queue

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.messages.command import Once
    from locker.services.cases.case_clocks import CaseClocks
    from locker.services.cases.photos import Photo

LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRequest:
    """What somebody complains of, asks for or claims. `kind` is a name of KINDS; all but it may be left out.

    `unit`, `resident`: who it is about. `of`: the number of the event that opens it by itself.
    """

    kind: str
    source: Source
    by: str
    text: str = field(default="", repr=False)
    parcel: str = ""
    compartment: str = ""
    unit: str = field(default="", repr=False)
    resident: str = ""
    urgent: bool = False
    photos: tuple[bytes, ...] = field(default=(), repr=False)
    of: int = 0
    once: Once | None = None


@dataclass(frozen=True, slots=True)
class CaseReceipt:
    """What whoever opened a case is told: its number, and by when they hear more."""

    number: str
    reply_due: datetime
    due: datetime
    provisional: bool


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case as it is about to be written. `team`: who serves its queue, by account."""

    request: CaseRequest
    mark: str
    epoch: str
    clocks: CaseClocks
    photos: tuple[Photo, ...]
    team: tuple[str, ...] = ()


def write_case(db: Database, now: datetime, new: NewCase) -> tuple[CaseOpened, CaseReceipt]:
    """Write the rows of a new case; the event that tells of it, and the receipt."""
    asked, clocks, kind = new.request, new.clocks, KINDS[new.request.kind]
    serial = _next_serial(db, new.epoch)
    number = case_number(new.mark, serial)
    waits = kind.priority is Priority.SAFETY or queue_of(kind, asked.source) is Queue.CALLS
    team = () if kind.priority is Priority.SAFETY else new.team
    owner = find_owner(db, CLASSES[kind.priority].owner, now, team=team, waits=waits)
    row = {
        "number": number,
        "serial": serial,
        "epoch": new.epoch,
        "kind": kind.name,
        "priority": int(kind.priority),
        "source": asked.source.value,
        "stage": Stage.REGISTER.value,
        "parcel": asked.parcel,
        "compartment": asked.compartment,
        "unit": asked.unit,
        "resident": asked.resident,
        "urgent": int(asked.urgent),
        "owner": owner,
        "partners": "[]",
        "opened_at": rfc3339(now),
        "opened_by": asked.by,
        "reply_due": rfc3339(clocks.reply_due),
        "due": rfc3339(clocks.due),
        "provisional": int(clocks.provisional),
        "warned": json.dumps([]),
        "of": asked.of,
        "outcome": "",
        "erase": 0,
    }
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    db.execute(f"insert into cases ({names}) values ({marks})", list(row.values()))  # noqa: S608  own names
    _, hashed = case_rows.write_entry(db, number, now, asked.by, "description", asked.text)
    for photo in new.photos:
        add_photo_row(db, number, photo, now, asked.by)
    case_rows.watch(db, number)
    event = CaseOpened(
        case=number,
        kind=kind.name,
        priority=int(kind.priority),
        source=asked.source.value,
        parcel=asked.parcel,
        compartment=asked.compartment,
        reply_due=clocks.reply_due,
        due=clocks.due,
        provisional=clocks.provisional,
        of=asked.of,
        digest=hashed,
        photos=tuple(photo.sha256 for photo in new.photos),
    )
    return event, CaseReceipt(number, clocks.reply_due, clocks.due, clocks.provisional)


def add_photo_row(db: Database, number: str, photo: Photo, now: datetime, by: str) -> None:
    """Say that a photo belongs to a case."""
    db.execute(
        "insert or ignore into case_photo (number, sha256, type, bytes, at, by) values (?, ?, ?, ?, ?, ?)",
        [number, photo.sha256, photo.type, len(photo.content), rfc3339(now), by],
    )


def find_owner(db: Database, role: Role, now: datetime, *, team: tuple[str, ...] = (), waits: bool = False) -> str:
    """Who has the fewest open cases: of the team, else of this role, else a supervisor; empty where nobody is left.

    Who is on duty goes before who is not. Where somebody `waits` now, anybody on duty goes before a team at home.
    """
    able = {one: active_staff(db, one) for one in (Role.SUPERVISOR, Role.OPERATOR)}
    of_team = [name for name in team if any(name in names for names in able.values())]
    groups = [of_team, *(able.get(one) or active_staff(db, one) for one in dict.fromkeys((role, *able)))]
    duty = on_duty(db, now)
    here = [[name for name in names if name in duty] for names in groups]
    order = [*here, *groups] if waits else [each for pair in zip(here, groups, strict=True) for each in pair]
    names = next((each for each in order if each), [])
    busy = dict(db.execute("select owner, count(*) from cases where closed_at is null group by owner").fetchall())
    return min(names, key=lambda name: (busy.get(name, 0), name), default="")


def _next_serial(db: Database, epoch: str) -> int:
    last = db.execute("select serial, epoch from cases order by serial desc limit 1").fetchone()
    if last is None:
        return 1
    # Numbers given out after the backup that was put back are on somebody's paper: they are not given again.
    return int(last[0]) + (1 if last[1] == epoch else EPOCH_GAP)
