"""`/incident` and `/alerts`: what is told of a power cut, a fault or a storm, by staff, programs and public alerts."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.incident_models import AlertBody, AlertView, IncidentBody, IncidentView
from api.machine.operation import Operation
from api.machine.problems import Problem, invalid
from locker.core.events.record import rfc3339
from locker.core.reasons import RefusalReason
from locker.services.incidents import BadAlert, BadIncident, Incident, IncidentWords, read_alert
from locker.services.notices import BroadcastAudience
from locker.services.people import Scope


async def show(request: ApiRequest) -> Response:
    """The incident of now."""
    now = request.context.incidents.now
    if now is None:
        raise Problem(RefusalReason.UNKNOWN)
    return JSONResponse(incident_json(now))


async def declare(request: ApiRequest, body: IncidentBody) -> Response:
    """Tell of it, in place of what was told before."""
    words = {name: IncidentWords(each.cause, each.alternative) for name, each in body.words.items()}
    tell = BroadcastAudience(body.tell) if body.tell is not None else None
    try:
        declared = await request.context.incident_desk.declare(words, body.recovers_at, tell, request.by)
    except BadIncident as bad:
        field, _, why = str(bad).partition(": ")
        raise invalid(field, why) from None
    return JSONResponse(incident_json(declared))


async def alert(request: ApiRequest, body: AlertBody) -> Response:
    """Act on a public alert: one that is meant, severe and not over begins an incident, its cancelling ends it."""
    try:
        read = read_alert(body.cap)
        outcome = await request.context.incident_desk.take(read, request.by)
    except (BadAlert, BadIncident) as bad:
        field, _, why = str(bad).partition(": ")
        raise invalid(field, why) from None
    return JSONResponse({"alert": read.id, "outcome": outcome.value})


async def end(request: ApiRequest) -> Response:
    """It is over; what was told until now."""
    return JSONResponse(incident_json(await request.context.incident_desk.end(request.by)))


def incident_json(incident: Incident) -> dict[str, Any]:
    """As IncidentView."""
    words = {name: {"cause": each.cause, "alternative": each.alternative} for name, each in incident.words.items()}
    return {
        "words": words,
        "declared_at": rfc3339(incident.declared_at),
        "recovers_at": rfc3339(incident.recovers_at),
        "by": incident.by,
    }


_END = (RefusalReason.SEALED, RefusalReason.NOT_NOW)

INCIDENT_OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/incident", show, IncidentView, Scope.READ, 200, (RefusalReason.UNKNOWN,)),
    Operation("PUT", "/incident", declare, IncidentView, Scope.STAFF, 200, (RefusalReason.SEALED,)),
    Operation("POST", "/alerts", alert, AlertView, Scope.STAFF, 200, (RefusalReason.SEALED, RefusalReason.NOT_NOW)),
    Operation("DELETE", "/incident", end, IncidentView, Scope.STAFF, 200, _END),
)
