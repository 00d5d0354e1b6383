"""`/expected`: parcels that carriers announce, and the room that is kept for them."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.custody_models import custody_json
from api.machine.endpoint import ApiRequest
from api.machine.expected_models import ExpectedBodies, announced_json, expected_json
from api.machine.problems import refusal
from locker.core.reasons import Refused
from locker.journal.history import expected_rows
from locker.labels import printed_tracking
from locker.services.people import Scope


async def announce(request: ApiRequest, body: ExpectedBodies) -> Response:
    """Keep room for a parcel that will come, or for a list of them: for all or for none."""
    try:
        told = await request.context.custody.expect(body.notices(), request.by, request.once)
    except Refused as refused:
        problem = refusal(refused)
        if refused.item is not None and isinstance(body.root, list):
            problem.more["field"] = f"[{refused.item}]"
        raise problem from refused
    return JSONResponse(announced_json(body, told.parcels), 201)


async def listing(request: ApiRequest) -> Response:
    """Every parcel that was announced and has not come, the first announced first."""
    rows = await request.context.journal.read(expected_rows)
    return JSONResponse([expected_json(row) for row in rows])


async def end(request: ApiRequest, tracking: str) -> Response:
    """Expect it no more. A token ends what it announced itself; with the scope `staff` any."""
    custody, number = request.context.custody, printed_tracking(tracking) or tracking
    staff = Scope.STAFF in request.caller.scopes
    return JSONResponse(custody_json(await custody.end_expected(number, request.by, staff=staff)))
