"""Reports that come by themselves: when a day, week or month is over, what they found goes to who asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias
from zoneinfo import ZoneInfo

from locker.core.reasons import Refused
from locker.services.notices import Broadcast, BroadcastAudience, NoticeTemplate
from locker.services.reports.report import Span
from locker.services.reports.report_desk import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locker.engine import Engine
    from locker.services.notices import BroadcastDesk
    from locker.services.reports.report import Report
    from locker.services.reports.report_desk import ReportDesk

Every: TypeAlias = Literal["day", "week", "month"]
Words: TypeAlias = Callable[["Sequence[Report]", Span], Mapping[str, str]]
MAILED = ("flow", "quality")
NOT_BEFORE = time(6)
LOOK_EVERY_S = 900.0


class ReportMail:
    """Sends what the reports of the last whole day, week or month found, once. `words` puts them into languages."""

    def __init__(
        self, desk: ReportDesk, engine: Engine, broadcasts: BroadcastDesk, timezone: str, every: Every, words: Words
    ) -> None:
        self._desk = desk
        self._engine = engine
        self._broadcasts = broadcasts
        self._zone = ZoneInfo(timezone)
        self._every: Every = every
        self._words = words
        self._sent = ""

    async def run(self) -> None:
        """Look now and then for as long as the daemon lives."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Send what is due. While nothing can be recorded it is due later."""
        now = self._engine.now().astimezone(self._zone)
        span = last_whole(self._every, now.date())
        name = f"report-{self._every}-{span.last.isoformat()}"
        if now.time() < NOT_BEFORE or name == self._sent:
            return
        if await self._broadcasts.known(name):
            self._sent = name
            return
        reports = [await self._desk.make(KINDS[each], span) for each in MAILED]
        mail = Broadcast(name, NoticeTemplate.REPORT, BroadcastAudience.REPORTS, self._words(reports, span))
        try:
            await self._broadcasts.send(mail, "cabinet")
        except Refused:
            return
        self._sent = name


def last_whole(every: Every, today: date) -> Span:
    """The last day, week from Monday on, or month that is over."""
    if every == "day":
        return Span(today - timedelta(days=1), today - timedelta(days=1))
    if every == "week":
        monday = today - timedelta(days=today.weekday())
        return Span(monday - timedelta(days=7), monday - timedelta(days=1))
    last = today.replace(day=1) - timedelta(days=1)
    return Span(last.replace(day=1), last)
