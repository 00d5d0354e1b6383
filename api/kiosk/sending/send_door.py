"""At the door of what goes out: it follows the switch, may be given up or tried in another size, and ends in a receipt.

Pure. `after_send` takes the results of all effects of sending.
"""

from __future__ import annotations

from dataclasses import replace

from api.kiosk.collect_steps import Keypad
from api.kiosk.door_status import SOURCE, deposit_phase
from api.kiosk.messages import EffectRefused, EffectResult, Touched
from api.kiosk.sending import send_flow
from api.kiosk.sending.send_messages import (
    BookEffect,
    BringEffect,
    ReturnEffect,
    ReturnKnown,
    SendChangeEffect,
    SendEffect,
    SenderEffect,
    SenderKnown,
    SendOrdered,
    SendReopenEffect,
)
from api.kiosk.sending.send_steps import (
    ReturnCode,
    SendAgree,
    SendCarrier,
    SendContents,
    SendDoor,
    SendDraft,
    SendPacking,
    SendSize,
    SendStart,
    SendStep,
    SendWeight,
    SendWho,
    SendWorth,
)
from api.kiosk.state import KioskState
from api.kiosk.transitions import Transition, at_step, go_to, leave
from api.kiosk.values import DoorPhase, ErrorMessage, KioskTime, LockerState
from locker.core.model import ParcelState, Site, Size, VisitKind
from locker.core.parcel_words import OutboundType
from locker.core.reasons import RefusalReason
from locker.core.visit import Open

UNDER_WAY = frozenset({DoorPhase.ORDERED, DoorPhase.OPEN})


def touched_at(  # noqa: C901  one arm a step
    state: KioskState, step: SendStep, touched: Touched, locker: LockerState, now: KioskTime
) -> Transition | None:
    """What a touch does at any step of sending."""
    match step:
        case SendStart():
            return send_flow.send_start(state, touched, locker)
        case ReturnCode():
            return send_flow.return_code(state, step, touched)
        case SendWho():
            return send_flow.send_who(state, step, touched, locker, now)
        case SendContents():
            return send_flow.send_contents(state, step, touched, locker)
        case SendPacking():
            return send_flow.send_packing(state, step, touched, locker)
        case SendWeight():
            return send_flow.send_weight(state, step, touched, locker)
        case SendWorth():
            return send_flow.send_worth(state, step, touched, locker)
        case SendCarrier():
            return send_flow.send_carrier(state, step, touched, locker)
        case SendAgree():
            return send_flow.send_agree(state, step, touched, locker)
        case SendSize():
            return send_size(state, step, touched, locker)
        case SendDoor():
            return send_door(state, step, touched, locker, now)


def send_size(state: KioskState, step: SendSize, touched: Touched, locker: LockerState) -> Transition | None:
    """Which size fits; at a door where it did not fit, another one."""
    match touched.act:
        case "size" if touched.value in set(Size):
            size = Size(touched.value)
            if not locker.free.get(size):
                return go_to(state, replace(step, error=ErrorMessage(f"refused.{RefusalReason.NO_SPACE.value}")))
            if step.door is not None:
                return go_to(state, step, SendChangeEffect(step.door.deposit, size=size))
            return send_flow.size_chosen(state, step, size, locker)
        case "back" if step.door is not None:
            return go_to(state, step.door)
        case "back":
            return go_to(state, send_flow.back(step, locker))
        case _:
            return None


def send_door(
    state: KioskState, step: SendDoor, touched: Touched, locker: LockerState, now: KioskTime
) -> Transition | None:
    """At the door: what may be touched depends on what the switch says."""
    under_way = step.phase in UNDER_WAY and not step.given_up
    match touched.act:
        case "stuck" if step.phase is DoorPhase.ORDERED:
            return go_to(state, replace(step, reported_stuck=True), SendChangeEffect(step.deposit))
        case "resize" if under_way:
            return go_to(state, SendSize(SendDraft(), door=replace(step, error=None)))
        case "cancel" if under_way:
            return go_to(state, replace(step, given_up=True), SendChangeEffect(step.deposit, cancel=True))
        case "again" if may_open_again(step, locker, now):
            return go_to(state, replace(step, error=None), SendReopenEffect(step.code))
        case "finish" if step.phase not in UNDER_WAY:
            return leave(state), None
        case _:
            return None


def may_open_again(step: SendDoor, locker: LockerState, now: KioskTime) -> bool:
    """True while the booking's code opens the door of what was just brought again."""
    parcel = locker.site.parcels.get(step.parcel)
    if step.phase is not DoorPhase.SHUT or not step.code or parcel is None or parcel.stored_at is None:
        return False
    seconds = (now.utc - parcel.stored_at).total_seconds()
    return parcel.state is ParcelState.STORED and seconds < locker.site.policy.reopen_seconds


# --- as the door is seen --------------------------------------------------------------------------


