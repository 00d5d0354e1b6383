"""Look first, then accept, then sign: what asks for it at a pickup, once its door is shut. Pure."""

from __future__ import annotations

from dataclasses import replace

from api.kiosk.collect import may_reopen
from api.kiosk.collect_steps import InspectParcel, PickupDoor, ReportProblem, SignParcel
from api.kiosk.door_status import pickup_as_seen
from api.kiosk.messages import AcceptEffect, EffectRefused, NoteRecorded, PickupEffect, SignEffect, Touched
from api.kiosk.signing import not_kept, sign
from api.kiosk.state import KioskState
from api.kiosk.transitions import Transition, at_step, go_to
from api.kiosk.values import DoorPhase, ErrorMessage, KioskTime, LockerState
from locker.core.model import Flag

LOOKED_AT = frozenset({Flag.ACCEPT, Flag.INSURED, Flag.SIGNATURE})
SHUT = frozenset({DoorPhase.SHUT, DoorPhase.OVER})


def inspect_parcel(
    state: KioskState, step: InspectParcel, touched: Touched, locker: LockerState, now: KioskTime
) -> Transition | None:
    """The parcel is in hand: accept it, or say what is wrong."""
    match touched.act:
        case "accept":
            return go_to(state, replace(step, error=None), AcceptEffect(step.door.pickup, step.door.parcel))
        case "report":
            return go_to(state, ReportProblem(step.door))
        case "again" if may_reopen(step.door, locker, now):
            return go_to(state, step.door, PickupEffect(step.door.credential))
        case _:
            return None


def sign_parcel(state: KioskState, step: SignParcel, touched: Touched) -> Transition | None:
    """A finger signs. Whoever cannot goes on without: staff see that it is not signed."""
    door = step.door
    return sign(state, step, touched, SignEffect(door.parcel, door.compartment, door.pickup, None))


def update(state: KioskState, locker: LockerState, now: KioskTime) -> KioskState:
    """A parcel that asks for it is looked at once its door is shut; a door that opens again comes first."""
    match state.step:
        case PickupDoor(phase=DoorPhase.SHUT, accepted=False) as door if flags := _asks(door, locker):
            return replace(state, step=InspectParcel(door, Flag.SIGNATURE in flags), last_touch=now.seconds)
        case InspectParcel(door=door) | SignParcel(door=door) as step:
            seen = pickup_as_seen(door, locker, now)
            if seen is door:
                return state
            return replace(state, step=replace(step, door=seen) if seen.phase in SHUT else seen)
        case _:
            return state


def _asks(door: PickupDoor, locker: LockerState) -> frozenset[Flag]:
    """Why this parcel is looked at, and perhaps signed for; nothing once it was accepted."""
    parcel, visit = locker.site.parcels.get(door.parcel), locker.site.visits.get(door.compartment)
    if parcel is None or (visit is not None and door.parcel in visit.accepted and Flag.SIGNATURE not in parcel.flags):
        return frozenset()
    return parcel.flags & LOOKED_AT


def after_accept(state: KioskState, result: NoteRecorded | EffectRefused, now: KioskTime) -> KioskState:
    """Accepted; where the parcel asks, it is signed for next. A visit that is over was accepted by rule."""
    step = state.step
    if not isinstance(step, InspectParcel):
        return state
    if isinstance(result, EffectRefused):
        return at_step(state, replace(step, error=ErrorMessage.of(result.reason, result.retry_after, now.seconds)))
    accepted = replace(step.door, accepted=True)
    return at_step(state, SignParcel(accepted) if step.signature else accepted)


def after_sign(state: KioskState, result: NoteRecorded | EffectRefused) -> KioskState:
    """It is kept; or what was drawn is no signature, and it is drawn again."""
    step = state.step
    if not isinstance(step, SignParcel):
        return state
    if isinstance(result, EffectRefused):
        return not_kept(state, step)
    return at_step(state, step.door)
