"""The operator's pages as one app: who needs somebody, one locker with its orders, reports over all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from fleet import assignments, overview
from fleet.assignments import NotAssigned
from fleet.operators import sign_in, sign_out
from fleet.order_sender import OrderNotGiven, give_order
from fleet.pages.admission import Connections
from fleet.pages.enrolment_pages import enrolment_endpoint, enrolment_page, make_token
from fleet.pages.metrics_page import metrics_endpoint
from fleet.pages.page_request import (
    COOKIE,
    HEADERS,
    PageRequest,
    is_own,
    proved,
    read_form,
    render,
    signed_in,
)
from fleet.pages.rollout_pages import decide_rollout, new_rollout, rollout_page, rollouts_page
from fleet.pages.work_pages import move_work, work_page
from fleet.sentences import LANGUAGES
from fleet.wire_format import LOCKER_NAME

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from starlette.requests import Request

    from fleet.settings import FleetSettings

_STATIC = Path(__file__).parent / "static"
_FIRST_YEAR = 2000
_LONGEST_REPORT = timedelta(days=366)
DOOR_ACTIONS = ("open", "retire", "restore")
RESTART = "restart"


def pages_app(settings: FleetSettings) -> Starlette:
    """All pages; the listener is the caller's."""
    connections = Connections(settings)

    async def way_in(request: Request) -> Response:
        if request.method == "GET":
            return render(request, "sign_in.html", wrong=False, session=None)
        form = await read_form(request)
        if form is None or not is_own(request):
            return render(request, "error.html", 403, key="fleet.foreign", session=None)
        try:
            async with connections.one() as connection:
                token = await sign_in(connection, form.get("name", ""), form.get("password", ""), form.get("code", ""))
        except psycopg.OperationalError:
            return render(request, "error.html", 503, key="fleet.database_away", session=None)
        if token is None:
            return render(request, "sign_in.html", 401, wrong=True, session=None)
        response = RedirectResponse("/", 303, headers=HEADERS)
        response.set_cookie(
            COOKIE, token, httponly=True, samesite="strict", secure=request.url.scheme == "https", path="/"
        )
        return response

    async def speak(request: Request) -> Response:
        chosen = request.path_params["language"]
        response = RedirectResponse("/", 303, headers=HEADERS)
        if chosen in LANGUAGES:
            response.set_cookie("language", chosen, max_age=31_536_000, samesite="strict", path="/")
        return response

    def page(path: str, of: Callable[[PageRequest], Awaitable[Response]], methods: Sequence[str] = ("GET",)) -> Route:
        return Route(path, signed_in(settings, connections, of), methods=list(methods))

    return Starlette(
        routes=[
            Route("/sign-in", way_in, methods=["GET", "POST"]),
            Route("/language/{language}", speak),
            page("/", _who_needs_me),
            page("/lockers/{locker}", _locker),
            page("/lockers/{locker}/orders", _order, ["POST"]),
            page("/lockers/{locker}/work", _work, ["POST"]),
            page("/work", work_page),
            page("/work", move_work, ["POST"]),
            page("/reports", _reports),
            page("/rollouts", rollouts_page),
            page("/rollouts", new_rollout, ["POST"]),
            page("/rollouts/{rollout}", rollout_page),
            page("/rollouts/{rollout}", decide_rollout, ["POST"]),
            page("/enrolment", enrolment_page),
            page("/enrolment", make_token, ["POST"]),
            Route("/metrics", metrics_endpoint(connections), methods=["GET"]),
            Route("/enrol", enrolment_endpoint(settings), methods=["POST"]),
            page("/sign-out", _sign_out, ["POST"]),
            Mount("/static", StaticFiles(directory=_STATIC, follow_symlink=True)),
        ],
        exception_handlers={404: _not_there, Exception: _fault},
    )


async def _who_needs_me(page: PageRequest) -> Response:
    lines = await overview.lockers(page.connection)
    calm = [line for line in lines if line.need is overview.Need.NONE]
    return render(
        page.http,
        "overview.html",
        lines=lines[: len(lines) - len(calm)],
        calm=calm,
        spare=assignments.spare_rooms(lines),
        session=page.session,
    )


