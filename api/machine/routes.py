"""The app that serves the machine API: every call of the table, and the document that describes them."""

from __future__ import annotations

import asyncio
import json
import re
from functools import cache
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Mount, Route

from api.machine.callbacks import callback_routes
from api.machine.endpoint import ApiEndpoint
from api.machine.metrics import metrics
from api.machine.operations import OPERATIONS
from api.machine.plain_document import without_conditions
from api.machine.problems import FAULT, INVALID, METHOD_NOT_ALLOWED, NOT_FOUND, Problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from api.app_context import AppContext

PREFIX = "/api/v1"
_ALL_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def install(app: Starlette, context: AppContext) -> None:
    """Put the machine API under /api/v1 of the staff listener, and /metrics at its root."""
    app.router.routes.insert(0, Route("/metrics", metrics(context), methods=_ALL_METHODS))
    app.router.routes.insert(0, _mounted("/api", _path_not_found))
    app.router.routes.insert(0, _mounted(PREFIX, machine_app(context)))


def machine_app(context: AppContext) -> Starlette:
    """The API by itself, without its prefix."""
    routes = [
        Route("/openapi.json", OpenApiDocument(context.version), methods=["GET"]),
        Route("/openapi-plain.json", OpenApiDocument(context.version, plain=True), methods=["GET"]),
    ]
    for each in OPERATIONS:
        route = Route(each.path, ApiEndpoint(each.endpoint, each.method, each.scope))
        route.methods = {each.method}
        routes.append(route)
    routes += callback_routes(context)
    app = Starlette(routes=routes, exception_handlers={HTTPException: _routing_problem})
    app.router.redirect_slashes = False
    app.state.context = context
    return app


def _mounted(path: str, app: ASGIApp) -> Mount:
    """Everything below a path, ids with a line break in them too, which a Mount by itself leaves to others."""
    mount = Mount(path, app=app)
    mount.path_regex = re.compile(mount.path_regex.pattern, re.DOTALL)
    return mount


class OpenApiDocument:
    """The OpenAPI document, made when first asked for, beside the loop: it takes a tenth of a second.

    `plain`: for generators of client libraries.
    """

    def __init__(self, version: str, *, plain: bool = False) -> None:
        self._text = cache(lambda: _plain(version) if plain else _document(version))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the document."""
        text = await asyncio.to_thread(self._text)
        await Response(text, media_type="application/json")(scope, receive, send)


def _document(version: str) -> str:
    from api.machine.openapi import document  # noqa: PLC0415  FastAPI is a third of a start, and serves nothing

    return document(version, PREFIX, OPERATIONS)


def _plain(version: str) -> str:
    return json.dumps(without_conditions(json.loads(_document(version))), ensure_ascii=False)


async def _routing_problem(request: Request, error: Exception) -> Response:
    """What the router itself turns away: no such path, no such method. Of a path all methods are told."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        routes = [each for each in request.app.routes if each.matches(request.scope)[0] is not Match.NONE]
        allowed = sorted({method for route in routes for method in route.methods})
        return Problem(METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(allowed)}).response()
    known = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED}
    code = known.get(error.status_code, INVALID if error.status_code < 500 else FAULT)
    return Problem(code, headers=error.headers).response()


async def _path_not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """Other paths under /api: a program asks, so a problem document answers."""
    if scope["type"] == "http":
        await Problem(NOT_FOUND).response()(scope, receive, send)
