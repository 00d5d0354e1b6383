"""Something is wrong with a parcel of mine: what, in words and pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.resident.own_parcels import OwnParcels
from locker.services.reports import keep_report

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.resident.resident_page import AskedByResident, ResidentPages

PROBLEMS = ("damaged", "missing", "other", "empty")


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the pages."""
    reports = ReportPages(pages)
    app.add_route("/parcels/{parcel}/report", pages.own(reports.report), methods=["GET", "POST"])


class ReportPages:
    """Handlers: read, ask, render."""

    def __init__(self, pages: ResidentPages) -> None:
        self._pages = pages
        self._context = pages.context
        self._own = OwnParcels(pages.context)

    async def report(self, asked: AskedByResident) -> Response:
        """Something is wrong with a parcel that is here or was here lately."""
        row = await self._own.reportable(asked)
        problem = asked.form.get("problem", "")
        if problem not in PROBLEMS:
            alarm = asked.text.translate("my.report_which") if asked.http.method == "POST" else ""
            return self._pages.render(
                "report", asked, 422 if alarm else 200, tab="parcels", parcel=row["id"], problems=PROBLEMS, alarm=alarm
            )
        await keep_report(self._context.engine, row["compartment"], row["id"], problem, asked.by)
        return self._pages.render("reported", asked, tab="parcels")
