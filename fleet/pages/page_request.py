"""What every page of the centre has in common: who is there, in which language, and what it may send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import psycopg
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from fleet.operators import Session, find_session, prove
from fleet.sentences import cause, event_words, language_of, moment, number, translate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from fleet.pages.admission import Connections
    from fleet.settings import FleetSettings

COOKIE = "fleet"
LONGEST_FORM = 16_384
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One request of somebody who is signed in."""

    http: Request
    settings: FleetSettings
    connection: psycopg.AsyncConnection[Any]
    session: Session
    token: str
    form: dict[str, str]


def language(request: Request) -> str:
    """In which language this page answers."""
    return language_of(request.headers.get("accept-language", ""), request.cookies.get("language"))


def render(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page from its template."""
    spoken = language(request)
    text = _TEMPLATES.get_template(template).render(
        lang=spoken,
        t=lambda key, **fills: translate(spoken, key, **fills),
        moment=lambda at: moment(spoken, at),
        number=lambda value: number(spoken, value),
        said=lambda kind: event_words(spoken, kind),
        cause=lambda text: cause(spoken, text),
        path=request.url.path,
        **values,
    )
    return HTMLResponse(text, status, headers=HEADERS)


async def read_form(request: Request) -> dict[str, str] | None:
    """The fields of a form; None for what no form of ours sends."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return None
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            return None
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        return None
    return {name: value.strip() for name, value in pairs if "\x00" not in value}


def is_own(request: Request) -> bool:
    """True for a form that a page of ours sends."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        return site == "same-origin"
    return origin is not None and origin.partition("://")[2] == request.headers.get("host")


async def proved(page: PageRequest) -> bool:
    """Whether what has weight may be done now: the app's code was given lately, or comes with this form."""
    if page.session.proved(datetime.now(UTC)):
        return True
    return await prove(page.connection, page.token, page.session, page.form.get("code", ""))


def signed_in(
    settings: FleetSettings, connections: Connections, page: Callable[[PageRequest], Awaitable[Response]]
) -> Any:
    """An endpoint for whoever is signed in; a form must come from our own page and bear the session's mark."""

    async def endpoint(request: Request) -> Response:
        form: dict[str, str] = {}
        if request.method == "POST":
            read = await read_form(request)
            if read is None or not is_own(request):
                return render(request, "error.html", 403, key="fleet.foreign", session=None)
            form = read
        token = request.cookies.get(COOKIE, "")
        if not token:
            return RedirectResponse("/sign-in", 303, headers=HEADERS)
        try:
            async with connections.one() as connection:
                session = await find_session(connection, token)
                if session is None:
                    return RedirectResponse("/sign-in", 303, headers=HEADERS)
                if request.method == "POST" and form.get("csrf") != session.csrf:
                    return render(request, "error.html", 403, key="fleet.foreign", session=None)
                return await page(PageRequest(request, settings, connection, session, token, form))
        except psycopg.OperationalError:
            return render(request, "error.html", 503, key="fleet.database_away", session=None)

    return endpoint
