"""What is asked of the locker when a courier takes parcels out."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, assert_never

from api.kiosk.courier.fetch_steps import FetchDoor, FetchKind
from api.kiosk.courier.messages import (
    ConfirmEffect,
    CourierKnown,
    FetchEffect,
    FetchOrdered,
    FetchSettled,
    HandOverEffect,
    LabelProved,
    LeaveEffect,
    ProveEffect,
    TakeOutEffect,
)
from api.kiosk.door_status import COURIER, unit_of
from api.kiosk.values import DoorPhase
from locker.core.model import Leaving, VisitKind
from locker.core.parcel_words import RejectReason
from locker.core.reasons import RefusalReason, Refused
from locker.core.visit import Open
from locker.labels import tracking_number
from locker.services.custody_service import WithdrawingCourier
from locker.services.handover import declared_weight, keep_hand_over, taken_out_by
from locker.services.parcel_service import Caller
from locker.services.policies import DispatchRules

if TYPE_CHECKING:
    from api.app_context import AppContext
    from api.kiosk.messages import EffectResult
    from api.kiosk.values import SignedInCourier
    from locker.core.visit import Visit


TAKEN_OUT = frozenset({Leaving.RETURNED, Leaving.KEPT})
"""How a door stands that was opened to take an overdue parcel out."""


async def perform(context: AppContext, effect: TakeOutEffect) -> EffectResult:
    """Do what an effect asks for. Raises Refused."""
    match effect:
        case ConfirmEffect():
            return await _confirm(context, effect)
        case FetchEffect():
            return await _fetch(context, effect)
        case ProveEffect():
            return _prove(context, effect)
        case LeaveEffect():
            return await _leave(context, effect)
        case HandOverEffect():
            return await _hand_over(context, effect)
        case _:
            assert_never(effect)


async def _confirm(context: AppContext, effect: ConfirmEffect) -> CourierKnown:
    """Whether the PIN is that of the courier who is signed in. Raises Refused."""
    found = await context.couriers.sign_in(effect.courier.company, effect.pin)
    return CourierKnown(effect.courier if found is not None and found.id == effect.courier.id else None)


async def _fetch(context: AppContext, effect: FetchEffect) -> FetchOrdered:
    """Order the door. Raises Refused."""
    courier = effect.courier
    if not context.couriers.may_take_out(courier.id):  # disabled since they signed in
        raise Refused(RefusalReason.NOT_NOW)
    if effect.kind is FetchKind.OVERDUE:
        standing = await context.custody.withdraw(effect.parcel, _withdrawing(courier))
        return FetchOrdered(standing.compartment)
    caller = Caller(by=f"{COURIER}{courier.id}")
    answer = await context.parcels.hand_over(effect.parcel, (courier.company, courier.name), None, caller)
    _, compartment = answer.openings[0]
    return FetchOrdered(compartment, answer.pickup, await declared_weight(context.journal, effect.parcel))


def _prove(context: AppContext, effect: ProveEffect) -> LabelProved:
    """Whether a label is this parcel's. What a resident booked without a number has whichever it bears now."""
    number = tracking_number(effect.text) or ""
    parcel = context.engine.site.parcels.get(effect.parcel)
    if not number or parcel is None:
        return LabelProved(number, fits=False)
    return LabelProved(number, fits=parcel.label_hash in {"", context.vault.label_hash(number)})


async def _leave(context: AppContext, effect: LeaveEffect) -> FetchSettled:
    """The parcel stays, or is not in there. Raises Refused."""
    door = effect.door
    if door.kind is FetchKind.OVERDUE:
        await context.custody.not_fetched(door.parcel, _withdrawing(effect.courier), missing=effect.missing)
        return FetchSettled()
    caller = Caller(by=f"{COURIER}{effect.courier.id}")
    if effect.missing:
        await context.parcels.reject(door.pickup, RejectReason.MISSING, door.parcel, caller)
    else:
        await context.parcels.put_back(door.pickup, door.parcel, caller)
    return FetchSettled()


async def _hand_over(context: AppContext, effect: HandOverEffect) -> FetchSettled:
    """Keep its weight. Raises Refused while sealed."""
    door = effect.door
    checked = keep_hand_over(
        context.engine,
        (door.parcel, door.compartment),
        weight_g=effect.weight_g,
        declared_g=door.declared_g,
        scanned=bool(door.scanned),
        rules=context.rules.body(DispatchRules),
        by=f"{COURIER}{effect.courier.id}",
    )
    await checked
    return FetchSettled()


def _withdrawing(courier: SignedInCourier) -> WithdrawingCourier:
    return WithdrawingCourier(by=f"{COURIER}{courier.id}", company=courier.company, name=courier.name)


async def door_of(context: AppContext, by: str) -> FetchDoor | None:
    """The open door at which this courier, as the journal names them, takes a parcel out."""
    for visit in context.engine.site.visits.values():
        if visit.parcel is None or not isinstance(visit.last, Open):
            continue
        if visit.kind is VisitKind.PICKUP and visit.by == by:
            declared = await declared_weight(context.journal, visit.parcel)
            return replace(_again(context, visit, visit.parcel, FetchKind.OUTBOUND), declared_g=declared)
        fetched = visit.kind is VisitKind.DEPOSIT and visit.leaving in TAKEN_OUT
        if fetched and await context.journal.read(partial(taken_out_by, parcel=visit.parcel)) == by:
            return _again(context, visit, visit.parcel, FetchKind.OVERDUE)
    return None


def _again(context: AppContext, visit: Visit, parcel: str, kind: FetchKind) -> FetchDoor:
    return FetchDoor(
        kind,
        parcel,
        visit.compartment,
        unit_of(context.engine.site, parcel),
        visit.id if kind is FetchKind.OUTBOUND else "",
        phase=DoorPhase.OPEN,
        keeps=visit.leaving is Leaving.KEPT or parcel in visit.put_back,
    )
