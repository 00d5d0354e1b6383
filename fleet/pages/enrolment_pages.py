"""New lockers: a person makes a token, and the locker that has it gets its certificate."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
from starlette.responses import Response

from fleet.enrolment import LONGEST_REQUEST, NameRefused, NotEnrolled, enrol, new_token, read_request, waiting
from fleet.pages.admission import Connections, Tries
from fleet.pages.page_request import HEADERS, PageRequest, proved, render

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from fleet.settings import FleetSettings

_LONGEST_BODY = 2 * LONGEST_REQUEST
_BODY_WITHIN_S = 10.0
_AT_ONCE = 4


async def enrolment_page(page: PageRequest, *, fault: str = "", token: str = "", locker: str = "") -> Response:
    """For whom a token waits, and the form of a new one; a new token is shown this once."""
    return render(
        page.http,
        "enrolment.html",
        409 if fault else 200,
        waiting=await waiting(page.connection),
        token=token,
        locker=locker,
        centre=f"{page.http.url.scheme}://{page.http.url.netloc}",
        fault=fault,
        proved=page.session.proved(datetime.now(UTC)),
        session=page.session,
    )


async def make_token(page: PageRequest) -> Response:
    """Make one, with a fresh code of the app."""
    locker = page.form.get("locker", "")
    if not await proved(page):
        return await enrolment_page(page, fault="fleet.wrong_code", locker=locker)
    try:
        token = await new_token(page.connection, locker, page.session.operator)
    except NameRefused as refused:
        return await enrolment_page(page, fault=str(refused), locker=locker)
    return await enrolment_page(page, token=token, locker=locker)


def enrolment_endpoint(settings: FleetSettings) -> Callable[[Request], Awaitable[Response]]:
    """Where a locker asks. It is signed in by its token alone, and hears nothing of why it gets none.

    Strangers may ask too: they have connections of their own, a few, so that operators never wait for them, and what
    is no request at all, or comes from an address that has tried too often, costs none.
    """
    connections, tries = Connections(settings, _AT_ONCE), Tries()

    async def endpoint(request: Request) -> Response:
        wait = tries.wait(request.client.host if request.client else "", asyncio.get_running_loop().time())
        if wait:
            return Response(status_code=429, headers={**HEADERS, "Retry-After": str(wait)})
        try:
            async with asyncio.timeout(_BODY_WITHIN_S):
                body = await _body(request)
        except TimeoutError:
            return Response(status_code=408, headers=HEADERS)
        if body is None:
            return Response(status_code=413, headers=HEADERS)
        try:
            asked = read_request(body)
            async with connections.one() as connection:
                answer = await enrol(connection, settings, asked)
        except NotEnrolled:
            return Response(status_code=403, headers=HEADERS)
        except psycopg.OperationalError:
            return Response(status_code=503, headers=HEADERS)
        return Response(answer, media_type="application/json", headers=HEADERS)

    return endpoint


async def _body(request: Request) -> bytes | None:
    """What was sent; None for more than any locker sends."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_BODY:
            return None
    return body
