"""Looks ahead now and then, so that a peak is a task on the board before it comes (PK-01)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locker.services.reports.forecast_reports import PeakWarning
    from locker.services.reports.report_desk import ReportDesk

AFTER_START_S = 120.0
LOOK_EVERY_S = 6 * 3600.0


class PeakWatch:
    """Keeps the warning of now. Lives on the loop."""

    def __init__(self, desk: ReportDesk) -> None:
        self._desk = desk
        self.warning: PeakWarning | None = None

    async def run(self) -> None:
        """Look for as long as the daemon lives."""
        await asyncio.sleep(AFTER_START_S)
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Look ahead once."""
        self.warning = await self._desk.peak()
