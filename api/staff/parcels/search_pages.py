"""The search over all parcels (QRY-01): tabs, a text that is tried as everything it may be, a day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from api.staff.localized_text import masked_tracking
from api.staff.parcels.parcel_view import state_text
from locker.core.model import ParcelState
from locker.services.people import MATCHES, ParcelGroup, ParcelSearch, find_parcels, masked_name, matched_by

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.services.people import FoundParcel, ResidentDirectory

PAGE_SIZE = 50
_CURSOR = re.compile(r"[0-9]{1,15}", re.ASCII)


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = SearchPages(panel)
    app.add_route("/parcels", panel.signed_in(pages.parcels), methods=["GET"])
    app.add_route("/parcels", panel.signed_in(pages.search), methods=["POST"])
    app.add_route("/parcels/outbound", panel.signed_in(pages.outbound), methods=["GET"])


@dataclass(frozen=True, slots=True)
class ParcelLine:
    """One parcel in the table, masked. `at`: the door where it is or was; `place`: the shelf or room."""

    id: str
    unit: str
    names: str
    tracking: str
    at: str
    place: str
    css_class: str
    state: str
    alarm: bool
    since: str
    until: str
    matched: str


@dataclass(frozen=True, slots=True)
class LineGroup:
    """Lines that were found by the same thing, under a heading that says so; the heading is empty without a text."""

    heading: str
    lines: Sequence[ParcelLine]


class SearchPages:
    """Handlers: read, render."""

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

    async def outbound(self, request: StaffRequest) -> Response:
        """What residents send: booked, waiting for its carrier's courier."""
        return await self._list(request, ParcelSearch(group=ParcelGroup.OUTBOUND), "")

    async def _list(self, request: StaffRequest, query: ParcelSearch, day: str) -> Response:
        names = list(self._context.engine.site.compartments)
        found = await find_parcels(self._context.journal, self._context.directory, names, query, PAGE_SIZE)
        places = {place.id: place.name for place in self._context.engine.site.places.values()}
        lines = [_line(each, query.text, self._context.directory, places, request.text) for each in found.parcels]
        return self._panel.render(
            "parcels.html",
            request,
            query=query,
            day=day,
            found=found,
            title=_title(query, day, found.counts, found.at_least, request.text),
            line_groups=_grouped(lines, query.text, request.text),
            groups=list(ParcelGroup),
        )


def _line(
    parcel: FoundParcel, typed: str, directory: ResidentDirectory, places: Mapping[str, str], text: LocalizedText
) -> ParcelLine:
    people = [person for each in parcel.recipients if (person := directory.get(each))]
    live = ParcelState(parcel.state).live
    late = parcel.overdue and live
    css_class = {"stored": "is-full", "check": "is-lit", "depositing": "", "collecting": ""}.get(parcel.state, "is-out")
    state = state_text(parcel.state, text, overdue=parcel.overdue)
    return ParcelLine(
        id=parcel.id,
        unit=parcel.unit or text.translate("panel.no_unit"),
        names=text.translate("panel.comma").join(masked_name(person.name) for person in people[:3]),
        tracking=masked_tracking(parcel.tracking),
        at=parcel.compartment,
        place=places.get(parcel.place, parcel.place),
        css_class=css_class,
        state=text.translate("panel.state_held") if parcel.held and live else state,
        alarm=late or parcel.state == ParcelState.CHECK,
        since=text.short_time(datetime.fromisoformat(parcel.since)),
        until=text.short_time(datetime.fromisoformat(parcel.deadline)) if parcel.deadline and live else "",
        matched=matched_by(parcel, people, typed) if typed else "",
    )


def _grouped(lines: Sequence[ParcelLine], typed: str, text: LocalizedText) -> list[LineGroup]:
    """What was typed may be several things: the lines under what they were found by, each the newest first."""
    ordered = sorted(lines, key=lambda line: MATCHES.index(line.matched)) if typed else lines
    groups = [(matched, list(those)) for matched, those in groupby(ordered, key=lambda line: line.matched)]
    if len(groups) < 2:  # one thing that fits needs no heading
        return [LineGroup("", those) for _, those in groups]
    return [LineGroup(text.translate(f"panel.matched_{matched}"), those) for matched, those in groups]


def _title(
    query: ParcelSearch,
    day: str,
    counts: Mapping[ParcelGroup, int],
    at_least: frozenset[ParcelGroup],
    text: LocalizedText,
) -> str:
    """The state in one sentence: of a search how much it found, else how much is here and how much of it is late."""
    if query.text or day:
        n = counts[query.group]
        more = "+" if query.group in at_least else ""
        return text.translate("panel.parcels_found", n=n, count=f"{n:,}{more}")
    if query.group is ParcelGroup.OUTBOUND:
        return text.translate("panel.parcels_outbound", n=counts[ParcelGroup.OUTBOUND])
    inside = text.translate("panel.parcels_inside", n=counts[ParcelGroup.INSIDE])
    late = counts[ParcelGroup.OVERDUE]
    return f"{inside}{text.translate('panel.parcels_overdue', n=late) if late else ''}"
