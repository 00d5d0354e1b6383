"""Parcels: the search, one parcel with its timeline, and showing who it is for, which is recorded."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.staff.localized_text import masked_phone, masked_tracking
from api.staff.logbook import logbook
from api.staff.panel import HEADERS, SHOWN_FOR
from api.staff.parcel_notices import fee_view, told_rows
from api.staff.snapshot_pages import latest_snapshots, may_see
from locker.core.model import ParcelState
from locker.core.reasons import Refused
from locker.journal.history import looks_at, parcel_row, timeline
from locker.services.notices import notices_of_parcel
from locker.services.people import ParcelGroup, ParcelSearch, Right, find_parcels, masked_name

if TYPE_CHECKING:
    from typing import Any

    from starlette.applications import Starlette

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.services.people import FoundParcel, ResidentDirectory

PAGE_SIZE = 50
_CURSOR = re.compile(r"[0-9]{1,15}", re.ASCII)


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = ParcelPages(panel)
    app.add_route("/parcels", panel.signed_in(pages.parcels), methods=["GET"])
    app.add_route("/parcels", panel.signed_in(pages.search), methods=["POST"])
    app.add_route("/parcels/{parcel}", panel.signed_in(pages.parcel), methods=["GET"])
    app.add_route("/parcels/{parcel}/waive", panel.signed_in(pages.waive, Right.WAIVE), methods=["POST"])
    app.add_route("/parcels/{parcel}/show", panel.signed_in(pages.show, Right.SHOW), methods=["POST"])


@dataclass(frozen=True, slots=True)
class ParcelLine:
    """One parcel in the table, masked."""

    id: str
    unit: str
    names: str
    tracking: str
    door: str
    css_class: str
    state: str
    alarm: bool
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class ShownRecipient:
    """Somebody a parcel is for, as this page may show them."""

    name: str = field(repr=False)
    phone: str = field(repr=False)


class ParcelPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def search(self, request: StaffRequest) -> Response:
        """The list of what a form looks for: a name must not stand in an address, and each tab has its own form."""
        form, text = request.form, request.text
        group = form.get("group", ParcelGroup.ALL)
        if group not in set(ParcelGroup):
            return self._panel.error_page(request, "panel.bad_field", 422, field="group")
        day = form.get("day", "")
        span = None
        if day:
            try:
                span = text.day_span(date.fromisoformat(day))
            except (ValueError, OverflowError):
                return self._panel.error_page(request, "panel.bad_field", 422, field="day")
        after = form.get("after", "")
        if after and not _CURSOR.fullmatch(after):
            return self._panel.error_page(request, "panel.bad_field", 422, field="after")
        query = ParcelSearch(form.get("text", "").strip(), ParcelGroup(group), span, after)
        return await self._list(request, query, day)

    async def parcels(self, request: StaffRequest) -> Response:
        """The list of all."""
        return await self._list(request, ParcelSearch(), "")

    async def _list(self, request: StaffRequest, query: ParcelSearch, day: str) -> Response:
        names = list(self._context.engine.site.compartments)
        found = await find_parcels(self._context.journal, self._context.directory, names, query, PAGE_SIZE)
        lines = [_line(each, self._context.directory, request.text) for each in found.parcels]
        return self._panel.render(
            "parcels.html",
            request,
            query=query,
            day=day,
            found=found,
            lines=lines,
            groups=list(ParcelGroup),
        )

    async def parcel(self, request: StaffRequest) -> Response:
        """One parcel."""
        name = request.http.path_params["parcel"]
        row = await self._context.journal.read(lambda db: parcel_row(db, name))
        if row is None:
            return self._panel.error_page(request, "panel.no_parcel", 404)
        events, told = await self._context.journal.read(
            lambda db: ([*timeline(db, name), *looks_at(db, name)], notices_of_parcel(db, name))
        )
        showing = may_see(request, name)
        return self._panel.render(
            "parcel.html",
            request,
            row=row,
            title=_title(row, request.text),
            people=_people(row, self._context.directory, showing=showing),
            showing=showing,
            may_show=Right.SHOW in request.rights,
            details=_details(row, request.text, showing=showing),
            door=_door(row),
            drawing=self._panel.drawing,
            days=logbook(events, request.text),
            snapshots=latest_snapshots(events, request.text) if showing else [],
            told=told_rows(told, self._context.directory, request.text),
            fee=fee_view(await self._context.fees.fee(name), request.text),
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
        try:
            await self._context.engine.note("recipient-shown", name, request.by)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        request.memory.show(name, request.text.now + SHOWN_FOR)
        return RedirectResponse(f"/parcels/{name}", 303, HEADERS)


def state_text(state: str, text: LocalizedText, *, overdue: bool) -> str:
    """The state of a parcel in words; overdue says more than stored."""
    return text.translate(f"panel.state_{_shown_state(state, overdue=overdue)}")


def _shown_state(state: str, *, overdue: bool) -> str:
    return "overdue" if overdue and state == ParcelState.STORED else state


def _line(parcel: FoundParcel, directory: ResidentDirectory, text: LocalizedText) -> ParcelLine:
    people = [person for each in parcel.recipients if (person := directory.get(each))]
    live = ParcelState(parcel.state).live
    late = parcel.overdue and live
    css_class = {"stored": "is-full", "check": "is-lit", "depositing": "", "collecting": ""}.get(parcel.state, "is-out")
    return ParcelLine(
        id=parcel.id,
        unit=parcel.unit or text.translate("panel.no_unit"),
        names=text.translate("panel.comma").join(masked_name(person.name) for person in people[:3]),
        tracking=masked_tracking(parcel.tracking),
        door=parcel.compartment,
        css_class=css_class,
        state=state_text(parcel.state, text, overdue=parcel.overdue),
        alarm=late or parcel.state == ParcelState.CHECK,
        since=text.short_time(datetime.fromisoformat(parcel.since)),
        until=text.short_time(datetime.fromisoformat(parcel.deadline)) if parcel.deadline and live else "",
    )


def _title(row: dict[str, Any], text: LocalizedText) -> str:
    state = text.translate(f"panel.is_{_shown_state(row['state'], overdue=bool(row['overdue']))}")
    key = "panel.parcel_title" if row["unit"] else "panel.parcel_title_nobody"
    return text.translate(key, unit=row["unit"], state=state)


def _door(row: dict[str, Any]) -> str:
    """The door where the parcel is, empty once it has left."""
    return str(row["compartment"]) if ParcelState(row["state"]).live else ""


def _people(row: dict[str, Any], directory: ResidentDirectory, *, showing: bool) -> list[ShownRecipient]:
    people = [person for each in row["recipients"] if (person := directory.get(each))]
    if showing:
        return [ShownRecipient(person.name, person.phone) for person in people]
    return [ShownRecipient(masked_name(person.name), masked_phone(person.phone)) for person in people]


def _details(row: dict[str, Any], text: LocalizedText, *, showing: bool) -> list[tuple[str, str]]:
    details = [
        (text.translate("panel.fact_tracking"), row["tracking"] if showing else masked_tracking(row["tracking"])),
        (text.translate("panel.fact_company"), row["company"]),
        (text.translate("panel.fact_size"), row["size"]),
        (text.translate("panel.fact_arrived"), text.date_and_time(datetime.fromisoformat(row["created_at"]))),
    ]
    if row["deadline"]:
        details.append(
            (text.translate("panel.fact_until"), text.date_and_time(datetime.fromisoformat(row["deadline"])))
        )
    if row["consent"]:
        details.append(
            (text.translate("panel.fact_consent"), text.translate(f"panel.consent_{row['consent'].replace('-', '_')}"))
        )
    marks = [text.translate(f"panel.flag_{flag.replace('-', '_')}") for flag in row["flags"]]
    if marks:
        details.append((text.translate("panel.fact_marks"), text.translate("panel.comma").join(marks)))
    return details
