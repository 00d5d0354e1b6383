"""Makes a report: asks for the facts that it needs, and hands them to its pure function."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

from locker.core.model import Size, Use
from locker.services.reports.customers import CUSTOMERS
from locker.services.reports.fact_follower import FactFollower
from locker.services.reports.facts import Grain
from locker.services.reports.flow import FLOW
from locker.services.reports.forecast import HISTORY_DAYS
from locker.services.reports.forecast_reports import BACKTEST, FORECAST, PeakWarning, peak_warning
from locker.services.reports.improvements import Improvements
from locker.services.reports.live_figures import LIVE_WHATS
from locker.services.reports.peak_watch import PeakWatch
from locker.services.reports.people_figures import COURIERS, STAFF
from locker.services.reports.process_change import CHANGE
from locker.services.reports.quality import QUALITY
from locker.services.reports.report import Ground, Report, ReportKind, Span, count, no_event
from locker.services.reports.service_contacts import CONTACTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from locker.core.model import Compartment
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.reports.facts import Fact

    Times = Callable[[date], float]

KINDS: dict[str, ReportKind] = {
    each.name: each for each in (FLOW, QUALITY, CONTACTS, CUSTOMERS, COURIERS, STAFF, CHANGE, FORECAST, BACKTEST)
}
LONGEST_DAYS = 366
_YEAR = timedelta(days=365)


class ReportDesk:
    """Reports of this cabinet. Lives on the loop."""

    def __init__(
        self, facts: FactFollower, engine: Engine, timezone: str, improvements: Improvements, times: Times = no_event
    ) -> None:
        self._facts = facts
        self._times = times
        self.peak_watch = PeakWatch(self)
        self.improvements = improvements
        self._engine = engine
        self._zone = ZoneInfo(timezone)

    @classmethod
    def of(
        cls,
        journal: Journal,
        engine: Engine,
        timezone: str,
        built: Iterable[Compartment],
        times: Times = no_event,
    ) -> Self:
        """Reports of a cabinet with these compartments. `times`: how many times as many parcels come on a day."""
        doors = {each.id: each.size.value for each in built}
        follower = FactFollower(journal, engine, timezone, doors)
        return cls(follower, engine, timezone, Improvements(engine, journal), times)

    @property
    def follower(self) -> FactFollower:
        """What counts."""
        return self._facts

    @property
    def today(self) -> date:
        """The day at the site."""
        return self._engine.now().astimezone(self._zone).date()

    async def make(self, kind: ReportKind, span: Span, who: str = "") -> Report:
        """The report of these days; with `who` of this person alone."""
        before = span.before
        year = (span.last - _YEAR, span.last)
        monthly = {what: grain for what, grain in kind.whats.items() if what in _BY_MONTH}
        daily = {what: grain for what, grain in kind.whats.items() if what not in _BY_MONTH}
        month = span.first.replace(day=1)
        now, then = await self._facts.facts(daily, (span.first, span.last), (before.first, before.last))
        if monthly:
            earlier = (before.first.replace(day=1), month - timedelta(days=1))
            people, people_then = await self._facts.facts(monthly, (month, span.last), earlier)
            now, then = now + people, then + people_then
        if who:
            now, then = ([each for each in facts if each.key.who == who] for facts in (now, then))
        (of_year,) = await self._facts.facts(dict.fromkeys(kind.year, Grain.PART), year) if kind.year else ([],)
        ground = Ground(span, now, then, of_year, self._doors(), self.today)
        if not kind.history:
            return kind.make(ground)
        # What looks back half a year is made beside the loop: nobody at a door waits for it.
        return await asyncio.to_thread(kind.make, await self._looking_back(ground, kind.history))

    async def peak(self) -> PeakWarning | None:
        """What somebody should prepare for within fifteen days."""
        ground = Ground(Span(self.today, self.today), (), doors=self._doors(), today=self.today)
        return await asyncio.to_thread(peak_warning, await self._looking_back(ground, FORECAST.history))

    async def _looking_back(self, ground: Ground, whats: Mapping[str, Grain]) -> Ground:
        yesterday = self.today - timedelta(days=1)
        (history,) = await self._facts.facts(whats, (self.today - timedelta(days=HISTORY_DAYS), yesterday))
        return replace(ground, history=history, times=self._times)

    async def live(self) -> tuple[list[Fact], list[Fact]]:
        """What was counted today up to this moment, and in the last seven days."""
        today = self.today
        now, week = await self._facts.facts(LIVE_WHATS, (today, today), (today - timedelta(days=6), today))
        return now, week

    async def turned_away(self) -> int:
        """How many found no room today."""
        today, _ = await self.live()
        return count(today, "turned-away", "no-space")

    def _doors(self) -> dict[str, int]:
        """Doors in use by size, the smallest first."""
        doors = [each for each in self._engine.site.compartments.values() if each.use is not Use.RETIRED]
        counted = Counter(each.size for each in doors)
        return {size.value: counted[size] for size in Size if counted[size]}


_BY_MONTH = frozenset({"user", "complainer"})
"""What is counted once a month stands at its first day."""
