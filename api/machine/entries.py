"""`/entries`: what an access-control system tells of the parcel room's door and of the cabinet's service door."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.moment_text import MomentText
from api.machine.operation import Operation
from api.machine.problems import invalid
from api.machine.request_models import Body, PersonName
from api.machine.response_models import Moment, View
from locker.core.events.access_events import Passage
from locker.core.events.record import rfc3339
from locker.core.reasons import RefusalReason
from locker.services.entries import BadMoment
from locker.services.people import Scope


class EntryBody(Body):
    """`POST /entries`. Of `badge` the last four letters are kept, of a shorter one none."""

    point: PersonName
    passage: Literal["granted", "refused", "forced", "held-open", "shut"]
    at: MomentText
    badge: Annotated[str, Field(max_length=64)] = ""


class EntryView(View):
    """A passage as it was kept."""

    point: str
    passage: Passage
    at: Moment


async def report(request: ApiRequest, body: EntryBody) -> Response:
    """Keep who went through a door that another system watches. Told again it is kept once."""
    passage = Passage(body.passage)
    try:
        await request.context.entries.report(body.point, passage, body.at, body.badge, request.by)
    except BadMoment:
        raise invalid("at", "must not be ahead of this locker's clock, nor older than 30 days") from None
    return JSONResponse({"point": body.point, "passage": passage.value, "at": rfc3339(body.at)}, 201)


ENTRY_OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", "/entries", report, EntryView, Scope.ENTRY, 201, (RefusalReason.SEALED,)),
)
