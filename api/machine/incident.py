"""`/incident`: what the touchscreen tells of a power cut, a fault, a closed part; told by staff and their programs."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.moment_text import MomentText
from api.machine.operation import Operation
from api.machine.problems import Problem, invalid
from api.machine.request_models import Body
from api.machine.response_models import Moment, View
from locker.core.events.record import rfc3339
from locker.core.reasons import RefusalReason
from locker.services.incidents import LONGEST, BadIncident, Incident, IncidentWords
from locker.services.people import Scope

Sentence = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class WordsBody(Body):
    """Why, and what to do instead, in one language."""

    cause: Sentence
    alternative: Sentence


class IncidentBody(Body):
    """`PUT /incident`: all of it must be said, in one language of the site at least."""

    words: dict[str, WordsBody]
    recovers_at: MomentText


class IncidentView(View):
    """What is told now."""

    words: dict[str, dict[str, str]]
    declared_at: Moment
    recovers_at: Moment
    by: str


async def show(request: ApiRequest) -> Response:
    """The incident of now."""
    now = request.context.incidents.now
    if now is None:
        raise Problem(RefusalReason.UNKNOWN)
    return JSONResponse(incident_json(now))


async def declare(request: ApiRequest, body: IncidentBody) -> Response:
    """Tell of it, in place of what was told before."""
    words = {name: IncidentWords(each.cause, each.alternative) for name, each in body.words.items()}
    try:
        return JSONResponse(incident_json(await request.context.incidents.declare(words, body.recovers_at, request.by)))
    except BadIncident as bad:
        field, _, why = str(bad).partition(": ")
        raise invalid(field, why) from None


async def end(request: ApiRequest) -> Response:
    """It is over; what was told until now."""
    return JSONResponse(incident_json(await request.context.incidents.end(request.by)))


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
    Operation("DELETE", "/incident", end, IncidentView, Scope.STAFF, 200, _END),
)
