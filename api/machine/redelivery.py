"""`/parcels/{id}/redelivery`: the resident wants a parcel brought again, and its carrier hears it (EXC-03)."""

from __future__ import annotations

from datetime import date
from typing import Literal

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.operation import Operation
from api.machine.problems import Problem, invalid
from api.machine.request_models import Body
from api.machine.response_models import View
from locker.core.reasons import RefusalReason, Refused
from locker.services.notices import RedeliveryRefused
from locker.services.people import Scope


class RedeliveryBody(Body):
    """On which day, and whereto: to the flat, the service desk, or the locker again."""

    on: date
    to: Literal["flat", "desk", "locker"]


class RedeliveryView(View):
    """What was asked; the carrier's own answer comes by the carrier's own way."""

    parcel: str
    on: date
    to: Literal["flat", "desk", "locker"]


async def ask(request: ApiRequest, parcel: str, body: RedeliveryBody) -> Response:
    """Ask for it. The same again asks nothing; another day or place is asked anew."""
    try:
        await request.context.redeliveries.ask(parcel, body.on, body.to, request.by)
    except RedeliveryRefused:
        raise invalid("on", "must be a day within the next 30") from None
    except Refused as refused:
        raise Problem(refused.reason) from None
    return JSONResponse({"parcel": parcel, "on": body.on.isoformat(), "to": body.to})


REDELIVERY_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "PUT",
        "/parcels/{parcel}/redelivery",
        ask,
        RedeliveryView,
        Scope.STAFF,
        200,
        (RefusalReason.UNKNOWN, RefusalReason.NOT_NOW, RefusalReason.SEALED),
    ),
)