def open_send(site: Site) -> SendDoor | None:
    """The door of a sender who stands at this screen. The booking's code is not known any more."""
    for visit in site.visits.values():
        parcel = site.parcels.get(visit.parcel or "")
        brings = visit.kind is VisitKind.DEPOSIT and parcel is not None and parcel.from_resident
        if brings and visit.by == SOURCE and isinstance(visit.last, Open) and parcel is not None:
            return SendDoor(visit.id, parcel.id, visit.compartment)
    return None


def update(state: KioskState, locker: LockerState, now: KioskTime) -> KioskState:
    """The state after a look at the door of what goes out."""
    match state.step:
        case SendDoor() as door:
            seen = _as_seen(door, locker, now)
            return state if seen is door else replace(state, step=seen, last_touch=now.seconds)
        case SendSize(door=SendDoor() as door) as size:
            seen = _as_seen(door, locker, now)
            return (
                state
                if seen is door
                else replace(state, step=replace(size, door=seen) if seen.phase in UNDER_WAY else seen)
            )
        case _:
            return state


def _as_seen(door: SendDoor, locker: LockerState, now: KioskTime) -> SendDoor:
    phase, compartment = deposit_phase(locker.site, door.deposit, door.parcel, door.compartment)
    same = phase is door.phase and compartment == door.compartment
    ended = door.phase in {DoorPhase.SHUT, DoorPhase.OVER} and phase not in UNDER_WAY
    if same or ended:
        return door
    error = None
    if phase is DoorPhase.SHUT and door.phase is DoorPhase.ORDERED:
        error = ErrorMessage("door.did_not_open_again")
    moved = door.compartment if compartment != door.compartment else door.moved_from
    return replace(
        door,
        phase=phase,
        compartment=compartment,
        since=now.seconds,
        at=now.utc,
        moved_from=moved if phase in UNDER_WAY else "",
        reported_stuck=False,
        error=error,
    )


# --- what effects led to --------------------------------------------------------------------------


def after_send(
    state: KioskState, effect: SendEffect, result: EffectResult, locker: LockerState, now: KioskTime
) -> KioskState:
    """What the result of an effect of sending leads to; a refusal is said where it was asked."""
    match effect, result:
        case ReturnEffect(), ReturnKnown():
            return _after_return(state, result, locker)
        case SenderEffect(), SenderKnown():
            return _after_sender(state, result, locker)
        case ((BookEffect() | BringEffect() | SendReopenEffect()), SendOrdered()):
            return at_the_door(state, result, now)
        case SendChangeEffect(), SendOrdered():
            return _after_change(state, result, now)
        case _, EffectRefused():
            return _refused(state, effect, ErrorMessage.of(result.reason, result.retry_after, now.seconds))
        case _:
            raise ValueError(f"{type(result).__name__} is no result of {type(effect).__name__}")


def _after_return(state: KioskState, result: ReturnKnown, locker: LockerState) -> KioskState:
    if isinstance(state.step, Keypad) and not result.parcel:
        return at_step(state, replace(state.step, error=ErrorMessage("collect.not_ours")))
    draft = SendDraft(type=OutboundType.RETURN, return_code=result.code, booked=result.parcel)
    if result.here:
        error = ErrorMessage(f"refused.{RefusalReason.DUPLICATE_TRACKING.value}")
        return at_step(state, ReturnCode(SendDraft(type=draft.type), error=error))
    return at_step(state, send_flow.onward(draft, locker))


def _after_sender(state: KioskState, result: SenderKnown, locker: LockerState) -> KioskState:
    step = state.step
    if not isinstance(step, SendWho):
        return state
    if result.sender is None:
        return at_step(state, SendWho(step.draft, unit=step.unit, error=ErrorMessage("send.who_unknown")))
    return at_step(state, send_flow.onward(replace(step.draft, sender=result.sender), locker))


def at_the_door(state: KioskState, ordered: SendOrdered, now: KioskTime) -> KioskState:
    """A door is ordered for what goes out: by a booking made here, or by the code of one made elsewhere."""
    code = ordered.code or (state.step.code if isinstance(state.step, SendDoor) else "")
    door = SendDoor(ordered.deposit, ordered.parcel, ordered.compartment, code, since=now.seconds, at=now.utc)
    return at_step(state, door)


def _after_change(state: KioskState, result: SendOrdered, now: KioskTime) -> KioskState:
    step = state.step
    if isinstance(step, SendSize) and step.door is not None:
        left = step.door.compartment if step.door.phase is DoorPhase.OPEN else ""
        door = replace(step.door, compartment=result.compartment, phase=DoorPhase.ORDERED, moved_from=left)
        return at_step(state, replace(door, since=now.seconds, at=now.utc, reported_stuck=False))
    return at_step(state, step)


def _refused(state: KioskState, effect: SendEffect, error: ErrorMessage) -> KioskState:
    step = state.step
    if isinstance(step, SendDoor):
        given_up = step.given_up and not (isinstance(effect, SendChangeEffect) and effect.cancel)
        return at_step(state, replace(step, error=error, given_up=given_up))
    if isinstance(step, Keypad | SendSize | SendPacking | SendAgree | SendWho | ReturnCode):
        return at_step(state, replace(step, error=error))
    return at_step(state, SendStart(error))
