"""The routes of the touchscreen. Thin: parse, hand to the browser's screen, render."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from api.kiosk import flow
from api.kiosk.browser_screens import ActNotOffered, BrowserScreen, BrowserScreens, StaleScreen
from api.kiosk.messages import Touched
from api.kiosk.screen_renderer import ScreenRenderer
from api.kiosk.stream import ScreenStream

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from api.app_context import AppContext

COOKIE = "kiosk"
COOKIE_SECONDS = 7 * 24 * 3600
FORM = "application/x-www-form-urlencoded"
ACT = re.compile(r"(?P<act>[a-z]{1,16})(?: (?P<value>[^\x00-\x1f\x7f]{1,120}))?")
SCREEN_ID = re.compile(r"[0-9a-f]{8}-[0-9]{1,9}s?")


class KioskRoutes:
    """The handlers, with what they share."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._browsers = BrowserScreens(context)
        self._renderer = ScreenRenderer(context)

    def routes(self) -> list[Route]:
        """Where the handlers answer."""
        return [
            Route("/", self.page, methods=["GET"]),
            Route("/stream", self.stream, methods=["GET"]),
            Route("/touch", self.touch, methods=["POST"]),
            Route("/alive", self.alive, methods=["GET"]),
            Route("/painted", self.painted, methods=["GET", "POST"]),
        ]

    async def page(self, request: Request) -> Response:
        """The whole page, as this browser's state stands."""
        await self._browsers.look_back()
        cookie, browser = self._browser(request)
        self._browsers.mark_active(cookie)
        response = HTMLResponse(self._renderer.page(browser, browser.state))
        return _with_cookie(response, cookie)

    async def alive(self, _: Request) -> Response:
        """Nothing, but at once: the page that the screen starts with is a file, and waits until this answers."""
        return Response(status_code=204, headers={"Cross-Origin-Resource-Policy": "cross-origin"})

    async def painted(self, request: Request) -> Response:
        """The page on the cabinet's screen says that it is drawn; what keeps that screen asks how long ago."""
        screen = self._context.screen
        if request.method == "POST":
            screen.painted()
            return Response(status_code=204)
        screen.expect()
        return JSONResponse({"seconds": screen.seconds()})

    async def stream(self, request: Request) -> ASGIApp:
        """The event stream on which screens are pushed. A browser that we forgot, or never knew, begins anew on it."""
        await self._browsers.look_back()
        cookie, browser = self._browser(request)
        cookie_carrier = _with_cookie(Response(), cookie)
        return ScreenStream(
            self._context, self._browsers, browser, self._renderer.screen, cookie_carrier.headers["set-cookie"]
        )

    async def touch(self, request: Request) -> Response:
        """A finger on a button. A touch on a screen that is gone does nothing, and the present one is shown."""
        parsed = await _parse_touch(request)
        if isinstance(parsed, Response):
            return parsed
        screen_id, touched = parsed
        cookie, browser = self._browser(request)
        self._browsers.mark_active(cookie)
        try:
            await browser.touch(screen_id, touched)
        except StaleScreen:
            browser.resend()
        except ActNotOffered:
            return PlainTextResponse("act: this screen has no such button", 409)
        return _with_cookie(self._response(request, browser), cookie)

    def _response(self, request: Request, browser: BrowserScreen) -> Response:
        """With an open stream the screen comes there, in order; else it is the response."""
        if "hx-request" not in request.headers:
            return RedirectResponse("/", 303)
        if browser.watchers:
            return Response(status_code=204)
        return HTMLResponse(self._renderer.screen(browser, browser.state))

    def _browser(self, request: Request) -> tuple[str, BrowserScreen]:
        cookie = request.cookies.get(COOKIE, "")
        browser = self._browsers.find(cookie)
        return (cookie, browser) if browser is not None else self._browsers.open()


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
    return screen[0], Touched(parts["act"], parts["value"] or "")


def _with_cookie(response: Response, cookie: str) -> Response:
    response.set_cookie(COOKIE, cookie, max_age=COOKIE_SECONDS, httponly=True, samesite="strict")
    return response


def install(app: Starlette, context: AppContext) -> None:
    """Put the touchscreen on an app."""
    app.router.routes.extend(KioskRoutes(context).routes())
