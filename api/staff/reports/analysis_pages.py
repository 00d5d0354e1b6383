"""The monthly analysis: what the last month says, what is to be made better, by whom and until when; and praise."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from api.staff.panel import HEADERS
from api.staff.reports.report_view import day_of, report_view
from api.staff.reports.report_words import ReportWords
from locker.core.events.service_events import Noted
from locker.core.reasons import Refused
from locker.services.people import Right
from locker.services.reports import KINDS, PRAISED, Span, last_whole

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.staff.panel import Panel, StaffRequest

ANALYSED = ("flow", "quality", "customers")
MINE_DAYS = 28
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = AnalysisPages(panel)
    app.add_route("/reports/analysis", panel.signed_in(pages.show), methods=["GET"])
    app.add_route("/reports/analysis", panel.signed_in(pages.add, Right.RULES), methods=["POST"])
    app.add_route("/reports/analysis/done", panel.signed_in(pages.end, Right.RULES), methods=["POST"])
    app.add_route("/reports/praise", panel.signed_in(pages.praise, Right.ACCESS), methods=["POST"])
    app.add_route("/reports/mine", panel.signed_in(pages.mine), methods=["GET"])


class AnalysisPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._desk = panel.context.reports

    async def show(self, request: StaffRequest) -> Response:
        """What the last whole month found, and the actions that follow."""
        return await self._page(request, "")

    async def add(self, request: StaffRequest) -> Response:
        """Add an action with its owner and day."""
        form, due = request.form, day_of(request.form.get("due", ""))
        owner, month = form.get("owner", ""), last_whole("month", self._desk.today).first.isoformat()[:7]
        if due is None or owner not in await self._staff():
            return await self._page(request, request.text.translate("reports.wrong_action"))
        try:
            await self._desk.improvements.add(month, form.get("action", ""), owner, due, request.by)
        except ValueError:
            return await self._page(request, request.text.translate("reports.wrong_action"))
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse("/reports/analysis", 303, HEADERS)

    async def end(self, request: StaffRequest) -> Response:
        """An action is done."""
        number = request.form.get("id", "")
        try:
            await self._desk.improvements.end(int(number) if _NUMBER.fullmatch(number) else 0, request.by)
        except Refused as refused:
            if refused.reason.value == "sealed":
                return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse("/reports/analysis", 303, HEADERS)

    async def praise(self, request: StaffRequest) -> Response:
        """Somebody is praised: counted, and seen by whoever it is."""
        who = request.form.get("who", "")
        if who not in await self._staff():
            return self._panel.error_page(request, "panel.bad_field", 422, field="who")
        try:
            await self._panel.context.engine.record(Noted(what=PRAISED, about=who), request.by)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse("/reports/staff", 303, HEADERS)

    async def mine(self, request: StaffRequest) -> Response:
        """My own figures, as whoever may read those of all sees them."""
        today = self._desk.today
        span = Span(today - timedelta(days=MINE_DAYS - 1), today)
        report = await self._desk.make(KINDS["staff"], span, who=request.session.staff)
        words = ReportWords(request.text)
        first, last = (request.text.day(day) for day in (span.first, span.last))
        days = words.say("days_of", first=first, last=last)
        return self._panel.render("report_mine.html", request, view=report_view(report, words), days=days, kind="mine")

    async def _staff(self) -> list[str]:
        return sorted(each.name for each in await self._panel.context.staff.accounts())

    async def _page(self, request: StaffRequest, alarm: str) -> Response:
        words, today = ReportWords(request.text), self._desk.today
        span = last_whole("month", today)
        found = [await self._desk.make(KINDS[name], span) for name in ANALYSED]
        listed = await self._desk.improvements.listed()
        rows = [
            (each, request.text.day(each.due), request.text.day(each.done) if each.done else "", each.due < today)
            for each in listed
        ]
        waiting = sum(each.done is None for each in listed)
        return self._panel.render(
            "analysis.html",
            request,
            422 if alarm else 200,
            title=words.say("analysis_title", n=waiting) if waiting else words.say("analysis_none"),
            month=words.say("analysis_month", month=span.first.isoformat()[:7]),
            findings=[(report.name, words.sentence(report.finding)) for report in found],
            on=span.last.isoformat(),
            rows=rows,
            owners=await self._staff(),
            form={"action": "", "owner": "", "due": ""} | request.form,
            may_write=Right.RULES in request.rights,
            alarm=alarm,
            still=True,
        )
