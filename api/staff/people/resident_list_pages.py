"""Who lives here: the list with its search, a new resident, and the list as a table for other programs."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.staff.panel import HEADERS
from api.staff.people.resident_form import ResidentForm
from api.staff.people.resident_view import inside_counts, resident_line
from api.table_cells import no_formula
from locker.core.reasons import Refused
from locker.services.people import ResidentGroup, ResidentSearch, Right, find_residents

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.staff.panel import Panel, StaffRequest

PAGE_SIZE = 50
_START = re.compile(r"[0-9]{1,6}", re.ASCII)


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = ResidentListPages(panel)
    app.add_route("/people", panel.signed_in(pages.residents, Right.PEOPLE), methods=["GET"])
    app.add_route("/people", panel.signed_in(pages.search, Right.PEOPLE), methods=["POST"])
    app.add_route("/people/new", panel.signed_in(pages.form, Right.PEOPLE), methods=["GET"])
    app.add_route("/people/new", panel.signed_in(pages.add, Right.PEOPLE), methods=["POST"])
    app.add_route("/people/export", panel.signed_in(pages.export, Right.ACCESS, proved="/people"), methods=["POST"])


class ResidentListPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def residents(self, request: StaffRequest) -> Response:
        """The list of all, by unit."""
        return self._list(request, ResidentSearch())

    async def search(self, request: StaffRequest) -> Response:
        """The list of what a form looks for: a name must not stand in an address, and each tab has its own form."""
        form = request.form
        group, start = form.get("group", ResidentGroup.ALL), form.get("start", "") or "0"
        if group not in set(ResidentGroup):
            return self._panel.error_page(request, "panel.bad_field", 422, field="group")
        if not _START.fullmatch(start):
            return self._panel.error_page(request, "panel.bad_field", 422, field="start")
        return self._list(request, ResidentSearch(form.get("text", "").strip(), ResidentGroup(group), int(start)))

    def _list(self, request: StaffRequest, query: ResidentSearch) -> Response:
        context, text = self._context, request.text
        today = text.date_of(text.now)
        found = find_residents(context.directory, context.wishes, today, query, PAGE_SIZE)
        inside = inside_counts(context.engine.site)
        return self._panel.render(
            "residents.html",
            request,
            query=query,
            found=found,
            groups=list(ResidentGroup),
            lines=[
                resident_line(each, context.wishes.of(each.id), inside.get(each.id, 0), today, text)
                for each in found.people
            ],
            exports=Right.ACCESS in request.rights,
            before=max(0, query.start - PAGE_SIZE),
        )

    async def form(self, request: StaffRequest) -> Response:
        """An empty form."""
        return self._form(request, ResidentForm())

    def _form(self, request: StaffRequest, form: ResidentForm, wrong: str = "", status: int = 200) -> Response:
        alarm = request.text.translate(f"panel.resident_wrong_{wrong}") if wrong else ""
        return self._panel.render("resident_new.html", request, status, form=form, wrong=wrong, alarm=alarm, still=True)

    async def add(self, request: StaffRequest) -> Response:
        """A new resident. Who is here already, of this unit and name, is not changed: their own page is shown."""
        form = ResidentForm.read(request.form)
        if wrong := form.wrong():
            return self._form(request, form, wrong, 422)
        known = self._context.directory.find_exact(form.unit, form.name)
        if known is not None:
            return self._form(request, form, "taken", 409)
        try:
            answer = await self._context.commands.save_resident(form.details(), request.by)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse(f"/people/{answer.id}", 303, HEADERS)

    async def export(self, request: StaffRequest) -> Response:
        """Everybody, as a table that an import reads again. That it was taken is a line of the journal."""
        try:
            await self._context.engine.note("residents-exported", "", request.by)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        table = io.StringIO()
        writer = csv.writer(table)
        writer.writerow(("unit", "name", "phone", "email", "language", "consent", "low_door"))
        consent = {True: "yes", False: "no", None: ""}
        for each in self._context.directory.everybody():
            cells = (each.unit, each.name, each.phone, each.email, each.language, consent[each.consent])
            writer.writerow((*map(no_formula, cells), "yes" if each.reach else "no"))
        name = f"residents-{request.text.now:%Y-%m-%d}.csv"
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response("\ufeff" + table.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
