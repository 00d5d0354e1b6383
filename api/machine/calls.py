"""One call of the machine API from the first byte to the answer.

The order of checks is part of the contract: who asks (401), may they (403), can it be read (413,
422), then the trade. Nothing is done before all of them have passed.
"""

from __future__ import annotations

import inspect
import logging
import traceback
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.machine.problems import FAULT, FORBIDDEN, UNAUTHORIZED, Problem, invalid, refusal
from api.machine.reading import parse_body, parse_query, read_body
from api.machine.wire import NoBody
from locker.core.messages import Once
from locker.core.refused import Refused
from locker.desk.tokens import Scope, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from api.front import Front

log = logging.getLogger(__name__)

LONGEST_KEY = 255
SCHEME = "token"


class Call(Request):
    """A request whose caller is known. `once` is the caller's promise that a repeat is the same request."""

    caller: Token
    once: Once | None = None

    @property
    def front(self) -> Front:
        """The house as far as the API may reach it."""
        front: Front = self.app.state.front
        return front

    @property
    def by(self) -> str:
        """How the journal names the caller."""
        return self.caller.actor


def authorised(front: Front, request: Request, scope: Scope) -> Token:
    """Whose token this request bears. Raises Problem: 401 for none or an unknown one, 403 for one without `scope`."""
    header = request.headers.get("authorization", "")
    kind, _, text = header.partition(" ")
    token = front.tokens.find(text.strip()) if kind.lower() == "bearer" else None
    if token is None:
        challenge = 'Bearer realm="lockerd"' + (', error="invalid_token"' if header else "")
        raise Problem(UNAUTHORIZED, headers={"WWW-Authenticate": challenge})
    if scope not in token.scopes:
        challenge = f'Bearer realm="lockerd", error="insufficient_scope", scope="{scope}"'
        raise Problem(FORBIDDEN, f"This token lacks the scope {scope}.", headers={"WWW-Authenticate": challenge})
    return token


class MachineRoute(APIRoute):
    """A route that reads its call itself: FastAPI describes it in OpenAPI, and takes no part in serving it.

    The endpoint's `body` or `query` argument is a model of wire.py, everything else but `call` comes
    from the path. The scope stands in `openapi_extra`, so that the document cannot say another one.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Everything from the first check to the answer."""
        endpoint = self.endpoint
        scope = _scope(self.openapi_extra)
        body, query = _model(endpoint, "body"), _model(endpoint, "query")
        methods = self.methods or set()
        keyed = "POST" in methods
        reads = keyed or "PUT" in methods

        async def serve(request: Request) -> Response:
            call = Call(request.scope, request.receive)
            named: dict[str, Any] = dict(request.path_params)
            if scope is not None:
                call.caller = authorised(call.front, call, scope)
            key = _key(call) if keyed else None
            if reads:
                raw = await read_body(call)
                value = parse_body(body or NoBody, raw)
                if body is not None:
                    named["body"] = value
                if key is not None:
                    said = f"{call.method} {call.scope['path']}\n".encode() + raw
                    call.once = Once(f"{call.caller.name}:{key}", call.front.vault.body_hash(said))
            if query is not None:
                named["query"] = parse_query(query, call.query_params)
            answer: Response = await endpoint(call, **named)
            return answer

        return _with_problems(serve)


def _with_problems(
    serve: Callable[[Request], Coroutine[Any, Any, Response]],
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Map the families of error, once, to problem documents."""

    async def answer(request: Request) -> Response:
        try:
            return await serve(request)
        except Problem as problem:
            return problem.response()
        except Refused as refused:
            return refusal(refused).response()
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as fault:  # noqa: BLE001  the top of this request, which it ends
            # A fault's own text may hold what was sent: only its kind and place are logged.
            log.error("a call failed: %s at %s", type(fault).__name__, _where(fault))  # noqa: TRY400  see above
            return Problem(FAULT).response()

    return answer


def _where(fault: Exception) -> str:
    """Files and lines of a fault, innermost last, without a word of its text."""
    frames = traceback.extract_tb(fault.__traceback__)[-4:]
    return " > ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)


def _key(call: Call) -> str | None:
    keys = call.headers.getlist("idempotency-key")
    if not keys:
        return None
    key = keys[0]
    if len(keys) > 1 or not 1 <= len(key) <= LONGEST_KEY or not (key.isascii() and key.isprintable()):
        raise invalid("Idempotency-Key", f"must be one text of 1 to {LONGEST_KEY} printable ASCII characters")
    return key


def _scope(extra: dict[str, Any] | None) -> Scope | None:
    """The scope that the OpenAPI document names for this route."""
    for way in (extra or {}).get("security", []):
        for name in way.get(SCHEME, []):
            return Scope(name)
    return None


def _model(endpoint: Callable[..., Any], argument: str) -> type[BaseModel] | None:
    if argument not in inspect.signature(endpoint).parameters:
        return None
    hint = get_type_hints(endpoint, include_extras=True)[argument]
    model = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    assert issubclass(model, BaseModel)
    return model  # type: ignore[no-any-return]  # typing's own look-up is Any
