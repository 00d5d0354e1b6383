"""`/webhooks`: how far each program outside is with the events, and what is sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field
from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.operation import Operation
from api.machine.problems import Problem, invalid
from api.machine.request_models import Body, as_whole
from api.machine.response_models import Moment, View
from locker.core.reasons import RefusalReason
from locker.services.fleet import UnknownHook
from locker.services.people import Scope

if TYPE_CHECKING:
    from locker.services.fleet import EventHook, HookState


class ReplayBody(Body):
    """Behind which event everything is sent again; 0: from the beginning."""

    after: Annotated[
        int, Field(ge=0, le=2**53 - 1), BeforeValidator(as_whole)
    ]  # what every JSON reader takes for the same number


class DeadLetterView(View):
    """An event that the far end refused for good."""

    seq: int
    at: Moment
    why: str


class WebhookView(View):
    """How a webhook stands. `fault`: why the last try failed, empty when it did not."""

    name: str
    kinds: list[str]
    done: int
    behind: int
    fault: str
    dead_letters: list[DeadLetterView]


async def listing(request: ApiRequest) -> Response:
    """All webhooks of the site file."""
    hooks = request.context.hooks.hooks.values()
    return JSONResponse([webhook_json(await hook.state()) for hook in hooks])


async def replay(request: ApiRequest, webhook: str, body: ReplayBody) -> Response:
    """Send everything behind an event again, under the ids that it had."""
    hook = _named(request, webhook)
    try:
        await hook.replay(body.after)
    except ValueError as wrong:
        field, _, why = str(wrong).partition(": ")
        raise invalid(field, why) from None
    return JSONResponse(webhook_json(await hook.state()))


async def send_dead(request: ApiRequest, webhook: str) -> Response:
    """Send all dead letters once more; what is taken leaves the list."""
    hook = _named(request, webhook)
    await hook.send_dead()
    return JSONResponse(webhook_json(await hook.state()))


def webhook_json(state: HookState) -> dict[str, Any]:
    """As WebhookView."""
    return {
        "name": state.name,
        "kinds": list(state.kinds),
        "done": state.done,
        "behind": state.behind,
        "fault": state.fault,
        "dead_letters": [{"seq": each.seq, "at": each.at, "why": each.why} for each in state.dead],
    }


def _named(request: ApiRequest, name: str) -> EventHook:
    try:
        return request.context.hooks.named(name)
    except UnknownHook:
        raise Problem(RefusalReason.UNKNOWN) from None


_ONE = (RefusalReason.UNKNOWN,)
WEBHOOK_OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/webhooks", listing, list[WebhookView], Scope.READ),
    Operation("POST", "/webhooks/{webhook}/replay", replay, WebhookView, Scope.STAFF, 200, _ONE),
    Operation("POST", "/webhooks/{webhook}/dead-letters/send", send_dead, WebhookView, Scope.STAFF, 200, _ONE),
)
