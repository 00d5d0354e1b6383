"""`/pickups`: a code or the token of a QR opens its parcel's door."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.calls import Call
from api.machine.request_models import PickupBody
from api.machine.response_models import pickup_json


async def start(call: Call, body: PickupBody) -> Response:
    """Order the doors open that this code or token opens. The calling token is the source of the try."""
    answer = await call.context.commands.pickup(
        source=call.by, by=call.by, code=body.code, second=body.second, token=body.token, once=call.once
    )
    return JSONResponse(pickup_json(answer), 201)
