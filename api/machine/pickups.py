"""`/pickups`: a code or the token of a QR opens its parcel's door."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.request_models import PickupBody
from api.machine.response_models import pickup_json
from locker.services.people import Scope


async def start(request: ApiRequest, body: PickupBody) -> Response:
    """Order the doors open that this code or token opens. The calling token is the source of the try."""
    answer = await request.context.commands.pickup(
        source=request.by,
        by=request.by,
        code=body.code,
        second=body.second,
        token=body.token,
        once=request.once,
        staff=Scope.STAFF in request.caller.scopes,
    )
    return JSONResponse(pickup_json(answer), 201)
