"""The page that shows how it goes at this moment; it renews itself when something happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.staff.reports.report_words import ReportWords
from locker.services.cases import cases_still_open
from locker.services.reports import CaseLimit, live_groups

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.staff.panel import Panel, StaffRequest


def install(app: Starlette, panel: Panel) -> None:
    """Add the page."""
    page = LivePage(panel)
    app.add_route("/reports/live", panel.signed_in(page.show), methods=["GET"])


class LivePage:
    """Handler: read, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def show(self, request: StaffRequest) -> Response:
        """Pickups, what people say, limits of cases."""
        today, week = await self._context.reports.live()
        cases = await self._context.journal.read(cases_still_open)
        limits = [CaseLimit(each.reply_due, each.replied_at is not None, each.due) for each in cases]
        groups = live_groups(today, week, limits, request.text.now)
        words = ReportWords(request.text)
        bad = sum(group.bad for group in groups)
        return self._panel.render(
            "report_live.html",
            request,
            title=words.say("live_bad" if bad else "live_good", n=bad),
            at=request.text.clock(request.text.now),
            groups=[
                (
                    group.name,
                    words.sentence(group.finding),
                    [
                        (
                            words.say(f"live_{each.name}"),
                            words.cell(each.value),
                            words.sentence(each.aim) if each.aim is not None else "",
                            each.bad,
                        )
                        for each in group.figures
                    ],
                )
                for group in groups
            ],
        )
