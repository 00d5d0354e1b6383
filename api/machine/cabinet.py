"""`/compartments` and `/health`: the cabinet as it stands, and what staff may order."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.calls import Call
from api.machine.problems import Problem
from api.machine.request_models import ClearBody, OpenBody, RetireBody
from api.machine.response_models import compartment_json
from locker.core.model import Seen
from locker.core.reasons import RefusalReason


async def health(call: Call) -> Response:
    """Whether the locker does its work; nothing personal, and no token needed."""
    context = call.context
    unseen = [each.id for each in context.engine.site.compartments.values() if each.seen is Seen.UNSEEN]
    status = "sealed" if context.engine.sealed is not None else "degraded" if unseen else "ok"
    return JSONResponse({"status": status, "version": context.version, "unseen": unseen})


async def listing(call: Call) -> Response:
    """Every compartment."""
    return JSONResponse([compartment_json(each) for each in call.context.commands.compartments()])


async def show(call: Call, compartment: str) -> Response:
    """One compartment."""
    answer = call.context.commands.compartment(compartment)
    if answer is None:
        raise Problem(RefusalReason.UNKNOWN)
    return JSONResponse(compartment_json(answer))


async def open_door(call: Call, compartment: str, body: OpenBody) -> Response:
    """Order a door open for a reason, which is kept with the caller's name."""
    answer = await call.context.commands.open_compartment(compartment, body.reason, call.by, call.once)
    return JSONResponse(compartment_json(answer), 201)


async def clear(call: Call, compartment: str, body: ClearBody) -> Response:
    """Say what is behind a door in `check`, after looking and shutting it."""
    answer = await call.context.commands.clear(compartment, body.content, call.by, call.once)
    return JSONResponse(compartment_json(answer))


async def retire(call: Call, compartment: str, body: RetireBody) -> Response:
    """Take a compartment out of use."""
    answer = await call.context.commands.retire(compartment, body.reason, call.by, call.once)
    return JSONResponse(compartment_json(answer))


async def restore(call: Call, compartment: str) -> Response:
    """Put a retired compartment back into use."""
    return JSONResponse(compartment_json(await call.context.commands.restore(compartment, call.by, call.once)))
