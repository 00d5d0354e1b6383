"""`/compartments` and `/health`: the cabinet as it stands, and what staff may order."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.health_metrics import health_json
from api.machine.problems import Problem
from api.machine.request_models import ClearBody, OpenBody, RetireBody
from api.machine.response_models import compartment_json
from locker.core.events.record import rfc3339
from locker.core.model import Seen
from locker.core.reasons import RefusalReason
from locker.services.spoken_content import SpokenContent


async def health(request: ApiRequest) -> Response:
    """Whether the locker does its work; nothing personal, and no token needed."""
    context = request.context
    unseen = [each.id for each in context.engine.site.compartments.values() if each.seen is Seen.UNSEEN]
    screen = context.screen.state()
    status = context.status()
    opening, now = context.engine.site.policy.opening, context.engine.now()
    changes = opening.changes_at(now)
    hours = {"open": opening.open_at(now), "changes_at": rfc3339(changes) if changes is not None else None}
    seen = [each.id for each in context.engine.site.compartments.values() if each.seen is not Seen.UNSEEN]
    shape = {"status": status, "version": context.version, "unseen": unseen, "seen": seen, "screen": screen, **hours}
    return JSONResponse(shape | health_json(context.health))


async def listing(request: ApiRequest) -> Response:
    """Every compartment."""
    return JSONResponse([compartment_json(each) for each in request.context.commands.compartments()])


async def show(request: ApiRequest, compartment: str) -> Response:
    """One compartment."""
    answer = request.context.commands.compartment(compartment)
    if answer is None:
        raise Problem(RefusalReason.UNKNOWN)
    return JSONResponse(compartment_json(answer))


async def open_door(request: ApiRequest, compartment: str, body: OpenBody) -> Response:
    """Order a door open for a reason, which is kept with the caller's name."""
    answer = await request.context.commands.open_compartment(compartment, body.reason, request.by, request.once)
    return JSONResponse(compartment_json(answer), 201)


async def clear(request: ApiRequest, compartment: str, body: ClearBody) -> Response:
    """Say what is behind a door in `check`, after looking and shutting it; by word where no switch can tell."""
    commands = request.context.commands
    found = frozenset(body.parcels) if body.parcels is not None else None
    if body.by_word:
        witness = await _known_staff(request, body.witness or "")
        said = SpokenContent(content=body.content, found=found, reason=body.reason or "", witness=witness)
        answer = await commands.clear_by_word(compartment, said, request.by, request.once)
    else:
        answer = await commands.clear(compartment, body.content, request.by, request.once, found=found)
    return JSONResponse(compartment_json(answer))


async def _known_staff(request: ApiRequest, name: str) -> str:
    """The witness as the journal names staff; empty for somebody who has no account, for whom nobody can vouch."""
    active = {each.name for each in await request.context.staff.accounts() if each.active}
    return f"staff:{name.lower()}" if name.lower() in active else ""


async def retire(request: ApiRequest, compartment: str, body: RetireBody) -> Response:
    """Take a compartment out of use."""
    answer = await request.context.commands.retire(compartment, body.reason, request.by, request.once)
    return JSONResponse(compartment_json(answer))


async def restore(request: ApiRequest, compartment: str) -> Response:
    """Put a retired compartment back into use."""
    return JSONResponse(compartment_json(await request.context.commands.restore(compartment, request.by, request.once)))
