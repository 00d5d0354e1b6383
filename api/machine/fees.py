"""`/parcels/{id}/fee`: what keeping a parcel costs, item by item, and letting go of it."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.endpoint import ApiRequest
from api.machine.fee_models import WaiverBody, fee_json
from api.machine.problems import Problem
from locker.core.reasons import RefusalReason


async def show(request: ApiRequest, parcel: str) -> Response:
    """What it costs until now, or cost when it left, by the tariff that held at its deposit."""
    fee = await request.context.fees.fee(parcel)
    if fee is None:
        raise Problem(RefusalReason.UNKNOWN)
    return JSONResponse(fee_json(fee))


async def waive(request: ApiRequest, parcel: str, body: WaiverBody) -> Response:
    """Let go of what is due now, for a reason that is kept. Where nothing is due, nothing is recorded."""
    fee = await request.context.fees.waive(parcel, body.reason, request.by)
    if fee is None:
        raise Problem(RefusalReason.UNKNOWN)
    return JSONResponse(fee_json(fee))
