"""Film strips: what happened before the camera around a moment at a door, frame by frame."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.responses import Response

from api.staff.logbook import recorded_at
from api.staff.panel import HEADERS
from api.staff.snapshot_pages import caption, may_see, may_see_one
from locker.clip_file import BadClip
from locker.core.events.record import moment
from locker.services.evidence import SnapshotStore, find_clip, shown_at
from locker.services.people import Right

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlite_utils import Database
    from starlette.applications import Starlette

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.clip_file import ClipFrame
    from locker.core.events.record import Recorded
    from locker.journal.store import Journal
    from locker.services.evidence import Snapshot

T = TypeVar("T")

STRIPS_SHOWN = 4
FRAMES_SHOWN = 6
_NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class FilmStrip:
    """A clip on a page: a few of its frames, by number from 0, and how many it has."""

    sha256: str
    caption: str
    shown: tuple[int, ...]
    count: int


@dataclass(frozen=True, slots=True)
class StripFrame:
    """One frame on the page of its clip."""

    number: int
    moment: str
    is_event: bool


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = ClipPages(panel)
    app.add_route("/clips/{sha256}", panel.signed_in(pages.clip, Right.SHOW), methods=["GET"])
    app.add_route("/clips/{sha256}/{number}", panel.signed_in(pages.frame, Right.SHOW), methods=["GET"])


async def film_strips(journal: Journal, events: Sequence[Recorded], text: LocalizedText) -> list[FilmStrip]:
    """The newest few clips of a history that are still kept, in the order of time."""
    taken = sorted((each for each in events if each.kind == "ClipTaken"), key=lambda each: each.seq)
    moments = {each.seq: recorded_at(each) for each in events}
    kept = await journal.read(lambda db: [each for each in taken if _is_kept(db, each.body())])
    return [
        FilmStrip(
            body["sha256"],
            caption(body, moments.get(body["of"], recorded_at(each)), text),
            evenly(body["frames"], FRAMES_SHOWN),
            body["frames"],
        )
        for each in kept[-STRIPS_SHOWN:]
        for body in (each.body(),)
    ]


def evenly(count: int, most: int) -> tuple[int, ...]:
    """So many numbers of 0 to `count` - 1, the first and the last among them."""
    if count <= most:
        return tuple(range(count))
    return tuple(round(place * (count - 1) / (most - 1)) for place in range(most))


def _is_kept(db: Database, body: dict[str, Any]) -> bool:
    sql = "select 1 from snapshot where of = ? and cause = ? and removed = 0"
    return db.execute(sql, [body["of"], f"clip-{body['cause']}"]).fetchone() is not None


class ClipPages:
    """Handlers: read, ask, answer."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context
        self._store = SnapshotStore(panel.context.journal.folder)

    async def clip(self, request: StaffRequest) -> Response:
        """Every frame of a clip with its moment, while its door's or its parcel's pictures may be seen."""
        found, status = await self._found(request)
        frames = await self._read(self._store.frames, found.day, found.sha256) if found else None
        if found is None or frames is None:
            return self._no(request, status)
        nearest = min(range(len(frames)), key=lambda number: abs(frames[number].moment), default=0)
        shown = [_shown(number, each, request.text, is_event=number == nearest) for number, each in enumerate(frames)]
        of = {"cause": found.cause.removeprefix("clip-")}
        return self._panel.render(
            "clip.html",
            request,
            found=found,
            frames=shown,
            title=caption(of, moment(found.at), request.text),
            back=f"/parcels/{found.parcel}" if may_see(request, found.parcel) else f"/doors/{found.compartment}",
            still=True,
        )

    async def frame(self, request: StaffRequest) -> Response:
        """One frame of a clip."""
        found, status = await self._found(request)
        said = request.http.path_params["number"]
        number = int(said) if _NUMBER.fullmatch(said) else -1
        frame = await self._read(self._store.frame, found.day, found.sha256, number) if found else None
        if frame is None:
            return self._no(request, status)
        return Response(frame.picture, media_type="image/jpeg", headers=HEADERS)

    async def _found(self, request: StaffRequest) -> tuple[Snapshot | None, int]:
        """The clip that is asked for; none where there is none or it may not be seen, and what to answer then."""
        sha256 = request.http.path_params["sha256"]
        found, places = None, list[tuple[str, str]]()
        if _SHA256.fullmatch(sha256):
            found, places = await self._context.journal.read(lambda db: (find_clip(db, sha256), shown_at(db, sha256)))
        if found is None or may_see_one(request, places):
            return found, 404
        return None, 403

    async def _read(self, read: Callable[..., T], *which: Any) -> T | None:
        """What is read of a clip; None where its file is gone or was changed."""
        try:
            return await asyncio.to_thread(read, *which)
        except (OSError, BadClip):
            return None

    def _no(self, request: StaffRequest, status: int) -> Response:
        sentence = "panel.no_right" if status == 403 else "panel.no_picture_here"
        return self._panel.error_page(request, sentence, status)


def seconds(milliseconds: int) -> str:
    """A moment with its sign, in seconds."""
    return f"{'-' if milliseconds < 0 else '+'}{abs(milliseconds) / 1000:.1f}".replace("-", "\N{MINUS SIGN}")


def _shown(number: int, frame: ClipFrame, text: LocalizedText, *, is_event: bool) -> StripFrame:
    at = text.translate("panel.clip_moment", n=seconds(frame.moment))
    return StripFrame(number, text.translate("panel.clip_event") if is_event else at, is_event)
