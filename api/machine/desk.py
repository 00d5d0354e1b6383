"""`/desk`: what passes between residents and staff, as keys and suppliers' goods do. No carrier has to do with it."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.custody_models import custody_json
from api.machine.desk_bodies import DeskBody, DeskBookingBody
from api.machine.endpoint import ApiRequest
from api.machine.parcel_bodies import booking_json
from api.machine.response_models import deposit_json
from locker.core.model import Direction
from locker.core.parcel_words import ParcelType
from locker.services.command_service import DepositRequest
from locker.services.parcel_service import BookingRequest


async def hand_in(request: ApiRequest, body: DeskBody) -> Response:
    """Take a compartment for something that staff leave for a resident, and order its door open."""
    deposit = DepositRequest(
        by=request.by,
        once=request.once,
        staff=True,
        direction=Direction.DESK,
        type=ParcelType(body.type),
        tracking=body.reference or "",
        unit=body.recipient.unit,
        name=body.recipient.name,
        phone=body.recipient.phone,
        size=body.size,
        company=request.context.site.operator or request.context.site.name,
        courier=request.by,
        consent=body.consent,
        flags=frozenset(body.flags),
        details=body.details.text() if body.details is not None else "",
    )
    return JSONResponse(deposit_json(await request.context.commands.deposit(deposit)), 201)


async def book(request: ApiRequest, body: DeskBookingBody) -> Response:
    """Expect something that a resident leaves for staff, and keep room for it. Its code is told here and only now."""
    booking = BookingRequest(
        unit=body.sender.unit,
        name=body.sender.name,
        carrier="",
        size=body.size,
        type=ParcelType(body.type),
        direction=Direction.DESK,
    )
    answer, code = await request.context.parcels.book(booking, request.asker)
    return JSONResponse(booking_json(answer, code), 201)


async def take_over(request: ApiRequest, parcel: str) -> Response:
    """Order the door open for staff: for what a resident left for them, or to take back what they left for one."""
    custody = request.context.custody
    return JSONResponse(custody_json(await custody.take_over(parcel, request.by, request.once)))
