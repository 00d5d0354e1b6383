"""The page of one parcel: everything that ever happened to it, and every order that it allows.

Showing who it is for is recorded before anything is shown.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from starlette.responses import RedirectResponse, Response

from api.staff.clip_pages import film_strips
from api.staff.logbook import LOOKS, logbook
from api.staff.panel import HEADERS, SHOWN_FOR
from api.staff.parcels.parcel_notices import fee_view, told_rows
from api.staff.parcels.parcel_orders import parcel_orders
from api.staff.parcels.parcel_view import (
    case_rows,
    credential_rows,
    door_of_parcel,
    first_of_all,
    is_untold,
    parcel_facts,
    parcel_facts_line,
    parcel_title,
    recipients,
)
from api.staff.snapshot_pages import latest_snapshots, may_see, reason_of
from locker.core.reasons import Refused
from locker.journal.credential_history import credential_history
from locker.journal.history import looks_at, parcel_row, timeline
from locker.services.cases import cases_about
from locker.services.notices import notices_of_parcel
from locker.services.people import Right

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlite_utils import Database
    from starlette.applications import Starlette

    from api.staff.panel import Panel, StaffRequest
    from locker.core.events.record import Recorded
    from locker.services.cases import Case


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = ParcelPages(panel)
    app.add_route("/parcels/{parcel}", panel.signed_in(pages.parcel), methods=["GET"])
    app.add_route("/parcels/{parcel}/waive", panel.signed_in(pages.waive, Right.WAIVE), methods=["POST"])
    app.add_route("/parcels/{parcel}/show", panel.signed_in(pages.show, Right.SHOW), methods=["POST"])


class ParcelPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def parcel(self, request: StaffRequest) -> Response:
        """One parcel."""
        name, now = request.http.path_params["parcel"], request.text.now
        read = await self._context.journal.read(lambda db: _history(db, name, now))
        if read is None:
            return self._panel.error_page(request, "panel.no_parcel", 404)
        row, events, told, cases, credentials = read
        text, site = request.text, self._context.engine.site
        showing, untold = may_see(request, name), is_untold(told)
        people = recipients(row, self._context.directory, showing=showing)
        place = site.places[row["place"]].name if row["place"] in site.places else row["place"]
        open_case = next((each.number for each in cases if each.is_open and row["held"] == f"case {each.number}"), "")
        refusal = request.memory.refusals.get(name)
        return self._panel.render(
            "parcel.html",
            request,
            row=row,
            title=parcel_title(row, text, untold=untold),
            subtitle=parcel_facts_line(row, people, text),
            first=first_of_all(row, place, text, untold=untold, to_call=bool(people)),
            people=people,
            showing=showing,
            may_show=Right.SHOW in request.rights,
            details=parcel_facts(row, place, text, showing=showing),
            door=door_of_parcel(row),
            drawing=self._panel.drawing,
            days=logbook(events, text),
            snapshots=latest_snapshots(events, text) if showing else [],
            strips=await film_strips(self._context.journal, events, text) if showing else [],
            looks=LOOKS,
            told=told_rows(told, self._context.directory, text),
            credentials=credential_rows(credentials, text, may_end=Right.HANDLE in request.rights),
            cases=case_rows(cases, text),
            orders=parcel_orders(site, name, request.rights, text, open_case=open_case),
            proved=request.session.is_proved(text.now),
            refusal=refusal if refusal is not None and refusal.until >= text.now else None,
            once=secrets.token_urlsafe(9),
            fee=fee_view(await self._context.fees.fee(name), text),
            may_waive=Right.WAIVE in request.rights,
            has_label=self._context.resident is not None,
        )

    async def waive(self, request: StaffRequest) -> Response:
        """Let go of a fee, for a reason."""
        name, reason = request.http.path_params["parcel"], " ".join(request.form.get("reason", "").split())
        if not reason:
            return self._panel.error_page(request, "panel.rule_wrong_reason", 422)
        try:
            if await self._context.fees.waive(name, reason, request.by) is None:
                return self._panel.error_page(request, "panel.no_parcel", 404)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse(f"/parcels/{name}", 303, HEADERS)

    async def show(self, request: StaffRequest) -> Response:
        """Show who a parcel is for, for five minutes. Recorded first: what is not recorded is not shown."""
        name = request.http.path_params["parcel"]
        row = await self._context.journal.read(lambda db: parcel_row(db, name))
        if row is None:
            return self._panel.error_page(request, "panel.no_parcel", 404)
        reason = reason_of(request)
        if not reason:
            return self._panel.error_page(request, "panel.look_needed", 422)
        try:
            await self._context.engine.note("recipient-shown", name, request.by, reason)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        request.memory.show(name, request.text.now + SHOWN_FOR)
        return RedirectResponse(f"/parcels/{name}", 303, HEADERS)


_History = tuple[
    dict[str, Any], "list[Recorded]", "Sequence[dict[str, Any]]", "Sequence[Case]", "Sequence[dict[str, Any]]"
]


def _history(db: Database, parcel: str, now: datetime) -> _History | None:
    """Its row, its events, what was said of it, its cases and all that ever opened it; None for no such parcel."""
    row = parcel_row(db, parcel)
    if row is None:
        return None
    events = [*timeline(db, parcel), *looks_at(db, parcel)]
    return (
        row,
        events,
        notices_of_parcel(db, parcel),
        cases_about(db, parcel=parcel),
        credential_history(db, parcel, now) or [],
    )
