"""What carriers' systems are told of the cases about their parcels when a month is over, once each (CLM-09).

Single cases are told as they are forwarded and as they end; here is the list of a month, as CSV, of people it says
nothing. It is kept as it was told, for who asks a year later.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from locker.core.events.case_events import CarrierReported
from locker.core.events.record import rfc3339
from locker.services.cases.case_reports import carrier_report
from locker.services.regular_look import look_regularly

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

log = logging.getLogger(__name__)

NOT_BEFORE = time(6)
LOOK_EVERY_S = 900.0
KEPT = timedelta(days=800)


class CarrierReports:
    """Records the report of the last whole month for each company whose system is told; the notice follows from it."""

    def __init__(self, engine: Engine, journal: Journal, companies: Iterable[str], timezone: str) -> None:
        self._engine = engine
        self._journal = journal
        self._companies = tuple(companies)
        self._zone = ZoneInfo(timezone)
        self._settled: set[tuple[str, str]] = set()

    async def run(self) -> None:
        """Look now and then for as long as the daemon lives."""
        await look_regularly(self.look, LOOK_EVERY_S, log, "carriers are not told of their cases", at_once=True)

    async def look(self) -> None:
        """Record what is due. A company without a case in that month hears nothing. Raises Refused while sealed."""
        now = self._engine.now().astimezone(self._zone)
        month = last_month(now.date())
        if now.date().day == 1 and now.time() < NOT_BEFORE:
            return
        for company in self._companies:
            if (company, month) not in self._settled:
                await self._report(company, month)
                self._settled.add((company, month))

    async def _report(self, company: str, month: str) -> None:
        told, text = await self._journal.read(
            lambda db: (_told(db, company, month), carrier_report(db, month, self._zone, company))
        )
        cases = text.count("\r\n") - 1
        if told or not cases:
            return
        digest = hashlib.sha256(text.encode()).hexdigest()

        def work(db: Database, now: datetime) -> tuple[CarrierReported, None]:
            db.execute("delete from carrier_report where at < ?", [rfc3339(now - KEPT)])
            db.execute("insert into carrier_report values (?, ?, ?, ?)", [company, month, rfc3339(now), text])
            return CarrierReported(company=company, month=month, cases=cases, sha256=digest), None

        await self._engine.record_with(work, "cabinet")


def last_month(today: date) -> str:
    """The month before this day's, as 2026-11."""
    return (today.replace(day=1) - timedelta(days=1)).isoformat()[:7]


def _told(db: Database, company: str, month: str) -> bool:
    sql = "select 1 from carrier_report where company = ? and month = ?"
    return db.execute(sql, [company, month]).fetchone() is not None
