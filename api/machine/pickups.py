"""`/pickups`: a code or the token of a QR opens its parcel's door."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.parcel_bodies import PutBackBody, RejectBody, pickup_parcels_json
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
        every=body.all,
        once=request.once,
        staff=Scope.STAFF in request.caller.scopes,
    )
    return JSONResponse(pickup_json(answer), 201)


async def put_back(request: ApiRequest, pickup: str, body: PutBackBody) -> Response:
    """What lies behind the open door stays: it is stored again when the door is seen shut, its code valid."""
    answer = await request.context.parcels.put_back(pickup, body.parcel, request.asker)
    return JSONResponse(pickup_parcels_json(answer))


async def reject(request: ApiRequest, pickup: str, body: RejectBody) -> Response:
    """The parcel is missing, damaged or another's: it is held, its compartment becomes `check`, staff are told."""
    answer = await request.context.parcels.reject(pickup, body.why, body.parcel, request.asker)
    return JSONResponse(pickup_parcels_json(answer))


async def accept(request: ApiRequest, pickup: str, body: PutBackBody) -> Response:
    """All is well with a parcel. One that asks for it (`accept`) is accepted by rule when its grace is over."""
    answer = await request.context.parcels.accept(pickup, body.parcel, request.asker)
    return JSONResponse(pickup_parcels_json(answer))
