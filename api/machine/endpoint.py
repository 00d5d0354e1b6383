"""One request to the machine API from the first byte to the response.

The order of checks is part of the contract: who asks (401), may they (403), can it be read (413,
422), then the trade. Nothing is done before all of them have passed.
"""

from __future__ import annotations

import inspect
import logging
from functools import cache
from typing import TYPE_CHECKING, Any, get_type_hints

from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.fault_place import fault_place
from api.machine.call_models import CallsBody
from api.machine.case_models import PhotoBody, WorkingDaysBody
from api.machine.csv_body import as_json, is_csv
from api.machine.expected_models import ExpectedBodies
from api.machine.incident_models import AlertBody, cap_as_json, is_cap
from api.machine.problems import FAULT, FORBIDDEN, UNAUTHORIZED, Problem, invalid, refusal
from api.machine.request_models import NoBody
from api.machine.request_parsing import BODY_LIMIT, LIST_LIMIT, parse_body, parse_query, read_body
from locker.core.messages.command import Once
from locker.core.reasons import Refused
from locker.services.parcel_service import Caller
from locker.services.people import MachineToken, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette import types

    from api.app_context import AppContext

log = logging.getLogger(__name__)

LONGEST_KEY = 255


class ApiRequest(Request):
    """A request whose caller is known. `once` is the caller's promise that a repeat is the same request."""

    caller: MachineToken
    once: Once | None = None

    @property
    def context(self) -> AppContext:
        """The house as far as the API may reach it."""
        context: AppContext = self.app.state.context
        return context

    @property
    def asker(self) -> Caller:
        """The same as a service takes it."""
        return Caller(by=self.by, staff=Scope.STAFF in self.caller.scopes, once=self.once)

    @property
    def by(self) -> str:
        """How the journal names the caller."""
        return self.caller.actor


def authorise(context: AppContext, request: Request, scope: Scope) -> MachineToken:
    """Whose token this request bears. Raises Problem: 401 for none or an unknown one, 403 for one without `scope`."""
    header = request.headers.get("authorization", "")
    kind, _, text = header.partition(" ")
    token = context.tokens.find(text.strip()) if kind.lower() == "bearer" else None
    if token is None:
        challenge = 'Bearer realm="lockerd"' + (', error="invalid_token"' if header else "")
        raise Problem(UNAUTHORIZED, headers={"WWW-Authenticate": challenge})
    if scope not in token.scopes:
        challenge = f'Bearer realm="lockerd", error="insufficient_scope", scope="{scope}"'
        raise Problem(FORBIDDEN, f"This token lacks the scope {scope}.", headers={"WWW-Authenticate": challenge})
    return token


class ApiEndpoint:
    """An endpoint as an ASGI app: everything from the first check to the answer.

    The endpoint's `body` or `query` argument is a model of request_models.py; everything else but
    the request comes from the path.
    """

    def __init__(
        self, endpoint: Callable[..., Coroutine[Any, Any, Response]], method: str, scope: Scope | None
    ) -> None:
        self._endpoint = endpoint
        self._scope = scope
        self._takes_key = method == "POST"
        self._takes_body = method in {"POST", "PUT"}
        self._body = _model(endpoint, "body") or NoBody
        self._wants_body = self._body is not NoBody
        self._takes_csv = self._body is ExpectedBodies
        self._takes_cap = self._body is AlertBody
        self._takes_much = self._takes_csv or self._body in {PhotoBody, WorkingDaysBody, AlertBody, CallsBody}
        self._query = _model(endpoint, "query")

    async def __call__(self, scope: types.Scope, receive: types.Receive, send: types.Send) -> None:
        """Answer one request."""
        response = await self._answer(ApiRequest(scope, receive))
        response.headers["Cache-Control"] = "no-store"
        await response(scope, receive, send)

    async def _answer(self, request: ApiRequest) -> Response:
        """Map the families of error, once, to problem documents."""
        try:
            return await self._handle(request)
        except Problem as problem:
            return problem.response()
        except Refused as refused:
            return refusal(refused).response()
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as fault:  # noqa: BLE001  the top of this request, which it ends
            log.error("a call failed: %s", fault_place(fault))  # noqa: TRY400  the text may hold what was sent
            return Problem(FAULT).response()

    async def _handle(self, request: ApiRequest) -> Response:
        arguments: dict[str, Any] = dict(request.path_params)
        if self._scope is not None:
            request.caller = authorise(request.context, request, self._scope)
        key = _idempotency_key(request) if self._takes_key else None
        if self._takes_body:
            raw = await read_body(request, LIST_LIMIT if self._takes_much else BODY_LIMIT)
            kind = request.headers.get("content-type", "")
            value = parse_body(self._body, self._json_of(raw, kind))
            if self._wants_body:
                arguments["body"] = value
            if key is not None:
                whole = f"{request.method} {request.scope['path']}\n".encode() + raw
                request.once = Once(f"{request.caller.name}:{key}", request.context.vault.body_hash(whole))
        if self._query is not None:
            arguments["query"] = parse_query(self._query, request.query_params)
        return await self._endpoint(request, **arguments)

    def _json_of(self, raw: bytes, kind: str) -> bytes:
        """The body as JSON, where this call takes another kind of document too."""
        if self._takes_csv and is_csv(kind):
            return as_json(raw, kind)
        return cap_as_json(raw) if self._takes_cap and is_cap(kind) else raw


def _idempotency_key(request: ApiRequest) -> str | None:
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return None
    key = keys[0]
    if len(keys) > 1 or not 1 <= len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise invalid("Idempotency-Key", f"must be one text of 1 to {LONGEST_KEY} printable ASCII characters")
    return key


@cache
def _model(endpoint: Callable[..., Any], argument: str) -> type[BaseModel] | None:
    if argument not in inspect.signature(endpoint).parameters:
        return None
    model: type[BaseModel] = get_type_hints(endpoint)[argument]
    return model
