"""Pictures of the cabinet's front: who may see them, for how long, and which belong on a page."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.staff.logbook import LOOKS, recorded_at
from api.staff.panel import HEADERS, SHOWN_FOR
from locker.core.reasons import Refused
from locker.journal.history import compartment_timeline
from locker.services.evidence import Snapshot, SnapshotStore, find_snapshot, shown_at
from locker.services.people import Right

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from sqlite_utils import Database
    from starlette.applications import Starlette

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.core.events.record import Recorded

SNAPSHOTS_SHOWN = 3
HISTORY_LINES = 120
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class CaptionedSnapshot:
    """One picture on a page; its address is its name."""

    sha256: str
    caption: str


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = SnapshotPages(panel)
    app.add_route("/doors/{door}/pictures", panel.signed_in(pages.show, Right.SHOW), methods=["POST"])
    app.add_route("/pictures/{sha256}", panel.signed_in(pages.snapshot, Right.SHOW), methods=["GET"])


def may_see(request: StaffRequest, subject: str) -> bool:
    """True while what was asked to be shown about a parcel or a door may be seen."""
    until = request.memory.shown.get(subject)
    return until is not None and until > request.text.now and Right.SHOW in request.rights


def may_see_one(request: StaffRequest, places: Sequence[tuple[str, str]]) -> bool:
    """True while the pictures of one of these doors or parcels may be seen: a picture may tell of several."""
    return any(may_see(request, door_subject(door)) or may_see(request, parcel) for door, parcel in places)


def door_subject(door: str) -> str:
    """How showing a door's snapshots is remembered and recorded."""
    return f"door {door}"


def latest_snapshots(events: Sequence[Recorded], text: LocalizedText) -> list[CaptionedSnapshot]:
    """The newest few pictures of a history in the order of time, each with its moment."""
    taken = sorted((each for each in events if each.kind == "SnapshotTaken"), key=lambda each: each.seq)
    moments = {each.seq: recorded_at(each) for each in events}
    snapshots = []
    for each in taken[-SNAPSHOTS_SHOWN:]:
        body = each.body()
        when = moments.get(body["of"], recorded_at(each))
        snapshots.append(CaptionedSnapshot(body["sha256"], caption(body, when, text)))
    return snapshots


def parcels_pictured(events: Sequence[Recorded], text: LocalizedText) -> list[str]:
    """Whose parcels are on the newest pictures of a history."""
    shown = {each.sha256 for each in latest_snapshots(events, text)}
    bodies = [each.body() for each in events if each.kind == "SnapshotTaken"]
    return sorted({body["parcel"] for body in bodies if body["sha256"] in shown and body["parcel"]})


def caption(body: Mapping[str, Any], when: datetime, text: LocalizedText) -> str:
    """What a picture shows and when, and what was wrong with the lens."""
    cause = text.translate_or(f"panel.picture_{body['cause'].replace('-', '_')}", "panel.picture")
    said = text.translate("panel.picture_at", cause=cause, time=text.date_and_time(when))
    lens = f"panel.lens_{body['lens']}" if body.get("lens") in {"covered", "blurred"} else ""
    return text.translate("panel.comma").join((said, text.translate(lens))) if lens else said


def reason_of(request: StaffRequest) -> str:
    """What somebody says that they look for; an empty text for none of the list."""
    said = request.form.get("reason", "")
    return said if said in LOOKS else ""


class SnapshotPages:
    """Handlers: read, ask, answer."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def show(self, request: StaffRequest) -> Response:
        """Show the pictures of a door for five minutes. Recorded first: what is not recorded is not shown."""
        door = request.http.path_params["door"]
        if door not in self._context.engine.site.compartments:
            return self._panel.error_page(request, "panel.no_door", 404)
        reason = reason_of(request)
        if not reason:
            return self._panel.error_page(request, "panel.look_needed", 422)
        try:
            for subject in (door_subject(door), *await self._parcels_shown(door, request.text)):
                await self._context.engine.note("pictures-shown", subject, request.by, reason)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        request.memory.show(door_subject(door), request.text.now + SHOWN_FOR)
        return RedirectResponse(f"/doors/{door}", 303, HEADERS)

    async def _parcels_shown(self, door: str, text: LocalizedText) -> list[str]:
        """Whose parcels are on the pictures of a door's page: their own timeline says who looked."""
        events = await self._context.journal.read(lambda db: compartment_timeline(db, door, HISTORY_LINES))
        return parcels_pictured(events, text)

    async def snapshot(self, request: StaffRequest) -> Response:
        """One picture, while its door's or its parcel's may be seen."""
        sha256 = request.http.path_params["sha256"]
        found, places = await self._context.journal.read(lambda db: (_found(db, sha256), shown_at(db, sha256)))
        if found is None or found.removed:
            return self._panel.error_page(request, "panel.no_picture_here", 404)
        if not may_see_one(request, places):
            return self._panel.error_page(request, "panel.no_right", 403)
        path = SnapshotStore(self._context.journal.folder).path(found.day, sha256)
        try:
            picture = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            return self._panel.error_page(request, "panel.no_picture_here", 404)
        return Response(picture, media_type="image/jpeg", headers=HEADERS)


def _found(db: Database, sha256: str) -> Snapshot | None:
    return find_snapshot(db, sha256) if _SHA256.fullmatch(sha256) else None
