"""What every response of a listener carries, and what no request may be: pure ASGI, so that streams pass through."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from api.options import is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
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
            await send(message)

        await self._app(scope, receive, send_with_headers)


class BodyLimitMiddleware:
    """Answers 413 to a body longer than `limit` bytes, announced or not, before anyone reads it."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body up to the limit, then pass the request on with it."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        body = b""
        more = not announced.isdigit() or int(announced) <= self._limit
        if not more:
            await PlainTextResponse("too long", 413, {"Connection": "close"})(scope, receive, send)
            return
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._limit:
                await PlainTextResponse("too long", 413, {"Connection": "close"})(scope, receive, send)
                return
        read = False

        async def receive_again() -> Message:
            nonlocal read
            if read:
                return await receive()
            read = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive_again, send)


class SameOriginMiddleware:
    """Answers 403 to a request that another site's page sent: the kiosk has no log-in that could tell.

    The host must be this machine by its loopback name, so that a foreign name that resolves to it does not pass.
    A request that changes something must come from our own page, by Sec-Fetch-Site or else by Origin.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass our own page's requests on."""
        if scope["type"] == "http" and not _is_allowed(scope["method"], Headers(scope=scope)):
            await PlainTextResponse("not from this screen", 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_allowed(method: str, headers: Headers) -> bool:
    host = headers.get("host", "")
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if not is_loopback(name):
        return False
    if method in SAFE_METHODS:
        return True
    return is_same_origin(headers, f"http://{host}", f"https://{host}")


def is_same_origin(headers: Headers, *origins: str) -> bool:
    """True when a request comes from a page of one of our own origins, by Sec-Fetch-Site or else by Origin."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return headers.get("origin") in origins
