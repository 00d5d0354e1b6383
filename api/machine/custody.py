"""`/parcels/{id}/…` and `/deadlines`: what is said about parcels that are here."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.custody_models import DeadlinesBody, ExtendBody, HoldBody, custody_json, deadlines_json
from api.machine.endpoint import ApiRequest
from locker.core.custody_commands import DeadlineFilter


async def hold(request: ApiRequest, parcel: str, body: HoldBody) -> Response:
    """Let nothing take this parcel out: no code, no courier, no rule. Its time stands still."""
    custody = request.context.custody
    return JSONResponse(custody_json(await custody.hold(parcel, body.reason, request.by, request.once)))


async def unhold(request: ApiRequest, parcel: str) -> Response:
    """End the hold. The deadline is later by as long as it lasted."""
    return JSONResponse(custody_json(await request.context.custody.unhold(parcel, request.by, request.once)))


async def extend(request: ApiRequest, parcel: str, body: ExtendBody) -> Response:
    """Let this parcel stay longer, once: from its deadline, or from now when that is over."""
    custody = request.context.custody
    return JSONResponse(custody_json(await custody.extend(parcel, body.hours, request.by, request.once)))


async def shift_deadlines(request: ApiRequest, body: DeadlinesBody) -> Response:
    """Let all parcels stay longer, or those that fit a filter, for a reason that is kept (a storm, an outage)."""
    asked, site = body.filter, request.context.engine.site
    doors = [each for each in (asked.compartment,) if each is not None]
    if asked.bank is not None:
        in_bank = [name for name, compartment in site.compartments.items() if compartment.bank == asked.bank]
        doors = [name for name in in_bank if asked.compartment in {None, name}] or [_NO_DOOR]
    only = DeadlineFilter(
        units=(asked.unit,) if asked.unit is not None else (),
        compartments=tuple(doors),
        places=(asked.place,) if asked.place is not None else (),
        carrier=asked.carrier or "",
        overdue=asked.overdue,
    )
    custody = request.context.custody
    return JSONResponse(
        deadlines_json(await custody.shift_deadlines(body.hours, body.reason, only, request.by, request.once))
    )


_NO_DOOR = "-"
"""No compartment has this id: a bank without doors means no parcel, not all of them."""
