"""Who sees to what and who is on duty: taking a task, shift notes, shifts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from api.staff.now_view import note_rows, shift_rows
from api.staff.panel import HEADERS
from api.staff.queue_view import queue_rows
from locker.core.reasons import RefusalReason, Refused
from locker.services.duty import LONGEST_NOTE
from locker.services.people import Right
from locker.services.policies import Teams

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.applications import Starlette

    from api.staff.panel import Panel, StaffRequest


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = DutyPages(panel)
    app.add_route("/tasks/take", panel.signed_in(pages.take, Right.TASKS), methods=["POST"])
    app.add_route("/tasks/give-back", panel.signed_in(pages.give_back, Right.TASKS), methods=["POST"])
    app.add_route("/duty", panel.signed_in(pages.duty), methods=["GET"])
    app.add_route("/duty/note", panel.signed_in(pages.note, Right.TASKS), methods=["POST"])
    app.add_route("/duty/take-over", panel.signed_in(pages.take_over, Right.TASKS), methods=["POST"])
    app.add_route("/duty/shift", panel.signed_in(pages.shift, Right.DUTY), methods=["POST"])
    app.add_route("/duty/cancel", panel.signed_in(pages.cancel, Right.DUTY), methods=["POST"])


class DutyPages:
    """Handlers: read, ask, go back to where it was asked."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def take(self, request: StaffRequest) -> Response:
        """See to a task, or have seen an alarm."""
        take = self._context.tasks.take(request.form.get("task", ""), request.session.staff, request.by)
        return await self._done(request, take, "/")

    async def give_back(self, request: StaffRequest) -> Response:
        """See to it no more."""
        return await self._done(request, self._context.tasks.take(request.form.get("task", ""), "", request.by), "/")

    async def duty(self, request: StaffRequest, alarm: str = "", status: int = 200) -> Response:
        """Notes and shifts, and the forms for both."""
        roster, notes = await self._context.roster.roster(), await self._context.roster.notes()
        may_plan = Right.DUTY in request.rights
        accounts = [each.name for each in await self._context.staff.accounts() if each.active]
        cases, teams = await self._context.cases.service.open_cases(), self._context.rules.body(Teams)
        return self._panel.render(
            "duty.html",
            request,
            status,
            notes=note_rows(notes, request.text),
            shifts=shift_rows(roster, request.text),
            queues=queue_rows(cases, teams, [each.staff for each in roster.now], accounts, request.text),
            staff=accounts if may_plan else [],
            may_write=Right.TASKS in request.rights,
            may_plan=may_plan,
            may_write_rules=Right.RULES in request.rights,
            typed=request.form,
            longest=LONGEST_NOTE,
            alarm=request.text.translate(alarm) if alarm else "",
            still=True,
        )

    async def note(self, request: StaffRequest) -> Response:
        """Leave a note for whoever comes next."""
        try:
            write = self._context.roster.write(request.form.get("text", ""), request.by)
            return await self._done(request, write, "/duty")
        except ValueError:
            return await self.duty(request, "panel.note_needed", 422)

    async def take_over(self, request: StaffRequest) -> Response:
        """Say that the notes which were shown are read: each stands in the form."""
        notes = [name.removeprefix("note.") for name in request.form if name.startswith("note.")]
        return await self._done(request, self._context.roster.take_over(notes, request.by), "/")

    async def shift(self, request: StaffRequest) -> Response:
        """Put somebody on duty."""
        accounts = {each.name for each in await self._context.staff.accounts() if each.active}
        form = request.form
        try:
            begins, ends = (self._time(form.get(name, "")) for name in ("begins", "ends"))
            if form.get("staff", "") not in accounts:
                return await self.duty(request, "panel.shift_wrong", 422)
            plan = self._context.roster.plan(form["staff"], begins, ends, request.by)
            return await self._done(request, plan, "/duty")
        except (ValueError, OverflowError):
            return await self.duty(request, "panel.shift_wrong", 422)

    async def cancel(self, request: StaffRequest) -> Response:
        """Take a shift out."""
        return await self._done(
            request, self._context.roster.cancel(request.form.get("shift", ""), request.by), "/duty"
        )

    async def _done(self, request: StaffRequest, ask: Awaitable[None], back: str) -> Response:
        """Ask, and go back. What is gone or was done meanwhile needs no word: the page shows it."""
        try:
            await ask
        except Refused as refused:
            if refused.reason is RefusalReason.SEALED:
                return self._panel.error_page(request, "panel.refused_sealed", 503)
            if back == "/duty" and refused.reason is RefusalReason.NOT_NOW:
                return await self.duty(request, "panel.duty_refused", 409)
        return RedirectResponse(back, 303, HEADERS)

    def _time(self, typed: str) -> datetime:
        """A time at the site, as browsers send it. Raises ValueError."""
        return datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(self._context.site.timezone)).astimezone(UTC)
