"""Watches the clocks of open cases, and opens cases for what happened at a door without anybody asking.

Both read what is recorded and ask like everybody else; nobody at a door waits for them.
"""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING

from locker.core.events.case_events import CaseErased, CaseWarned
from locker.core.events.record import Recorded
from locker.core.reasons import Refused
from locker.journal.follower_cursor import cursor_of, store_cursor
from locker.journal.store import CannotWrite
from locker.services.cases import case_rows
from locker.services.cases.case_clocks import DUE_LATE, DUE_SOON, REPLY_LATE, passed
from locker.services.cases.case_kinds import KINDS, Source
from locker.services.cases.case_opening import CaseRequest, find_owner
from locker.services.people import Role
from locker.services.regular_look import look_regularly

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.cases.case_rows import Case
    from locker.services.cases.case_service import CaseService
    from locker.services.cases.freezing import Freezer
    from locker.services.cases.site_calendar import SiteCalendar

log = logging.getLogger(__name__)

FOLLOWER = "cases"
LOOK_SECONDS = 30
_SCANNED = 5000
_MAX_CURSOR_LAG = 1000
_ESCALATED = frozenset({DUE_SOON, DUE_LATE, REPLY_LATE})
_OF_REJECTION = {"missing": "lost", "damaged": "damaged", "wrong-parcel": "wrong-parcel"}
_KINDS = ("DepositLeaving", "ParcelNotAccepted", "PickupRejected", "ResidentErased", "CaseClosed")


