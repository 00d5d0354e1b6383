"""What every response of a listener carries, and what no request may be: pure ASGI, so that streams pass through."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response

from api.options import is_loopback

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
YEAR_SECONDS = 365 * 24 * 3600
SAFE_METHODS = frozenset({"GET", "HEAD"})


class SecurityHeadersMiddleware:
    """Adds the security headers to every answer, and `Cache-Control: no-store` unless the answer says otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer's headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                if scope["scheme"] == "https" and not _is_here(Headers(scope=scope)):
                    headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_SECONDS}")
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_here(headers: Headers) -> bool:
    """True when this machine is asked for by a loopback name: the kiosk there speaks no TLS, and must be reached."""
    try:
        return is_loopback(urlsplit(f"//{headers.get('host', '')}").hostname or "")
    except ValueError:
        return True


class SameOriginMiddleware:
    """Answers 403 to a request that another site's page sent, where no log-in could tell.

    What changes something must come from our own page, by Sec-Fetch-Site or else by Origin. With `programs` a request
    that bears neither passes as well: every browser sends one of them with a page's request.
    """

    def __init__(self, app: ASGIApp, *, programs: bool = False) -> None:
        self._app = app
        self._programs = programs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass our own page's requests on."""
        if scope["type"] == "http" and not self._is_allowed(scope["method"], Headers(scope=scope)):
            await PlainTextResponse("not from this page", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_allowed(self, method: str, headers: Headers) -> bool:
        if method in SAFE_METHODS or (self._programs and not {"origin", "sec-fetch-site"} & set(headers.keys())):
            return True
        host = headers.get("host", "")
        return is_same_origin(headers, f"http://{host}", f"https://{host}")


def is_same_origin(headers: Headers, *origins: str) -> bool:
    """True when a request comes from a page of one of our own origins, by Sec-Fetch-Site or else by Origin."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return headers.get("origin") in origins


def gone(_: Request, __: Exception) -> Response:
    """Whoever asked has gone in the middle of it: nobody reads this."""
    return Response(status_code=400)
