"""Everything about cases as the daemon holds it: wired once, handed to whoever speaks with people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.frozen import dataclass
from locker.services.cases.call_desk import CallDesk
from locker.services.cases.case_service import CaseService
from locker.services.cases.case_watch import CaseWatch
from locker.services.cases.emergencies import Emergencies
from locker.services.cases.freezing import Freezer
from locker.services.cases.peak_limits import PeakApprovals
from locker.services.cases.site_calendar import SiteCalendar

if TYPE_CHECKING:
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.options import SiteOptions
    from locker.services.policies import RuleBook


@dataclass(frozen=True, slots=True)
class Casework:
    """`service` opens and changes cases, `emergencies` warns and freezes, `calendar` knows working days and busy times.

    `calls` knows how long people waited on the phone. `watch` runs beside the engine.
    """

    service: CaseService
    emergencies: Emergencies
    calendar: SiteCalendar
    freezer: Freezer
    watch: CaseWatch
    calls: CallDesk

    @classmethod
    def of(cls, engine: Engine, journal: Journal, rules: RuleBook, site: SiteOptions) -> Casework:
        """The cases of a site."""
        peaks, freezer = PeakApprovals(engine, journal, rules), Freezer(engine, journal)
        calendar = SiteCalendar(engine, journal, peaks, site.timezone, site.phone_country)
        service = CaseService(engine, journal, calendar, freezer, site.id, rules)
        return cls(
            service,
            Emergencies(engine, journal, service, freezer),
            calendar,
            freezer,
            CaseWatch(engine, journal, service, calendar, freezer),
            CallDesk(engine, journal),
        )

    async def load(self) -> None:
        """Read what was before. Call once at start."""
        await self.calendar.load()
        await self.freezer.load()
        await self.emergencies.load()
