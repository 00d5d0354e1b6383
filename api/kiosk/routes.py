"""The kiosk's addresses. Thin: read, hand to the session, draw."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from api.kiosk import flow
from api.kiosk.browser_screens import BrowserScreen, BrowserScreens, NotOffered, Stale
from api.kiosk.messages import Touched
from api.kiosk.screens import Screens
from api.kiosk.stream import Stream

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from api.app_context import AppContext

COOKIE = "kiosk"
COOKIE_SECONDS = 7 * 24 * 3600
FORM = "application/x-www-form-urlencoded"
ACT = re.compile(r"(?P<act>[a-z]{1,16})(?: (?P<value>[^\x00-\x1f\x7f]{1,120}))?")
SCREEN = re.compile(r"[0-9a-f]{8}-[0-9]{1,9}s?")


class Kiosk:
    """The handlers, with what they share."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._sessions = BrowserScreens(context)
        self._screens = Screens(context)

    def routes(self) -> list[Route]:
        """Where the handlers answer."""
        return [
            Route("/", self.page, methods=["GET"]),
            Route("/stream", self.stream, methods=["GET"]),
            Route("/touch", self.touch, methods=["POST"]),
            Route("/alive", self.alive, methods=["GET"]),
        ]

    async def page(self, request: Request) -> Response:
        """The whole page, as the visit of this browser stands."""
        cookie, session = self._session(request)
        self._sessions.used(cookie)
        response = HTMLResponse(self._screens.page(session, session.visit))
        return _with_cookie(response, cookie)

    async def alive(self, _: Request) -> Response:
        """Nothing, but at once: the page that the screen starts with is a file, and waits until this answers."""
        return Response(status_code=204, headers={"Cross-Origin-Resource-Policy": "cross-origin"})

    async def stream(self, request: Request) -> ASGIApp:
        """The line on which screens are pushed. A browser that we forgot, or never knew, begins anew on it."""
        cookie, session = self._session(request)
        carrier = _with_cookie(Response(), cookie)
        return Stream(self._context, self._sessions, session, self._screens.screen, carrier.headers["set-cookie"])

    async def touch(self, request: Request) -> Response:
        """A finger on a button. A touch on a screen that is gone does nothing, and the present one is shown."""
        read = await _read(request)
        if isinstance(read, Response):
            return read
        screen, touched = read
        cookie, session = self._session(request)
        self._sessions.used(cookie)
        try:
            await session.touch(screen, touched)
        except Stale:
            session.repeat()
        except NotOffered:
            return PlainTextResponse("act: this screen has no such button", 409)
        return _with_cookie(self._after(request, session), cookie)

    def _after(self, request: Request, session: BrowserScreen) -> Response:
        """With an open line the screen comes there, in order; else it is the answer."""
        if "hx-request" not in request.headers:
            return RedirectResponse("/", 303)
        if session.watchers:
            return Response(status_code=204)
        return HTMLResponse(self._screens.screen(session, session.visit))

    def _session(self, request: Request) -> tuple[str, BrowserScreen]:
        cookie = request.cookies.get(COOKIE, "")
        session = self._sessions.find(cookie)
        return (cookie, session) if session is not None else self._sessions.open()


async def _read(request: Request) -> tuple[str, Touched] | Response:
    """The screen and the act of a touch, or why it cannot be read."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return PlainTextResponse(f"send {FORM}", 415)
    try:
        fields = parse_qs((await request.body()).decode(), strict_parsing=True, max_num_fields=8, encoding="utf-8")
    except ValueError:
        return PlainTextResponse("the form cannot be read", 422)
    screen, act = fields.get("screen", []), fields.get("act", [])
    if len(screen) != 1 or not SCREEN.fullmatch(screen[0]):
        return PlainTextResponse("screen: is missing or is no screen", 422)
    parts = ACT.fullmatch(act[0]) if len(act) == 1 else None
    if parts is None or parts["act"] not in flow.ACTS:
        return PlainTextResponse("act: is missing or is no act", 422)
    return screen[0], Touched(parts["act"], parts["value"] or "")


def _with_cookie(response: Response, cookie: str) -> Response:
    response.set_cookie(COOKIE, cookie, max_age=COOKIE_SECONDS, httponly=True, samesite="strict")
    return response


def install(app: Starlette, context: AppContext) -> None:
    """Put the touchscreen on an app."""
    app.router.routes.extend(Kiosk(context).routes())