class CaseWatch:
    """See the module."""

    def __init__(
        self, engine: Engine, journal: Journal, cases: CaseService, calendar: SiteCalendar, freezer: Freezer
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._cases = cases
        self._calendar = calendar
        self._freezer = freezer
        self._cursor = self._written = -1

    async def run(self) -> None:
        """Watch for as long as the daemon lives."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow(), name="cases of events")
            group.create_task(self._watch(), name="clocks of cases")

    async def _watch(self) -> None:
        await look_regularly(self.look, LOOK_SECONDS, log, "cases are not watched", at_once=True)

    async def look(self) -> None:
        """Tell of every limit that comes near or has passed by now, and ask for a year that nobody knows.

        Raises Refused while sealed.
        """
        now = self._engine.now()
        for case in await self._journal.read(lambda db: case_rows.due_for_warning(db, now)):
            state = await self._journal.read(lambda db: case_rows.watched(db, case))  # noqa: B023  awaited at once
            for what in passed(state, now):
                await self._warn(case, what)
            await self._journal.write(lambda db: case_rows.watch(db, case.number))  # noqa: B023  awaited at once
        await self._calendar.ask_for_missing_year()

    async def _warn(self, case: Case, what: str) -> None:
        """Tell it once; what is late, or nearly, is a supervisor's matter too."""

        def work(db: Database, there: Case, now: datetime) -> tuple[CaseWarned, None]:
            told = {*there.warned, what, *((what.replace("-late", "-soon"),) if what.endswith("-late") else ())}
            partners = list(there.partners)
            supervisor = find_owner(db, Role.SUPERVISOR, now) if what in _ESCALATED else ""
            if supervisor and supervisor not in there.people:
                partners.append(supervisor)
            case_rows.change(db, there.number, warned=json.dumps(sorted(told)), partners=json.dumps(partners))
            return CaseWarned(case=there.number, what=what, priority=int(there.priority)), None

        await self._cases.change(case.number, work, "cabinet")

    async def _follow(self) -> None:
        await self._freezer.finish()
        while True:  # a reader that fell far behind is cut off and begins anew
            async with self._engine.follow() as events:
                await self.catch_up()
                async for recorded in events:
                    try:
                        await self._freezer.look_again(recorded)
                        if recorded.kind in _KINDS:
                            await self.catch_up()
                    except (Refused, CannotWrite) as unwritten:
                        log.warning("event %d: no case yet: %s", recorded.seq, unwritten)

    async def catch_up(self) -> None:
        """Open a case for each recorded event that asks for one and has none. Raises Refused while sealed."""
        if self._cursor < 0:
            self._cursor = self._written = await self._journal.write_when_possible(_first_cursor)
        while True:
            after = self._cursor
            lines, upto, last = await self._journal.read(lambda db: _lines(db, after))  # noqa: B023  awaited at once
            for line in lines:
                await self._take(line)
            if lines or upto - self._written >= _MAX_CURSOR_LAG:
                await self._journal.write_when_possible(lambda db: store_cursor(db, FOLLOWER, upto))  # noqa: B023  awaited at once
                self._written = upto
            self._cursor = upto
            if upto >= last:
                return

    async def _take(self, line: Recorded) -> None:
        body = line.body()
        if line.kind in {"ResidentErased", "CaseClosed"}:
            await self._erase(str(body.get("resident", "")), str(body.get("case", "")))
            return
        kind = _kind_of(line)
        if kind is None:
            return
        parcel = str(body.get("parcel", ""))  # one that never came to a door has none
        recipients = tuple(body.get("recipients", ())) or await self._recipients(parcel)
        door = str(body.get("compartment", ""))
        await self._cases.open_case(
            CaseRequest(
                kind=kind,
                source=Source.COURIER if line.kind != "PickupRejected" else Source.KIOSK,
                by="cabinet",
                parcel=parcel,
                compartment=door if door in self._engine.site.compartments else "",
                resident=recipients[0] if len(recipients) == 1 else "",
                unit=self._unit(recipients),
                of=line.seq,
            )
        )

    def _unit(self, recipients: tuple[str, ...]) -> str:
        residents = (self._engine.site.residents.get(each) for each in recipients)
        return next((each.unit for each in residents if each is not None), "")

    async def _recipients(self, parcel: str) -> tuple[str, ...]:
        def work(db: Database) -> tuple[str, ...]:
            row = db.execute("select recipients from parcel where id = ?", [parcel]).fetchone()
            return tuple(json.loads(row[0])) if row else ()

        return await self._journal.read(work)

    async def _erase(self, resident: str, number: str) -> None:
        """Erase what people wrote in closed cases of whoever is forgotten; an open one keeps it until it closes."""
        for case in await self._journal.read(lambda db: _to_erase(db, resident, number)):

            def work(db: Database, _: datetime, number: str = case) -> tuple[CaseErased, list[str]]:
                return CaseErased(case=number), erase(db, number)

            for sha256 in await self._engine.record_with(work, "cabinet"):
                await asyncio.to_thread(self._cases.photos.remove, sha256)


def _kind_of(line: Recorded) -> str | None:
    """The kind of case that an event opens by itself; None for none."""
    body = line.body()
    if line.kind == "PickupRejected":
        return _OF_REJECTION.get(str(body["why"]), "complaint")
    reason = str(body.get("reason") or "")
    kind = KINDS.get(reason)
    return reason if kind is not None and kind.opens_itself else None


def _first_cursor(db: Database) -> int:
    known = cursor_of(db, FOLLOWER)
    if known is not None:
        return known
    # What happened before there were cases has none: nobody would understand it now.
    last = int(db.execute("select coalesce(max(seq), 0) from event").fetchone()[0])
    store_cursor(db, FOLLOWER, last)
    return last


def _lines(db: Database, after: int) -> tuple[list[Recorded], int, int]:
    """What concerns cases of the next events, up to which they were looked at, and the last that there is."""
    last = int(db.execute("select coalesce(max(seq), 0) from event").fetchone()[0])
    upto = min(last, after + _SCANNED)
    marks = ", ".join("?" * len(_KINDS))
    sql = f"""select seq, at, kind, by, data, hash from event
              where seq > ? and seq <= ? and kind in ({marks}) order by seq"""  # noqa: S608  marks only
    return [Recorded(*row) for row in db.execute(sql, [after, upto, *_KINDS]).fetchall()], upto, last


def _to_erase(db: Database, resident: str, number: str) -> list[str]:
    if resident:
        db_rows = db.execute("select number from cases where resident = ? and closed_at is not null", [resident])
    else:
        db_rows = db.execute(
            """select number from cases where number = ? and resident <> ''
               and not exists (select 1 from resident where id = cases.resident)""",
            [number],
        )
    return [row[0] for row in db_rows.fetchall()]


def erase(db: Database, number: str) -> list[str]:
    """Forget who a case was about and what people wrote in it; the photos that nobody needs any more, by hash."""
    db.execute("update cases set unit = '', resident = '' where number = ?", [number])
    db.execute("update case_entry set text = '', salt = '' where number = ?", [number])
    db.execute("update case_field set value = '' where number = ? and field not in ('danger', 'danger-over')", [number])
    names = [row[0] for row in db.execute("select sha256 from case_photo where number = ?", [number]).fetchall()]
    db.execute("delete from case_photo where number = ?", [number])
    kept = "select 1 from case_photo where sha256 = ?"
    return [name for name in names if not db.execute(kept, [name]).fetchone()]
