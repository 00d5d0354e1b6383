"""The site's own table of working days, and its busy times: what the clocks of cases are counted on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from locker.core.events.case_events import (
    CaseDueMoved,
    WorkingDaysImported,
    WorkingDaysMissing,
)
from locker.core.events.record import rfc3339
from locker.services.cases import case_rows
from locker.services.cases.case_clocks import case_clocks
from locker.services.cases.working_days import (
    OFF,
    WORKED,
    MarkedDay,
    WorkingCalendar,
    checked_year,
    missing_year,
    shipped_days,
    working_calendar,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.cases.case_clocks import CaseClocks
    from locker.services.cases.case_kinds import Priority
    from locker.services.cases.peak_limits import PeakApprovals

_SAID = "working-days-asked"


class SiteCalendar:
    """Days and busy times, from memory. What the program ships holds until the site says otherwise, by the year."""

    def __init__(
        self, engine: Engine, journal: Journal, peaks: PeakApprovals, timezone: str, country: str | None
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._zone = ZoneInfo(timezone)
        self._shipped = shipped_days(country)
        self.peaks = peaks
        self.days = working_calendar(self._shipped, {each.day.year for each in self._shipped})

    async def load(self) -> None:
        """Read both tables. Call once at start."""
        self.days = await self._journal.read(self._read)
        await self.peaks.load()

    def _read(self, db: Database) -> WorkingCalendar:
        rows = db.execute("select day, kind, name from working_day order by day").fetchall()
        own = [MarkedDay(datetime.fromisoformat(day).date(), kind, name) for day, kind, name in rows]
        years = {int(row[0]) for row in db.execute("select year from working_year").fetchall()}
        kept = [each for each in self._shipped if each.day.year not in years]
        return working_calendar([*kept, *own], years | {each.day.year for each in kept})

    def today(self) -> date:
        """The day at the site."""
        return self._engine.now().astimezone(self._zone).date()

    @property
    def missing(self) -> int | None:
        """The year of which somebody must say by now which days are worked; None where all is known."""
        return missing_year(self.today(), self.days)

    def clocks(self, opened: datetime, priority: Priority, *, urgent: bool) -> CaseClocks:
        """By when a case of this moment and class is answered and solved, as far as anybody knows now."""
        peak = self.peaks.limits(opened)
        return case_clocks(opened, priority, self._zone, self.days, peak, urgent=urgent)

    async def import_year(self, year: int, days: Sequence[MarkedDay], source: str, by: str) -> int:
        """Take the days of a year as somebody says them, and move what was counted without them; how many cases.

        Raises ValueError with what is wrong, Refused while sealed.
        """
        marked = checked_year(year, days)

        def work(db: Database, now: datetime) -> tuple[WorkingDaysImported, None]:
            db.execute("delete from working_day where substr(day, 1, 4) = ?", [f"{year:04d}"])
            for each in marked:
                db.execute(
                    "insert into working_day (day, kind, name) values (?, ?, ?)",
                    [each.day.isoformat(), each.kind, each.name],
                )
            db.execute(
                "insert or replace into working_year (year, source, by, at) values (?, ?, ?, ?)",
                [year, source, by, rfc3339(now)],
            )
            off, worked = (sum(each.kind == kind for each in marked) for kind in (OFF, WORKED))
            return WorkingDaysImported(year=year, off=off, worked=worked, source=source), None

        await self._engine.record_with(work, by)
        self.days = await self._journal.read(self._read)
        return await self._recount(by)

    async def _recount(self, by: str) -> int:
        """Count provisional limits again; each that is another one now is recorded and told."""
        moved = 0
        for case in await self._journal.read(case_rows.open_cases):
            if not case.provisional:
                continue
            clocks = self.clocks(case.opened_at, case.priority, urgent=case.urgent)
            if (clocks.due, clocks.provisional) == (case.due, case.provisional):
                continue

            def work(db: Database, _: datetime, number: str = case.number) -> tuple[CaseDueMoved, None]:
                there = case_rows.find_open(db, number)
                case_rows.change(db, number, due=rfc3339(clocks.due), provisional=int(clocks.provisional))  # noqa: B023  awaited at once
                event = CaseDueMoved(
                    case=number,
                    reply_due=there.reply_due,
                    due=clocks.due,  # noqa: B023  awaited at once
                    provisional=clocks.provisional,  # noqa: B023  awaited at once
                    reason="working-days",
                )
                return event, None

            await self._engine.record_with(work, by)
            moved += 1
        return moved

    async def ask_for_missing_year(self) -> None:
        """Record once for a year that nobody has said which of its days are worked. Raises Refused while sealed."""
        year = self.missing
        if year is None or await self._journal.read(_asked_for) == str(year):
            return

        def work(db: Database, _: datetime) -> tuple[WorkingDaysMissing, None]:
            db.execute("insert or replace into meta (key, value) values (?, ?)", [_SAID, str(year)])
            return WorkingDaysMissing(year=year), None

        await self._engine.record_with(work, "cabinet")


def _asked_for(db: Database) -> str:
    row = db.execute("select value from meta where key = ?", [_SAID]).fetchone()
    return "" if row is None else str(row[0])
