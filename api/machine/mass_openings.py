"""`/mass-openings`: many doors at once, which somebody at the panel must approve before one of them opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.request_models import MassOpeningBody
from locker.core.events.record import rfc3339

if TYPE_CHECKING:
    from locker.services.mass_openings import MassOpening


async def ask(request: ApiRequest, body: MassOpeningBody) -> Response:
    """Ask for many doors, or for all. A second person approves it on the panel, then they open one after another."""
    doors = None if body.compartments == "all" else body.compartments
    opening = await request.context.mass_openings.ask(doors, body.reason, request.by)
    return JSONResponse(opening_json(opening), 201)


async def show(request: ApiRequest, opening: str) -> Response:
    """How far it has come."""
    return JSONResponse(opening_json(request.context.mass_openings.find(opening)))


async def stop(request: ApiRequest, opening: str) -> Response:
    """Open no further door of it."""
    return JSONResponse(opening_json(await request.context.mass_openings.stop(opening, request.by)))


def opening_json(opening: MassOpening) -> dict[str, Any]:
    """A request for many doors as the API tells it."""
    return {
        "id": opening.id,
        "state": opening.state.value,
        "reason": opening.reason,
        "compartments": list(opening.compartments),
        "asked_at": rfc3339(opening.asked_at),
        "ordered": list(opening.ordered),
        "refused": list(opening.refused),
    }
