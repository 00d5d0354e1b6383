"""`/outbound` and the hand-over: from a resident to a carrier."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.dispatch_models import price_json
from api.machine.endpoint import ApiRequest
from api.machine.parcel_bodies import HandOverBody, OutboundBody, booking_json
from api.machine.response_models import pickup_json
from locker.services.outbound import Chosen
from locker.services.parcel_service import BookingRequest
from locker.services.policies import PromiseTable


async def book(request: ApiRequest, body: OutboundBody) -> Response:
    """Expect a resident's parcel for a carrier, keep room for it, say what is agreed to. The code is told only now."""
    booking = BookingRequest(
        unit=body.sender.unit,
        name=body.sender.name,
        carrier=body.carrier,
        size=body.size,
        type=body.type,
        declared=body.declared,
        declared_weight_g=body.declared_weight_g,
        return_code=body.return_code,
        contents=body.contents,
    )
    answer, code = await request.context.parcels.book(booking, request.asker)
    chosen, desk = body.chosen, request.context.outbound.dispatch
    if chosen != Chosen():
        await desk.choose(answer.parcel, chosen, body.declared_weight_g)
    estimate, table = desk.board.price(chosen, body.carrier, body.declared_weight_g)
    price = price_json(estimate, table, desk.board.time(chosen, body.carrier))
    promise = request.context.rules.body(PromiseTable).promise("delivery", body.carrier)
    told = booking_json(answer, code, carrier=body.carrier, promise=promise, declared=body.declared)
    return JSONResponse(told | price, 201)


async def hand_over(request: ApiRequest, parcel: str, body: HandOverBody) -> Response:
    """Order the door open for a courier of the carrier that this parcel goes out with."""
    courier = (body.courier.company, body.courier.name)
    answer = await request.context.parcels.hand_over(parcel, courier, body.weight_g, request.asker)
    return JSONResponse(pickup_json(answer), 201)
