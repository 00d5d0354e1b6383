"""The page of dangers: whom to call, what to freeze, at once; and that on which a year's working days are put in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.staff.panel import HEADERS
from locker.core.reasons import Refused
from locker.services.cases import BadText, Danger, call_list, read_days
from locker.services.people import Right

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.staff.panel import Panel, StaffRequest

_WHOLE = "cabinet"


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = EmergencyPages(panel)
    app.add_route("/cases/emergency", panel.signed_in(pages.show), methods=["GET"])
    app.add_route("/cases/emergency", panel.signed_in(pages.declare, Right.OPEN), methods=["POST"])
    app.add_route("/cases/{number}/danger-over", panel.signed_in(pages.end, Right.OPEN), methods=["POST"])
    app.add_route("/cases/working-days", panel.signed_in(pages.days, Right.CASES), methods=["GET"])
    app.add_route("/cases/working-days", panel.signed_in(pages.import_days, Right.CASES), methods=["POST"])


class EmergencyPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context
        self._emergencies = panel.context.cases.emergencies
        self._calendar = panel.context.cases.calendar

    async def show(self, request: StaffRequest) -> Response:
        """Whom to call, what it is, what is frozen."""
        return self._page(request)

    def _page(self, request: StaffRequest, alarm: str = "", status: int = 200) -> Response:
        text, site = request.text, self._context.site
        return self._panel.render(
            "emergency.html",
            request,
            status,
            alarm=alarm,
            calls=call_list(site.phone_country),
            dangers=list(Danger),
            doors=list(self._context.engine.site.compartments),
            whole=_WHOLE,
            warnings=[
                (each, text.translate("panel.list_comma").join(each.doors) or text.translate("panel.whole_cabinet"))
                for each in self._emergencies.warnings
            ],
            may=Right.OPEN in request.rights,
            still=True,
        )

    async def declare(self, request: StaffRequest) -> Response:
        """Freeze, warn, call: one touch, which can be undone."""
        form = request.form
        where = form.get("where", _WHOLE)
        if form.get("danger") not in set(Danger):
            return self._page(request, request.text.translate("panel.emergency_which"), 422)
        doors = [] if where == _WHOLE else [where]
        try:
            receipt = await self._emergencies.declare(
                Danger(form["danger"]), doors, request.by, form.get("words", "").strip()
            )
        except (Refused, BadText):
            return self._page(request, request.text.translate("panel.emergency_which"), 422)
        return RedirectResponse(f"/cases/{receipt.number}", 303, HEADERS)

    async def end(self, request: StaffRequest) -> Response:
        """The danger is over."""
        number = request.http.path_params["number"]
        try:
            await self._emergencies.end(number, request.by)
        except Refused:
            return self._panel.error_page(request, "panel.no_case", 409)
        return RedirectResponse(f"/cases/{number}", 303, HEADERS)

    async def days(self, request: StaffRequest) -> Response:
        """Where a year's working days are put in."""
        return self._days(request, {}, "")

    def _days(self, request: StaffRequest, form: dict[str, str], alarm: str) -> Response:
        year = self._calendar.missing or self._calendar.today().year + 1
        status = 422 if alarm else 200
        return self._panel.render(
            "working_days.html",
            request,
            status,
            form=form,
            alarm=alarm,
            year=form.get("year", year),
            years=sorted(self._calendar.days.years),
            still=True,
        )

    async def import_days(self, request: StaffRequest) -> Response:
        """Take the days of a year; limits that were provisional are counted again."""
        form = request.form
        try:
            year = int(form.get("year", "")[:5])
            await self._calendar.import_year(year, read_days(form.get("days", "")), form.get("source", ""), request.by)
        except ValueError as wrong:
            return self._days(request, form, request.text.translate("panel.days_wrong", why=str(wrong)))
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse("/cases", 303, HEADERS)
