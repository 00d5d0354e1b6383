"""The pages of reports: one for all of them, its days chosen by address, the same as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from api.staff.panel import HEADERS
from api.staff.reports import analysis_pages, live_page
from api.staff.reports.report_csv import report_csv
from api.staff.reports.report_view import day_of, report_view
from api.staff.reports.report_words import ReportWords
from locker.services.people import Right
from locker.services.reports import KINDS, Span

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.staff.panel import Panel, StaffRequest
    from locker.services.reports import ReportKind

CHANGE_DAYS = 28


class Length(StrEnum):
    """How many days a report is about."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


_DAYS = {Length.DAY: 1, Length.WEEK: 7, Length.YEAR: 365}


@dataclass(frozen=True, slots=True)
class Chosen:
    """The days that were asked for, and how: a length that ends on a day, or a change on that day."""

    span: Span
    length: Length
    on: date


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = ReportPages(panel)

    async def first(_: StaffRequest) -> Response:
        return RedirectResponse("/reports/flow", 303, HEADERS)

    analysis_pages.install(app, panel)
    live_page.install(app, panel)
    app.add_route("/reports", panel.signed_in(first), methods=["GET"])
    app.add_route("/reports/{report}", panel.signed_in(pages.show), methods=["GET"])
    app.add_route("/reports/{report}/csv", panel.signed_in(pages.csv), methods=["GET"])


class ReportPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._desk = panel.context.reports

    async def show(self, request: StaffRequest) -> Response:
        """A report of the chosen days."""
        asked = self._asked(request)
        if isinstance(asked, Response):
            return asked
        kind, chosen = asked
        words = await self._words(kind, request)
        report = await self._desk.make(kind, chosen.span)
        return self._panel.render(
            "report.html",
            request,
            kind=kind.name,
            ahead=kind.ahead,
            view=report_view(report, words),
            lengths=[(each.value, _address(kind, each, self._desk.today)) for each in Length],
            chosen=chosen,
            days=_days_sentence(chosen.span, words, request),
            earlier=_address(kind, chosen.length, chosen.span.first - timedelta(days=1)),
            later=_address(kind, chosen.length, self._next(chosen)) if chosen.span.last < self._desk.today else "",
            csv=f"/reports/{kind.name}/csv?{_query(chosen)}",
            today=self._desk.today.isoformat(),
            praisable=await self._praisable(kind, request),
        )

    async def csv(self, request: StaffRequest) -> Response:
        """The same as CSV."""
        asked = self._asked(request)
        if isinstance(asked, Response):
            return asked
        kind, chosen = asked
        words = await self._words(kind, request)
        text = report_csv(await self._desk.make(kind, chosen.span), chosen.span, words)
        name = f"{kind.name}-{chosen.span.first}-{chosen.span.last}.csv"
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response("\ufeff" + text, 200, headers, "text/csv; charset=utf-8")

    def _asked(self, request: StaffRequest) -> tuple[ReportKind, Chosen] | Response:
        """Which report of which days; or the page that says why there is none."""
        kind = KINDS.get(request.http.path_params["report"])
        if kind is None:
            return self._panel.error_page(request, "panel.no_page", 404)
        if kind.personal and Right.JOURNAL not in request.rights:
            return self._panel.error_page(request, "panel.no_right", 403)
        chosen = self._chosen(kind, request)
        return (kind, chosen) if chosen is not None else self._panel.error_page(request, "reports.wrong_days", 422)

    def _chosen(self, kind: ReportKind, request: StaffRequest) -> Chosen | None:
        """The days of the address, the last week where it names none; None for what are no days."""
        asked, today = request.http.query_params, self._desk.today
        usual = today - timedelta(days=CHANGE_DAYS - 1) if kind.name == "change" else today
        on = day_of(asked.get("on", usual.isoformat()))
        try:
            length = Length(asked.get("span", Length.WEEK.value))
        except ValueError:
            return None
        if on is None or not date(2000, 1, 1) <= on <= today:
            return None
        if kind.name == "change":
            return Chosen(Span(on, min(on + timedelta(days=CHANGE_DAYS - 1), today)), length, on)
        return Chosen(_span(length, on), length, on)

    def _next(self, chosen: Chosen) -> date:
        length = chosen.length
        after = chosen.span.last + timedelta(days=1)
        last = _month(after).last if length is Length.MONTH else after + timedelta(days=_DAYS[length] - 1)
        return min(last, self._desk.today)

    async def _praisable(self, kind: ReportKind, request: StaffRequest) -> list[str]:
        """Whom the reader may praise on this page."""
        if kind.name != "staff" or Right.ACCESS not in request.rights:
            return []
        return sorted(each.name for each in await self._panel.context.staff.accounts())

    async def _words(self, kind: ReportKind, request: StaffRequest) -> ReportWords:
        if not kind.personal:
            return ReportWords(request.text)
        names = {f"courier:{each.id}": each.name for each in await self._panel.context.couriers.listed()}
        return ReportWords(request.text, names)


def _span(length: Length, on: date) -> Span:
    if length is Length.MONTH:
        month = _month(on)
        return Span(month.first, min(month.last, on))
    return Span(on - timedelta(days=_DAYS[length] - 1), on)


def _month(day: date) -> Span:
    first = day.replace(day=1)
    return Span(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))


def _address(kind: ReportKind, length: Length, on: date) -> str:
    return f"/reports/{kind.name}?{urlencode({'span': length.value, 'on': on.isoformat()})}"


def _query(chosen: Chosen) -> str:
    return urlencode({"span": chosen.length.value, "on": chosen.on.isoformat()})


def _days_sentence(span: Span, words: ReportWords, request: StaffRequest) -> str:
    first, last = (request.text.day(day) for day in (span.first, span.last))
    return first if span.first == span.last else words.say("days_of", first=first, last=last)
