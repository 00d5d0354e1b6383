"""Rounds on a tablet: begun or gone on with, door after door, ended, and what differed as a table."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.staff.localized_text import staff_of
from api.staff.panel import HEADERS, SHOWN_FOR
from api.staff.snapshot_pages import may_see
from api.table_cells import no_formula
from locker.core.model import Seen
from locker.core.reasons import RefusalReason, Refused
from locker.services.cases import LARGEST_PHOTO, BadPhoto
from locker.services.people import Right
from locker.services.rounds import TICKS, DoorLook, Found, RoundKind, book_of, differs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.applications import Starlette

    from api.staff.panel import Panel, StaffRequest
    from locker.services.rounds import Round

PATH = "/rounds"


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = RoundPages(panel)
    one = f"{PATH}/{{round}}"
    app.add_route(PATH, panel.signed_in(pages.rounds), methods=["GET"])
    app.add_route(f"{PATH}/start", panel.signed_in(pages.start, Right.OPEN), methods=["POST"])
    app.add_route(one, panel.signed_in(pages.door), methods=["GET"])
    app.add_route(f"{one}/table.csv", panel.signed_in(pages.table), methods=["GET"])
    app.add_route(f"{one}/open", panel.signed_in(pages.open, Right.OPEN), methods=["POST"])
    app.add_route(f"{one}/photos", panel.signed_in(pages.show_photos, Right.SHOW), methods=["POST"])
    app.add_route(f"{one}/photos/{{sha256}}", panel.signed_in(pages.photo, Right.SHOW), methods=["GET"])
    record = panel.signed_in(pages.record, Right.OPEN, file=LARGEST_PHOTO)
    app.add_route(f"{one}/record", record, methods=["POST"])
    app.add_route(f"{one}/end", panel.signed_in(pages.end, Right.OPEN), methods=["POST"])


class RoundPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context
        self._rounds = panel.context.rounds

    async def rounds(self, request: StaffRequest) -> Response:
        """What can be begun, what goes on, and what was found before."""
        listed, text = await self._rounds.listed(), request.text
        doors = len(self._context.engine.site.compartments)
        going = {each.kind: each for each in listed if each.ended_at is None}
        return self._panel.render(
            "rounds.html",
            request,
            kinds=[(kind, going.get(kind), self._last(kind, listed, request)) for kind in RoundKind],
            doors=doors,
            ended=[(each, text.date_and_time(each.ended_at)) for each in listed if each.ended_at is not None],
            may_walk=Right.OPEN in request.rights,
        )

    @staticmethod
    def _last(kind: RoundKind, listed: list[Round], request: StaffRequest) -> str:
        ended = next((each.ended_at for each in listed if each.kind is kind and each.ended_at is not None), None)
        return request.text.date_and_time(ended) if ended is not None else ""

    async def start(self, request: StaffRequest) -> Response:
        """Begin, or go on."""
        kind = request.form.get("kind", "")
        if kind not in set(RoundKind):
            return self._panel.error_page(request, "panel.bad_field", 422, field="kind")
        try:
            name = await self._rounds.start(RoundKind(kind), request.by)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse(f"{PATH}/{name}", 303, HEADERS)

    async def door(self, request: StaffRequest) -> Response:
        """The next door; when all were looked at, or it has ended, what differed."""
        try:
            one = await self._rounds.find(request.http.path_params["round"])
        except Refused:
            return self._panel.error_page(request, "panel.no_round", 404)
        return self._page(request, one)

    def _page(self, request: StaffRequest, one: Round, refused: str = "", status: int = 200) -> Response:
        name, site, text = self._rounds.next_door(one), self._context.engine.site, request.text
        door = site.compartments[name] if name is not None and one.ended_at is None else None
        return self._panel.render(
            "round.html",
            request,
            status,
            round=one,
            door=door,
            book=book_of(door) if door is not None else "",
            is_open=door is not None and door.seen is Seen.OPEN,
            ticks=TICKS[one.kind],
            found=list(Found),
            doors=len(site.compartments),
            differences=one.differences,
            photos=[each for each in one.lines if each.photo_type and Right.SHOW in request.rights],
            seeing=may_see(request, _subject(one)),
            by=staff_of(one.by) or one.by,
            ended=text.date_and_time(one.ended_at) if one.ended_at is not None else "",
            may_walk=Right.OPEN in request.rights,
            alarm=text.translate_or(f"panel.refused_{refused}", "panel.refused_not_now", n=1) if refused else "",
            still=True,
        )

    async def open(self, request: StaffRequest) -> Response:
        """Order the next door open."""
        return await self._done(request, lambda one: self._rounds.open(one, request.form.get("door", ""), request.by))

    async def record(self, request: StaffRequest) -> Response:
        """Keep what was found behind the next door."""
        form = request.form
        if form.get("found", "") not in set(Found):
            return self._panel.error_page(request, "panel.bad_field", 422, field="found")
        ticks = tuple(each.removeprefix("tick-") for each in form if each.startswith("tick-"))
        note, door = " ".join(form.get("note", "").split()), form.get("door", "")
        look = DoorLook(Found(form["found"]), ticks, note, getattr(request.http.state, "file", b""))
        return await self._done(request, lambda one: self._rounds.record(one, door, look, request.by))

    async def show_photos(self, request: StaffRequest) -> Response:
        """Show the photos of a round for five minutes. Recorded first: what is not recorded is not shown."""
        try:
            one = await self._rounds.find(request.http.path_params["round"])
            await self._context.engine.note("pictures-shown", _subject(one), request.by, _subject(one))
        except Refused as refused:
            sealed = refused.reason is RefusalReason.SEALED
            key, status = ("panel.refused_sealed", 503) if sealed else ("panel.no_round", 404)
            return self._panel.error_page(request, key, status)
        request.memory.show(_subject(one), request.text.now + SHOWN_FOR)
        return RedirectResponse(f"{PATH}/{one.id}", 303, HEADERS)

    async def photo(self, request: StaffRequest) -> Response:
        """What was photographed at a door of this round, while its photos may be seen."""
        name = request.http.path_params["sha256"]
        try:
            one = await self._rounds.find(request.http.path_params["round"])
            line = next(each for each in one.lines if each.photo == name and each.photo_type)
            if not may_see(request, _subject(one)):
                return self._panel.error_page(request, "panel.no_right", 403)
            content = await self._rounds.photos.read(name)
        except (Refused, StopIteration, OSError):
            return self._panel.error_page(request, "panel.no_picture_here", 404)
        return Response(content, media_type=line.photo_type, headers=HEADERS)

    async def end(self, request: StaffRequest) -> Response:
        """End the round."""
        return await self._done(request, lambda one: self._rounds.end(one, request.by))

    async def _done(self, request: StaffRequest, act: Callable[[Round], Awaitable[None]]) -> Response:
        try:
            one = await self._rounds.find(request.http.path_params["round"])
        except Refused:
            return self._panel.error_page(request, "panel.no_round", 404)
        try:
            await act(one)
        except Refused as refused:
            return self._page(request, one, refused.reason.value.replace("-", "_"), 409)
        except BadPhoto:
            return self._page(request, one, "bad_photo", 422)
        except OSError:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse(f"{PATH}/{one.id}", 303, HEADERS)

    async def table(self, request: StaffRequest) -> Response:
        """Every door of a round, for other programs."""
        try:
            one = await self._rounds.find(request.http.path_params["round"])
        except Refused:
            return self._panel.error_page(request, "panel.no_round", 404)
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(("door", "book", "found", "ticks", "differs", "note", "photo", "at", "by"))
        for line in one.lines:
            differ = "yes" if differs(one.kind, line) else "no"
            ticks, at = " ".join(line.ticks), line.at.isoformat()
            cells = (line.compartment, line.book, line.found, ticks, differ, line.note, line.photo, at, line.by)
            writer.writerow(map(no_formula, cells))
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="round-{one.id}.csv"'}
        return Response("\ufeff" + out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _subject(one: Round) -> str:
    """How showing the photos of a round is remembered and recorded."""
    return f"round {one.id}"
