"""What the OpenAPI document says beyond what FastAPI reads off the endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from api.machine.calls import LONGEST_KEY, SCHEME
from api.machine.problems import (
    BODY_TOO_LARGE,
    FAULT,
    FORBIDDEN,
    INVALID,
    MEDIA_TYPE,
    TABLE,
    UNAUTHORIZED,
)
from api.machine.views import ProblemView
from locker.core.messages import Code

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fastapi import FastAPI

    from locker.desk.tokens import Scope

_SCHEMAS = "#/components/schemas/"
_PROBLEM = {"$ref": _SCHEMAS + ProblemView.__name__}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repeat with the same key within 24 h gets the first answer and moves nothing.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[ -~]+$"},
}
_LAST_EVENT = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "description": "The number of the last event that the listener has.",
    "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
}
_STREAM = "/events/stream"


def operation(method: str, path: str, scope: Scope | None) -> dict[str, Any]:
    """Security and headers of one call. MachineRoute reads its scope from here."""
    extra: dict[str, Any] = {"security": [{SCHEME: [scope.value]}] if scope else []}
    if method == "POST":
        extra["parameters"] = [_KEY]
    if path == _STREAM:
        extra["parameters"] = [_LAST_EVENT]
    return extra


def responses(method: str, scope: Scope | None, path: str, refusals: Iterable[Code]) -> dict[int | str, dict[str, Any]]:
    """Every status but success that this call may answer, with its codes."""
    codes: list[str] = [FAULT, *refusals]
    if scope is not None:
        codes += [UNAUTHORIZED, FORBIDDEN]
    if method in {"POST", "PUT"}:
        codes += [BODY_TOO_LARGE, INVALID]
    if method == "POST":
        codes.append(Code.KEY_REUSED)
    if path in {"/parcels", "/events", _STREAM}:
        codes.append(INVALID)
    found: dict[int | str, dict[str, Any]] = {}
    for code in codes:
        found.setdefault(TABLE[code][0], {"codes": []})["codes"].append(str(code))
    answers = {status: _problem(int(status), one["codes"]) for status, one in sorted(found.items())}
    if path == _STREAM:
        events = {"text/event-stream": {"schema": {"type": "string"}}}
        answers[200] = {"description": "Server-sent events", "content": events}
    return answers


def described(app: FastAPI, prefix: str) -> None:
    """Let the app serve its document with the token scheme and the problem schema in it."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(title=app.title, version=app.version, routes=app.routes, servers=[{"url": prefix}])
            parts = made.setdefault("components", {})
            parts["securitySchemes"] = {SCHEME: {"type": "http", "scheme": "bearer"}}
            schemas = parts.setdefault("schemas", {})
            schemas[ProblemView.__name__] = ProblemView.model_json_schema(ref_template=_SCHEMAS + "{model}")
            schemas.update(schemas[ProblemView.__name__].pop("$defs"))
            _without_own_422(made)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _without_own_422(made: dict[str, Any]) -> None:
    """Take out what FastAPI would answer to a path that it cannot read: it reads none here, all are text."""
    schemas = made["components"]["schemas"]
    theirs = schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    if theirs is None:
        return
    for path in made["paths"].values():
        for call in path.values():
            content = call["responses"].get("422", {}).get("content", {})
            if "application/json" in content:
                del call["responses"]["422"]


def _problem(status: int, codes: list[str]) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if status == 401:
        headers["WWW-Authenticate"] = {"schema": {"type": "string"}}
    if status == 429:
        headers["Retry-After"] = {"schema": {"type": "integer"}, "description": "Seconds."}
    return {
        "description": ", ".join(f"`{code}`" for code in codes),
        "content": {MEDIA_TYPE: {"schema": _PROBLEM}},
        **({"headers": headers} if headers else {}),
    }