async def _locker(page: PageRequest, *, fault: str = "", done: str = "") -> Response:
    name = page.http.path_params["locker"]
    found = await overview.locker(page.connection, name) if LOCKER_NAME.fullmatch(name) else None
    if found is None:
        return render(page.http, "error.html", 404, key="fleet.no_such_locker", session=page.session)
    line, state = found
    neighbours = await overview.lockers(page.connection, line.area) if line.area else []
    return render(
        page.http,
        "locker.html",
        409 if fault else 200,
        line=line,
        doors=sorted(state.get("doors", {}).items()),
        version=state.get("version", ""),
        tried=_not_kept(state),
        people=await assignments.people(page.connection),
        spare=assignments.spare_rooms(neighbours).get(line.id, []),
        events=await overview.last_events(page.connection, line.id),
        orders=await overview.last_orders(page.connection, line.id),
        fault=fault,
        done=done or page.http.query_params.get("given", ""),
        proved=page.session.proved(datetime.now(UTC)),
        session=page.session,
    )


def _not_kept(state: dict[str, Any]) -> dict[str, Any] | None:
    """The version that was ordered last and did not stay; None when it stayed, or none was."""
    last: dict[str, Any] = state.get("program", {}).get("last", {})
    return {"reason": "", **last} if last.get("new") and not last.get("kept") else None


async def _order(page: PageRequest) -> Response:
    """One door of one locker; whoever orders gives a fresh code of the app."""
    form, locker = page.form, page.http.path_params["locker"]
    if not LOCKER_NAME.fullmatch(locker):
        return await _locker(page)
    action, door, reason = (form.get(name, "") for name in ("action", "door", "reason"))
    if not await proved(page):
        return await _locker(page, fault="fleet.wrong_code")
    whole = action == RESTART or (action in DOOR_ACTIONS and 0 < len(door) <= 64)
    if not whole or len(reason) > 200 or not reason.isprintable():
        return await _locker(page, fault="fleet.not_whole")
    if not reason and action != "restore":
        return await _locker(page, fault="fleet.say_why")
    body = {"reason": reason} if action == RESTART else {"compartment": door, "reason": reason}
    if action == "restore":
        body = {"compartment": door}
    try:
        given = await give_order(page.settings, page.connection, locker, action, body, page.session.operator)
    except OrderNotGiven as not_given:
        return await _locker(page, fault=str(not_given))
    return RedirectResponse(f"/lockers/{locker}?given={given}#orders", 303, headers=HEADERS)


async def _work(page: PageRequest) -> Response:
    """Who goes to this locker, and with which others it shares its overflow."""
    form, locker = page.form, page.http.path_params["locker"]
    if not LOCKER_NAME.fullmatch(locker):
        return await _locker(page)
    try:
        await assignments.set_area(page.connection, locker, " ".join(form.get("area", "").split()))
        await assignments.assign(
            page.connection, locker, form.get("person", ""), form.get("note", ""), page.session.operator
        )
    except NotAssigned as wrong:
        return await _locker(page, fault=str(wrong))
    return RedirectResponse(f"/lockers/{locker}#work", 303, headers=HEADERS)


async def _reports(page: PageRequest) -> Response:
    today = datetime.now(UTC).date()
    last = _day(page.http.query_params.get("to", ""), today)
    first = _day(page.http.query_params.get("from", ""), last - timedelta(days=29))
    if not timedelta(0) <= last - first <= _LONGEST_REPORT:
        first = last - timedelta(days=29)
    rows = await overview.by_locker(page.connection, first, last)
    total = {kind: sum(row[kind] for row in rows) for kind in overview.REPORTED}
    if page.http.query_params.get("as") == "csv":
        lines = [",".join(["locker", *overview.REPORTED])]
        lines += [",".join([row["locker"], *(str(row[kind]) for kind in overview.REPORTED)]) for row in rows]
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="lockers-{first}-{last}.csv"'}
        return Response("\r\n".join(lines) + "\r\n", media_type="text/csv", headers=headers)
    return render(
        page.http,
        "reports.html",
        rows=rows,
        total=total,
        kinds=overview.REPORTED,
        first=first.isoformat(),
        last=last.isoformat(),
        session=page.session,
    )


async def _not_there(request: Request, _: Exception) -> Response:
    return render(request, "error.html", 404, key="fleet.no_page", session=None)


async def _fault(request: Request, _: Exception) -> Response:
    return render(request, "error.html", 500, key="fleet.fault", session=None)


async def _sign_out(page: PageRequest) -> Response:
    await sign_out(page.connection, page.token)
    response = RedirectResponse("/sign-in", 303, headers=HEADERS)
    response.delete_cookie(COOKIE)
    return response


def _day(text: str, otherwise: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return day if day.year >= _FIRST_YEAR else otherwise
