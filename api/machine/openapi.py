"""The OpenAPI document: FastAPI reads it off the endpoints' signatures, the table and the models.

FastAPI takes no part in serving these calls, so that its cost is paid once here and not by a pickup.
"""

from __future__ import annotations

import inspect
import json
import warnings
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from fastapi import FastAPI, Query
from fastapi.openapi.utils import get_openapi
from pydantic.warnings import UnsupportedFieldAttributeWarning
from starlette.responses import JSONResponse, StreamingResponse

from api.machine.csv_body import MEDIA_TYPE as CSV
from api.machine.endpoint import LONGEST_KEY
from api.machine.problems import (
    BODY_TOO_LARGE,
    FAULT,
    FORBIDDEN,
    INVALID,
    MEDIA_TYPE,
    PROBLEMS,
    UNAUTHORIZED,
)
from api.machine.response_models import ProblemView
from locker.core.reasons import RefusalReason

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from starlette.responses import Response

    from api.machine.operation import Operation

_SCHEME = "token"
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
    "description": "The id of the last message that the listener has, or the bare number of an event.",
    "schema": {"type": "string", "pattern": "^([0-9a-z]{1,32}-)?[0-9]{1,18}$"},
}
_STREAM = "/events/stream"
_TAKES_CSV = {("POST", "/expected")}


def document(version: str, prefix: str, operations: Iterable[Operation]) -> str:
    """The whole document as JSON."""
    warnings.simplefilter("ignore", UnsupportedFieldAttributeWarning)  # FastAPI names the body, which is one or many
    app = FastAPI()
    for each in operations:
        app.add_api_route(
            each.path,
            _with_query(each.endpoint),
            methods=[each.method],
            status_code=each.status,
            response_model=each.answer,
            response_class=StreamingResponse if each.answer is None else JSONResponse,
            responses=_responses(each),
            openapi_extra=_extra(each),
            operation_id=f"{each.endpoint.__module__.rpartition('.')[2]}_{each.endpoint.__name__}",
            summary=inspect.getdoc(each.endpoint),
            description=" ",
        )
    spec = get_openapi(title="Parcel locker", version=version, routes=app.routes, servers=[{"url": prefix}])
    spec["components"]["securitySchemes"] = {_SCHEME: {"type": "http", "scheme": "bearer"}}
    schemas = spec["components"]["schemas"]
    schemas[ProblemView.__name__] = ProblemView.model_json_schema(ref_template=_SCHEMAS + "{model}")
    schemas.update(schemas[ProblemView.__name__].pop("$defs"))
    _without_own_422(spec)
    _let_bodies_be_left_out(spec)
    _let_queries_be_empty(spec)
    return json.dumps(spec)


def _with_query(endpoint: Callable[..., Coroutine[Any, Any, Response]]) -> Callable[..., Coroutine[Any, Any, Response]]:
    """The endpoint as FastAPI reads it: a model in the query must say so there."""
    signature, hints = inspect.signature(endpoint), get_type_hints(endpoint)
    model = hints.get("query")
    if model is None:
        return endpoint

    @wraps(endpoint)
    async def described(*given: Any, **named: Any) -> Response:
        return await endpoint(*given, **named)

    hints["query"] = Annotated[model, Query()]
    described.__signature__ = signature.replace(  # type: ignore[attr-defined]  # what `inspect` looks at first
        parameters=[each.replace(annotation=hints[each.name]) for each in signature.parameters.values()]
    )
    return described


def _extra(operation: Operation) -> dict[str, Any]:
    """Security and headers of one call."""
    extra: dict[str, Any] = {"security": [{_SCHEME: [operation.scope.value]}] if operation.scope else []}
    if operation.method == "POST":
        extra["parameters"] = [_KEY]
    if operation.path == _STREAM:
        extra["parameters"] = [_LAST_EVENT]
    if (operation.method, operation.path) in _TAKES_CSV:
        extra["requestBody"] = {"content": {CSV: {"schema": {"type": "string"}}}}
    return extra


def _responses(operation: Operation) -> dict[int | str, dict[str, Any]]:
    """Every status but success that this call may answer, with its codes."""
    codes: list[str] = [FAULT, *operation.refusals]
    if operation.scope is not None:
        codes += [UNAUTHORIZED, FORBIDDEN]
    if operation.method in {"POST", "PUT"}:
        codes += [BODY_TOO_LARGE, INVALID]
    if operation.method == "POST":
        codes.append(RefusalReason.KEY_REUSED)
    if "query" in inspect.signature(operation.endpoint).parameters:
        codes.append(INVALID)
    found: dict[int, list[str]] = {}
    for code in codes:
        found.setdefault(PROBLEMS[code][0], []).append(str(code))
    answers: dict[int | str, dict[str, Any]] = {status: _problem(status, found[status]) for status in sorted(found)}
    if operation.path == _STREAM:
        events = {"text/event-stream": {"schema": {"type": "string"}}}
        answers[200] = {"description": "Server-sent events", "content": events}
    elif operation.answer is None:
        file = {operation.media: {"schema": {"type": "string", "format": "binary"}}}
        answers[200] = {"description": "A picture or a file", "content": file}
    return answers


def _without_own_422(spec: dict[str, Any]) -> None:
    """Take out what FastAPI would answer to a path that it cannot read: it reads none here, all are text."""
    schemas = spec["components"]["schemas"]
    theirs = schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    if theirs is None:
        return
    for path in spec["paths"].values():
        for operation in path.values():
            content = operation["responses"].get("422", {}).get("content", {})
            if "application/json" in content:
                del operation["responses"]["422"]


def _let_bodies_be_left_out(spec: dict[str, Any]) -> None:
    """A body whose every field may be left out may be left out itself."""
    schemas = spec["components"]["schemas"]
    for path in spec["paths"].values():
        for operation in path.values():
            body = operation.get("requestBody")
            reference = body["content"]["application/json"]["schema"].get("$ref", "") if body else ""
            schema = schemas.get(reference.removeprefix(_SCHEMAS), {"oneOf": []})
            if not {"required", "oneOf", "anyOf"} & set(schema):
                body["required"] = False


def _let_queries_be_empty(spec: dict[str, Any]) -> None:
    """What a form leaves blank is as good as not sent."""
    for path in spec["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "query":
                    parameter["allowEmptyValue"] = True


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
