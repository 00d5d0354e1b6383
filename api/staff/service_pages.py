"""The maintenance of a door: how often it was open since, and the word that it was done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.staff.localized_text import staff_of
from api.staff.panel import HEADERS
from locker.core.reasons import RefusalReason, Refused
from locker.services.duty import keep_service, last_services, openings_since
from locker.services.people import Right
from locker.services.policies import RoundSchedule

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.app_context import AppContext
    from api.staff.panel import Panel, StaffRequest


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """How a door stands with its maintenance, in one sentence; `due`: it is to be done."""

    said: str
    due: bool


def install(app: Starlette, panel: Panel) -> None:
    """Add the page."""

    async def done(request: StaffRequest) -> Response:
        """Somebody has maintained this door; its openings are counted anew."""
        door = request.http.path_params["door"]
        try:
            await keep_service(panel.context.engine, door, request.by)
        except Refused as refused:
            unknown = refused.reason is RefusalReason.UNKNOWN
            return panel.error_page(request, *(("panel.no_door", 404) if unknown else ("panel.refused_sealed", 503)))
        return RedirectResponse(f"/doors/{door}", 303, HEADERS)

    app.add_route("/doors/{door}/serviced", panel.signed_in(done, Right.RETIRE), methods=["POST"])


async def service_line(context: AppContext, door: str, request: StaffRequest) -> ServiceLine | None:
    """What the page of a door says about it; None where no rule asks for maintenance."""
    every, site, text = context.rules.body(RoundSchedule).service_openings, context.engine.site, request.text
    if not every:
        return None
    services = await context.journal.read(last_services)
    since, done = openings_since(site, door, services), services.get(door)
    counted = {"n": f"{since:,}", "every": f"{every:,}"}
    if done is None:
        return ServiceLine(text.translate("panel.service_never", **counted), since >= every)
    day, who = text.day(text.date_of(done.at)), staff_of(done.by) or done.by
    return ServiceLine(text.translate("panel.service_last", day=day, who=who, **counted), since >= every)
