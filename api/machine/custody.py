"""`/parcels/{id}/…` and `/deadlines`: what is said about parcels that are here."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from api.machine.custody_models import (
    DeadlinesBody,
    ExtendBody,
    HoldBody,
    MoveBody,
    PlacedBody,
    ReassignBody,
    ReleaseBody,
    SenderCheckBody,
    WithdrawBody,
    custody_json,
    deadlines_json,
    place_json,
)
from api.machine.endpoint import ApiRequest
from api.machine.problems import both_or_neither, invalid
from api.machine.request_models import RecipientBody
from locker.core.messages.custody_commands import DeadlineFilter
from locker.core.model import Direction
from locker.core.parcel_words import IdentityCheck, ParcelType
from locker.services.custody_service import PlacedParcel, RightRecipient, WithdrawingCourier
from locker.services.people import Scope


async def hold(request: ApiRequest, parcel: str, body: HoldBody) -> Response:
    """Let nothing take this parcel out: no code, no courier, no rule. Its time stands still."""
    custody = request.context.custody
    return JSONResponse(custody_json(await custody.hold(parcel, body.reason, request.by, request.once)))


async def unhold(request: ApiRequest, parcel: str) -> Response:
    """End the hold. The deadline is later by as long as it lasted."""
    return JSONResponse(custody_json(await request.context.custody.unhold(parcel, request.by, request.once)))


async def check_sender(request: ApiRequest, parcel: str, body: SenderCheckBody) -> Response:
    """Note that somebody has checked who sends this parcel. By whom and when stands in its timeline, no document.

    That staff have checked it only a token of scope `staff` says.
    """
    if body.checked_by is IdentityCheck.STAFF and not request.asker.staff:
        raise invalid("checked_by", "is staff only for a token of scope staff")
    checked = request.context.custody.check_sender(parcel, body.checked_by, request.by, request.once)
    return JSONResponse(custody_json(await checked))


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


async def move(request: ApiRequest, parcel: str, body: MoveBody) -> Response:
    """Take a parcel to another compartment or place. Its door is ordered; to another door it goes when that is open."""
    custody = request.context.custody
    return JSONResponse(custody_json(await custody.move(parcel, body.to, request.by, request.once)))


async def reassign(request: ApiRequest, parcel: str, body: ReassignBody) -> Response:
    """Say for whom a parcel is that was put in for somebody else. They get a code of their own; the one before ends."""
    to = RightRecipient(unit=body.recipient.unit, name=body.recipient.name, phone=body.recipient.phone)
    custody = request.context.custody
    return JSONResponse(custody_json(await custody.reassign(parcel, to, body.reason, request.by, request.once)))


async def withdraw(request: ApiRequest, parcel: str, body: WithdrawBody) -> Response:
    """Order the door for a courier: an own parcel within 15 minutes, any of the company when it is overdue."""
    courier = WithdrawingCourier(
        by=request.by,
        company=body.courier.company,
        name=body.courier.name,
        staff=Scope.STAFF in request.caller.scopes,
    )
    return JSONResponse(custody_json(await request.context.custody.withdraw(parcel, courier, request.once)))


async def release(request: ApiRequest, parcel: str, body: ReleaseBody) -> Response:
    """Hand a parcel out to somebody whose identity was seen: its door is ordered, or at a place it is done by word."""
    custody = request.context.custody
    return JSONResponse(custody_json(await custody.release(parcel, body.reason, request.by, request.once)))


async def places(request: ApiRequest) -> Response:
    """Every place without a door, and what lies there."""
    return JSONResponse([place_json(each) for each in request.context.custody.places()])


async def put(request: ApiRequest, place: str, body: PlacedBody) -> Response:
    """Note that staff put a parcel at this place. It is stored at once."""
    both_or_neither(recipient=body.recipient, size=body.size)
    to = body.recipient or RecipientBody.model_construct()
    told = PlacedParcel(
        place=place,
        tracking=body.tracking,
        company=body.courier.company,
        courier=body.courier.name,
        size=body.size,
        unit=to.unit,
        name=to.name,
        phone=to.phone,
        direction=Direction(body.direction),
        flags=frozenset(body.flags),
        type=ParcelType(body.type) if body.type is not None else None,
        details=body.details.text() if body.details is not None else "",
    )
    return JSONResponse(custody_json(await request.context.custody.put(told, request.by, request.once)), 201)


_NO_DOOR = "-"
"""No compartment has this id: a bank without doors means no parcel, not all of them."""
