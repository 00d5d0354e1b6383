"""The routes of the touchscreen. Thin: parse, hand to the browser's screen, render."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from api.kiosk import flow
from api.kiosk.collect_steps import ReportPhoto
from api.kiosk.courier.steps import PhotoLabel
from api.kiosk.messages import Touched
from api.kiosk.screen_renderer import ScreenRenderer
from api.kiosk.speech import Speech
from api.kiosk.stream import ScreenStream
from api.kiosk.touchscreen import ActNotOffered, StaleScreen, Touchscreen
from locker.core.reasons import Refused
from locker.services.evidence import SnapshotStore

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from api.app_context import AppContext

FORM = "application/x-www-form-urlencoded"
JPEG = "image/jpeg"
ACT = re.compile(r"(?P<act>[a-z]{1,16})(?: (?P<value>[^\x00-\x1f\x7f]{1,120}))?")
PAGE_NUMBER = re.compile(r"[0-9]{1,4}", re.ASCII)
SCREEN_ID = re.compile(r"[0-9a-f]{8}-[0-9]{1,9}s?")


class KioskRoutes:
    """The handlers, with what they share."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._screen = Touchscreen(context)
        self._speech = Speech(context.journal.folder / "speech")
        self._renderer = ScreenRenderer(context, self._speech)
        self._pages: list[ScreenStream] = []

    def routes(self) -> list[Route]:
        """Where the handlers answer."""
        return [
            Route("/", self.page, methods=["GET"]),
            Route("/stream", self.stream, methods=["GET"]),
            Route("/touch", self.touch, methods=["POST"]),
            Route("/alive", self.alive, methods=["GET"]),
            Route("/spoken/{name}.wav", self.spoken, methods=["GET"]),
            Route("/shot/{name}.jpg", self.shot, methods=["GET"]),
            Route("/lobby", self.lobby, methods=["GET"]),
            Route("/painted", self.painted, methods=["GET", "POST"]),
        ]

    async def page(self, _: Request) -> Response:
        """The whole page, as the screen stands."""
        await self._screen.begin()
        return HTMLResponse(self._renderer.page(self._screen, self._screen.state))

    async def alive(self, _: Request) -> Response:
        """Nothing, but at once: the page that the screen starts with is a file, and waits until this answers."""
        return Response(status_code=204, headers={"Cross-Origin-Resource-Policy": "cross-origin"})

    async def lobby(self, request: Request) -> Response:
        """A page for a screen in the lobby, in the language that it asks for or the site's first."""
        languages = self._context.site.languages
        asked = next((each for each in languages if each == request.query_params.get("language")), languages[0])
        page = request.query_params.get("page", "")
        number = int(page) if PAGE_NUMBER.fullmatch(page) else 0
        return HTMLResponse(self._renderer.lobby(self._screen.locker(), asked, number, self._screen.now().utc))

    async def spoken(self, request: Request) -> Response:
        """The sound of what a screen says."""
        path = await self._speech.sound(request.path_params["name"])
        return Response(status_code=404) if path is None else FileResponse(path, media_type="audio/wav")

    async def shot(self, request: Request) -> Response:
        """A picture that was taken in this visit, and no other."""
        step, name = self._screen.state.step, request.path_params["name"]
        if isinstance(step, PhotoLabel) and name and name == step.taken:
            kept = SnapshotStore(self._context.journal.folder).path(step.day, name)
            there = await asyncio.to_thread(kept.is_file)  # it may have made room for newer ones meanwhile
            return FileResponse(kept, media_type=JPEG) if there else Response(status_code=404)
        if not isinstance(step, ReportPhoto) or name not in step.reported.photos:
            return Response(status_code=404)
        try:
            picture, kind = await self._context.cases.service.photo(step.reported.case, name)
        except Refused:
            return Response(status_code=404)
        return Response(picture, media_type=kind)

    async def painted(self, request: Request) -> Response:
        """The page on the cabinet's screen says that it is drawn; what keeps that screen asks how long ago."""
        screen = self._context.screen
        if request.method == "POST":
            screen.painted()
            return Response(status_code=204)
        screen.expect()
        return JSONResponse({"seconds": screen.seconds()})

    async def stream(self, _: Request) -> ASGIApp:
        """The event stream on which screens are pushed."""
        await self._screen.begin()
        return ScreenStream(self._context, self._screen, self._renderer.screen, self._pages)

    async def touch(self, request: Request) -> Response:
        """A finger on a button. A touch on a screen that is gone does nothing, and the present one is shown."""
        parsed = await _parse_touch(request)
        if isinstance(parsed, Response):
            return parsed
        await self._screen.begin()
        try:
            await self._screen.touch(*parsed)
        except StaleScreen:
            self._screen.resend()
        except ActNotOffered:
            return PlainTextResponse("act: this screen has no such button", 409)
        return self._response(request)

    def _response(self, request: Request) -> Response:
        """With an open stream the screen comes there, in order; else it is the response."""
        if "hx-request" not in request.headers:
            return RedirectResponse("/", 303)
        if self._screen.watchers:
            return Response(status_code=204)
        return HTMLResponse(self._renderer.screen(self._screen, self._screen.state))


async def _parse_touch(request: Request) -> tuple[str, Touched] | Response:
    """The screen and the act of a touch, or why it cannot be read."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return PlainTextResponse(f"send {FORM}", 415)
    try:
        fields = parse_qs((await request.body()).decode(), strict_parsing=True, max_num_fields=8, encoding="utf-8")
    except ValueError:
        return PlainTextResponse("the form cannot be read", 422)
    screen, act = fields.get("screen", []), fields.get("act", [])
    if len(screen) != 1 or not SCREEN_ID.fullmatch(screen[0]):
        return PlainTextResponse("screen: is missing or is no screen", 422)
    parts = ACT.fullmatch(act[0]) if len(act) == 1 else None
    if parts is None or parts["act"] not in flow.ACTS:
        return PlainTextResponse("act: is missing or is no act", 422)
    points = fields.get("points", [""])
    return screen[0], Touched(parts["act"], parts["value"] or "", points[0] if parts["act"] == "sign" else "")


def install(app: Starlette, context: AppContext) -> None:
    """Put the touchscreen on an app."""
    app.router.routes.extend(KioskRoutes(context).routes())
