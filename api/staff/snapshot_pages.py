"""Pictures of the cabinet's front: who may see them, for how long, and which belong on a page."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.staff.logbook import at
from api.staff.panel import HEADERS, SHOWN_FOR
from locker.core.reasons import Refused
from locker.services.evidence import Snapshot, SnapshotStore, find_snapshot
from locker.services.people import Right

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI
    from sqlite_utils import Database

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Member, Panel
    from locker.core.record import Recorded

SIDE_BY_SIDE = 3
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture on a page; its address is its name."""

    sha256: str
    caption: str


def install(app: FastAPI, panel: Panel) -> None:
    """Add the pages."""
    pages = PicturePages(panel)
    app.add_route("/doors/{door}/pictures", panel.members(pages.show, Right.SHOW), methods=["POST"])
    app.add_route("/pictures/{sha256}", panel.members(pages.picture, Right.SHOW), methods=["GET"])


def shows(member: Member, about: str) -> bool:
    """True while what was asked to be shown about a parcel or a door may be seen."""
    until = member.drawer.shown.get(about)
    return until is not None and until > member.words.now and Right.SHOW in member.rights


def about_door(door: str) -> str:
    """How showing a door's pictures is remembered and recorded."""
    return f"door {door}"


def side_by_side(events: Sequence[Recorded], words: LocalizedText) -> list[Picture]:
    """The newest few pictures of a history in the order of time, each with its moment."""
    taken = sorted((each for each in events if each.kind == "SnapshotTaken"), key=lambda each: each.seq)
    shown = {each.seq: at(each) for each in events}
    pictures = []
    for each in taken[-SIDE_BY_SIDE:]:
        body = each.body()
        cause = words.known(f"panel.picture_{body['cause'].replace('-', '_')}", "panel.picture")
        when = words.moment(shown.get(body["of"], at(each)))
        pictures.append(Picture(body["sha256"], words.say("panel.picture_at", cause=cause, time=when)))
    return pictures


class PicturePages:
    """Handlers: read, ask, answer."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def show(self, member: Member) -> Response:
        """Show the pictures of a door for five minutes. Recorded first: what is not recorded is not shown."""
        door = member.request.path_params["door"]
        if door not in self._context.engine.site.compartments:
            return self._panel.fault(member, "panel.no_door", 404)
        try:
            await self._context.engine.note("pictures-shown", about_door(door), member.by)
        except Refused:
            return self._panel.fault(member, "panel.refused_sealed", 503)
        member.drawer.show(about_door(door), member.words.now + SHOWN_FOR)
        return RedirectResponse(f"/doors/{door}", 303, HEADERS)

    async def picture(self, member: Member) -> Response:
        """One picture, while its door's or its parcel's may be seen."""
        sha256 = member.request.path_params["sha256"]
        found = await self._context.journal.read(lambda db: _found(db, sha256))
        if found is None or found.removed:
            return self._panel.fault(member, "panel.no_picture_here", 404)
        if not shows(member, about_door(found.compartment)) and not shows(member, found.parcel):
            return self._panel.fault(member, "panel.no_right", 403)
        path = SnapshotStore(self._context.journal.folder).path(found.day, sha256)
        try:
            picture = await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            return self._panel.fault(member, "panel.no_picture_here", 404)
        return Response(picture, media_type="image/jpeg", headers=HEADERS)


def _found(db: Database, sha256: str) -> Snapshot | None:
    return find_snapshot(db, sha256) if _SHA256.fullmatch(sha256) else None
