"""The table of all calls of the machine API, and the app that serves them and their OpenAPI document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from api.machine import cabinet, deposits, events, parcels, pickups, residents, views
from api.machine.calls import MachineRoute
from api.machine.metrics import metrics
from api.machine.openapi import described, operation, responses
from api.machine.problems import FAULT, INVALID, METHOD_NOT_ALLOWED, NOT_FOUND, Problem
from locker.core.messages import Code
from locker.desk.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.types import ASGIApp, Receive, Send
    from starlette.types import Scope as Asked

    from api.front import Front

PREFIX = "/api/v1"
_ALL = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass(frozen=True, slots=True)
class Path:
    """One call: where, who may, what it answers and what the trade may refuse."""

    method: str
    path: str
    endpoint: Callable[..., Coroutine[Any, Any, Response]]
    answer: Any
    scope: Scope | None
    status: int = 200
    refusals: tuple[Code, ...] = ()


_DEPOSIT = (
    Code.NO_SPACE,
    Code.CONSENT_NEEDED,
    Code.IN_PERSON_ONLY,
    Code.DAMAGED,
    Code.DUPLICATE_TRACKING,
    Code.UNKNOWN_RECIPIENT,
    Code.TOO_LARGE,
    Code.SEALED,
)
_RESIZE = (Code.UNKNOWN, Code.NOT_NOW, Code.NO_SPACE, Code.TOO_LARGE, Code.SEALED)
_REOPEN = (Code.UNKNOWN, Code.NOT_NOW, Code.DOOR_UNSEEN, Code.SEALED)
_PICKUP = (
    Code.UNKNOWN_CODE,
    Code.SECOND_NEEDED,
    Code.THROTTLED,
    Code.DOOR_UNSEEN,
    Code.BUSY,
    Code.NOT_NOW,
    Code.SEALED,
)
_STAFF = (Code.UNKNOWN, Code.BUSY, Code.NOT_NOW, Code.DOOR_UNSEEN, Code.SEALED)

PATHS: tuple[Path, ...] = (
    Path("POST", "/pickups", pickups.start, views.PickupView, Scope.PICKUP, 201, _PICKUP),
    Path("POST", "/deposits", deposits.start, views.DepositView, Scope.DEPOSIT, 201, _DEPOSIT),
    Path("GET", "/deposits/{deposit}", deposits.show, views.DepositView, Scope.DEPOSIT, 200, (Code.UNKNOWN,)),
    Path(
        "POST",
        "/deposits/{deposit}/cancel",
        deposits.cancel,
        views.DepositView,
        Scope.DEPOSIT,
        200,
        (Code.UNKNOWN, Code.NOT_NOW, Code.SEALED),
    ),
    Path("POST", "/deposits/{deposit}/resize", deposits.resize, views.DepositView, Scope.DEPOSIT, 200, _RESIZE),
    Path("POST", "/deposits/{deposit}/reopen", deposits.reopen, views.DepositView, Scope.DEPOSIT, 200, _REOPEN),
    Path("GET", "/health", cabinet.health, views.HealthView, None),
    Path("GET", "/compartments", cabinet.listing, list[views.CompartmentView], Scope.READ),
    Path("GET", "/compartments/{compartment}", cabinet.show, views.CompartmentView, Scope.READ, 200, (Code.UNKNOWN,)),
    Path(
        "POST",
        "/compartments/{compartment}/open",
        cabinet.open_door,
        views.CompartmentView,
        Scope.STAFF,
        201,
        (Code.UNKNOWN, Code.BUSY, Code.SEALED),
    ),
    Path("POST", "/compartments/{compartment}/clear", cabinet.clear, views.CompartmentView, Scope.STAFF, 200, _STAFF),
    Path("POST", "/compartments/{compartment}/retire", cabinet.retire, views.CompartmentView, Scope.STAFF, 200, _STAFF),
    Path(
        "POST", "/compartments/{compartment}/restore", cabinet.restore, views.CompartmentView, Scope.STAFF, 200, _STAFF
    ),
    Path("PUT", "/residents", residents.save, views.ResidentView, Scope.STAFF, 200, (Code.SEALED,)),
    Path("GET", "/parcels", parcels.listing, views.ParcelPage, Scope.READ),
    Path("GET", "/parcels/{parcel}", parcels.show, views.ParcelDetail, Scope.READ, 200, (Code.UNKNOWN,)),
    Path("GET", "/events", events.listing, list[views.EventView], Scope.READ),
    Path("GET", "/events/stream", events.stream, None, Scope.READ),
)


def install(app: FastAPI, front: Front) -> None:
    """Put the machine API under /api/v1 of the staff listener, and /metrics at its root."""
    app.router.routes.insert(0, Route("/metrics", metrics(front), methods=_ALL))
    app.router.routes.insert(0, _mounted("/api", _nothing_here))
    app.router.routes.insert(0, _mounted(PREFIX, machine_app(front)))


def _mounted(path: str, app: ASGIApp) -> Mount:
    """Everything below a path, ids with a line break in them too, which a Mount by itself leaves to others."""
    mount = Mount(path, app=app)
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount


def machine_app(front: Front) -> FastAPI:
    """The API by itself, without its prefix."""
    app = FastAPI(title="Parcel locker", version=front.version, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.front = front
    app.router.route_class = MachineRoute
    for each in PATHS:
        app.add_api_route(
            each.path,
            each.endpoint,
            methods=[each.method],
            status_code=each.status,
            response_model=each.answer,
            responses=responses(each.method, each.scope, each.path, each.refusals),
            openapi_extra=operation(each.method, each.path, each.scope),
            response_class=StreamingResponse if each.answer is None else JSONResponse,
            operation_id=_operation_id(each),
        )
    app.add_exception_handler(HTTPException, _unrouted)
    described(app, PREFIX)
    return app


def _operation_id(path: Path) -> str:
    return f"{path.endpoint.__module__.rpartition('.')[2]}_{path.endpoint.__name__}"


async def _unrouted(_: Request, error: Exception) -> Response:
    """What the router itself turns away: no such path, no such method."""
    assert isinstance(error, HTTPException)
    code = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED}.get(
        error.status_code, INVALID if error.status_code < 500 else FAULT
    )
    return Problem(code, headers=error.headers).response()


async def _nothing_here(scope: Asked, receive: Receive, send: Send) -> None:
    """Other paths under /api: a program asks, so a problem document answers."""
    if scope["type"] == "http":
        await Problem(NOT_FOUND).response()(scope, receive, send)
