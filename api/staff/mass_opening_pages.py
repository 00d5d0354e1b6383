"""Many doors at once: one person asks, another one approves with a fresh code, anybody of them stops it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.staff.localized_text import staff_of
from api.staff.panel import HEADERS
from api.staff.task_words import reason_text
from locker.core.model import Use
from locker.core.reasons import Refused
from locker.services.mass_openings import OpeningState
from locker.services.people import Right

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.core.model import Site
    from locker.services.mass_openings import MassOpening

HERE = "/mass-openings"
MIN_REASON_LENGTH = 2
GROUPS = ("named", "all", Use.LOADED.value, Use.FREE.value, Use.CHECK.value)


@dataclass(frozen=True, slots=True)
class MassOpeningRow:
    """A request as it is listed. `approvable`: it waits, and for somebody else than the reader."""

    id: str
    title: str
    facts: str
    doors: str
    approvable: bool
    stoppable: bool


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = MassOpeningPages(panel)
    app.add_route(HERE, panel.signed_in(pages.listing, Right.OPEN), methods=["GET"])
    app.add_route("/mass-openings/ask", panel.signed_in(pages.ask, Right.OPEN, proved=HERE), methods=["POST"])
    app.add_route("/mass-openings/approve", panel.signed_in(pages.approve, Right.OPEN, proved=HERE), methods=["POST"])
    app.add_route("/mass-openings/stop", panel.signed_in(pages.stop, Right.OPEN), methods=["POST"])


class MassOpeningPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def listing(self, request: StaffRequest) -> Response:
        """What was asked lately, and the form."""
        return self._page(request)

    def _page(self, request: StaffRequest, key: str = "", status: int = 200) -> Response:
        rows = [opening_row(each, request.by, request.text) for each in self._context.mass_openings.listed()]
        alarm = request.text.translate(key) if key else ""
        form = request.form
        return self._panel.render(
            "mass_openings.html", request, status, rows=rows, groups=GROUPS, typed=form, alarm=alarm
        )

    async def ask(self, request: StaffRequest) -> Response:
        """Ask for doors; a second person approves it."""
        reason, group = request.form.get("reason", "").strip(), request.form.get("group", "")
        if len(reason) < MIN_REASON_LENGTH:
            return self._page(request, "panel.reason_needed", 422)
        if group not in GROUPS:
            return self._panel.error_page(request, "panel.bad_field", 422, field="group")
        doors = doors_of(group, request.form.get("doors", ""), self._context.engine.site)
        try:
            await self._context.mass_openings.ask(doors, reason, request.by)
        except Refused as refused:
            return self._refused(request, refused)
        return RedirectResponse(HERE, 303, HEADERS)

    async def approve(self, request: StaffRequest) -> Response:
        """Let the doors open that somebody else asked for."""
        try:
            await self._context.mass_openings.approve(request.form.get("key", ""), request.by)
        except Refused as refused:
            return self._refused(request, refused)
        return RedirectResponse(HERE, 303, HEADERS)

    async def stop(self, request: StaffRequest) -> Response:
        """No further door."""
        try:
            await self._context.mass_openings.stop(request.form.get("key", ""), request.by)
        except Refused as refused:
            return self._refused(request, refused)
        return RedirectResponse(HERE, 303, HEADERS)

    def _refused(self, request: StaffRequest, refused: Refused) -> Response:
        key = f"panel.openings_{refused.reason.value.replace('-', '_')}"
        return self._page(request, key, 409)


def doors_of(group: str, typed: str, site: Site) -> list[str] | None:
    """The doors of a group, or those that were typed; None for all."""
    if group == "all":
        return None
    if group == "named":
        return typed.upper().replace(",", " ").replace("、", " ").split()
    return [each.id for each in site.compartments.values() if each.use.value == group]


def opening_row(opening: MassOpening, reader: str, text: LocalizedText) -> MassOpeningRow:
    """A request with who asked, who approved and how far it is."""
    t = text.translate
    by = staff_of(opening.by) or t("panel.by_token", name=opening.by.removeprefix("token:"))
    waits, opens = opening.state is OpeningState.WAITING, opening.state is OpeningState.OPENING
    facts = [
        t(f"panel.opening_{opening.state.value}", done=len(opening.ordered), all=len(opening.compartments)),
        by,
        text.date_and_time(opening.asked_at),
        *([t("panel.approved_by", name=staff_of(opening.approved_by))] if opening.approved_by else []),
        *([t("panel.not_opened", doors=t("panel.list_comma").join(opening.refused))] if opening.refused else []),
    ]
    return MassOpeningRow(
        id=opening.id,
        title=reason_text(opening.reason, text),
        facts=t("panel.comma").join(facts),
        doors=t("panel.list_comma").join(opening.compartments),
        approvable=waits and opening.by != reader,
        stoppable=waits or opens,
    )
