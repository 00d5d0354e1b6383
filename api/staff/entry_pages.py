"""Who went into the parcel room and opened the service door, as the access-control system tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from locker.services.entries import PAGE
from locker.services.people import Right

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.services.entries import Entry

PATH = "/entries"
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One passage as it is read; `loud`: somebody should look at it."""

    number: int
    at: str
    point: str
    what: str
    badge: str
    loud: bool


def install(app: Starlette, panel: Panel) -> None:
    """Add the page."""

    async def entries(request: StaffRequest) -> Response:
        """The newest passages, or those that are older than one."""
        before = request.http.query_params.get("before", "")
        if before and _NUMBER.fullmatch(before) is None:
            return panel.error_page(request, "panel.bad_field", 422, field="before")
        found = await panel.context.entries.newest(int(before) if before else None)
        return panel.render(
            "entries.html",
            request,
            rows=[entry_row(each, request.text) for each in found],
            older=found[-1].number if len(found) == PAGE else "",
            first=not before,
        )

    app.add_route(PATH, panel.signed_in(entries, Right.JOURNAL), methods=["GET"])


def entry_row(entry: Entry, text: LocalizedText) -> EntryRow:
    """One passage in words."""
    key = entry.passage.value.replace("-", "_")
    badge = text.translate("panel.entry_badge", end=entry.badge_end) if entry.badge_end else ""
    at, what = text.date_and_time(entry.happened_at), text.translate(f"panel.entry_{key}")
    return EntryRow(entry.number, at, entry.point, what, badge, entry.passage.loud)
