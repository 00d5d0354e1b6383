"""`/deposits`: a carrier's own software stands where the courier's touchscreen stands."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.calls import Call
from api.machine.problems import Problem
from api.machine.request_models import CancelBody, DepositBody, ResizeBody
from api.machine.response_models import deposit_json
from locker.core.reasons import RefusalReason
from locker.services.command_service import DepositRequest


async def start(call: Call, body: DepositBody) -> Response:
    """Take a compartment for a parcel and order its door open."""
    asked = DepositRequest(
        by=call.by,
        once=call.once,
        tracking=body.tracking,
        unit=body.recipient.unit,
        name=body.recipient.name,
        phone=body.recipient.phone,
        size=body.size,
        company=body.courier.company,
        courier=body.courier.name,
        consent=body.consent,
        flags=frozenset(body.flags),
        damaged=body.damaged,
    )
    return JSONResponse(deposit_json(await call.context.commands.deposit(asked)), 201)


async def show(call: Call, deposit: str) -> Response:
    """How the deposit stands now."""
    answer = await call.context.commands.deposit_state(deposit)
    if answer is None:
        raise Problem(RefusalReason.UNKNOWN)
    return JSONResponse(deposit_json(answer))


async def cancel(call: Call, deposit: str, body: CancelBody) -> Response:
    """Give the deposit up, while the parcel is `depositing`. `occupied`: something else is behind the open door."""
    return JSONResponse(deposit_json(await call.context.commands.cancel(deposit, call.by, call.once, body.reason)))


async def resize(call: Call, deposit: str, body: ResizeBody) -> Response:
    """Go on at a compartment of another size, while the parcel is `depositing`."""
    return JSONResponse(deposit_json(await call.context.commands.resize(deposit, body.size, call.by, call.once)))


async def reopen(call: Call, deposit: str) -> Response:
    """Order the door again: not seen open yet, or only just stored."""
    return JSONResponse(deposit_json(await call.context.commands.reopen(deposit, call.by, call.once)))
