"""`/broadcasts`: a text to all residents or to those for whom a parcel waits, and what became of it."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.moment_text import MomentText
from api.machine.operation import Operation
from api.machine.problems import VERSION_TAKEN, Problem, invalid
from api.machine.request_models import Body
from api.machine.response_models import Moment, View
from locker.core.events.record import rfc3339
from locker.core.reasons import RefusalReason
from locker.services.notices import Broadcast, BroadcastAudience, BroadcastTaken, NoticeTemplate, SentBroadcast
from locker.services.people import Scope


class BroadcastBody(Body):
    """What is written: `incident` or `service-change` (that with `effective_at`), in one language at least."""

    template: NoticeTemplate
    audience: BroadcastAudience = BroadcastAudience.ALL
    texts: dict[str, str]
    effective_at: MomentText | None = None


class BroadcastView(View):
    """What was written, and how many of its notices are in which state."""

    id: str
    template: NoticeTemplate
    audience: BroadcastAudience
    texts: dict[str, str]
    effective_at: Moment | None
    author: str
    made_at: Moment
    notices: dict[str, int]


async def send(request: ApiRequest, broadcast: str, body: BroadcastBody) -> Response:
    """Send it, under an id of the caller's own: the same again sends nothing."""
    if not (broadcast.isascii() and broadcast.isprintable() and len(broadcast) <= 40):
        raise invalid("broadcast", "must be 1 to 40 printable ASCII characters")
    asked = Broadcast(broadcast, body.template, body.audience, body.texts, body.effective_at)
    try:
        await request.context.broadcasts.send(asked, request.by)
    except ValueError as wrong:
        field, _, why = str(wrong).partition(": ")
        raise invalid(field, f"cannot be taken: {why}") from None
    except BroadcastTaken:
        raise Problem(VERSION_TAKEN, "Another text was sent under this id.") from None
    sent = await request.context.broadcasts.sent()
    return JSONResponse(next(broadcast_json(each) for each in sent if each.broadcast.id == broadcast))


async def listing(request: ApiRequest) -> Response:
    """The last hundred, the newest first."""
    return JSONResponse([broadcast_json(each) for each in await request.context.broadcasts.sent()])


def broadcast_json(sent: SentBroadcast) -> dict[str, Any]:
    """As BroadcastView."""
    told = sent.broadcast
    return {
        "id": told.id,
        "template": told.template.value,
        "audience": told.audience.value,
        "texts": dict(told.texts),
        "effective_at": rfc3339(told.effective_at) if told.effective_at else None,
        "author": sent.author,
        "made_at": rfc3339(sent.made_at),
        "notices": dict(sent.states),
    }


BROADCAST_OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/broadcasts", listing, list[BroadcastView], Scope.READ),
    Operation(
        "PUT",
        "/broadcasts/{broadcast}",
        send,
        BroadcastView,
        Scope.STAFF,
        200,
        (RefusalReason.SEALED, VERSION_TAKEN),
    ),
)
