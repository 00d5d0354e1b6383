"""`/deposits`: a carrier's own software stands where the courier's touchscreen stands."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.problems import both_or_neither
from api.machine.request_models import (
    BookedBody,
    CancelBody,
    DepositBodies,
    DepositBody,
    RecipientBody,
    ResizeBody,
)
from api.machine.response_models import deposit_json
from locker.core.parcel_words import ParcelType
from locker.core.reasons import RefusalReason, Refused
from locker.services.command_service import DepositActor, DepositRequest
from locker.services.people import Scope
from locker.services.policies import WeatherMode


async def start(request: ApiRequest, body: DepositBodies) -> Response:
    """Take a compartment for a parcel and order its door open. What was announced or booked fills itself in."""
    if isinstance(body.root, BookedBody):
        booked = await request.context.parcels.deposit_booked(body.root.booking, body.root.code, request.asker)
        return JSONResponse(deposit_json(booked), 201)
    return await _start(request, body.root)


async def _start(request: ApiRequest, body: DepositBody) -> Response:
    if request.context.rules.body(WeatherMode).stops(body.size, body.flags):
        raise Refused(RefusalReason.CLOSED)
    both_or_neither(recipient=body.recipient, size=body.size)
    to = body.recipient or RecipientBody.model_construct()
    deposit = DepositRequest(
        by=request.by,
        once=request.once,
        staff=Scope.STAFF in request.caller.scopes,
        tracking=body.tracking,
        unit=to.unit,
        name=to.name,
        phone=to.phone,
        size=body.size,
        company=body.courier.company,
        courier=body.courier.name,
        consent=body.consent,
        flags=frozenset(body.flags),
        needs=frozenset(body.needs),
        damaged=body.damaged,
        join=body.join,
        type=ParcelType(body.type) if body.type is not None else None,
        details=body.details.text() if body.details is not None else "",
    )
    return JSONResponse(deposit_json(await request.context.commands.deposit(deposit)), 201)


async def show(request: ApiRequest, deposit: str) -> Response:
    """How the deposit stands now."""
    return JSONResponse(deposit_json(await request.context.commands.own_deposit(deposit, _actor(request))))


async def cancel(request: ApiRequest, deposit: str, body: CancelBody) -> Response:
    """Give the deposit up, while the parcel is `depositing`. `occupied`: something else is behind the open door."""
    return JSONResponse(
        deposit_json(await request.context.commands.cancel(deposit, _actor(request), request.once, body.reason))
    )


async def resize(request: ApiRequest, deposit: str, body: ResizeBody) -> Response:
    """Go on at a compartment of another size, while the parcel is `depositing`."""
    return JSONResponse(
        deposit_json(await request.context.commands.resize(deposit, body.size, _actor(request), request.once))
    )


async def reopen(request: ApiRequest, deposit: str) -> Response:
    """Order the door again: not seen open yet, or only just stored."""
    return JSONResponse(deposit_json(await request.context.commands.reopen(deposit, _actor(request), request.once)))


def _actor(request: ApiRequest) -> DepositActor:
    """A token goes on with its own deposits; with the scope `staff` with all."""
    return DepositActor(request.by, staff=Scope.STAFF in request.caller.scopes)
