"""The door of a parcel that is stored, once more: only for its courier, who says the PIN again. Pure.

A screen stays signed in for a while after its courier has gone. What lies behind a shut door is the resident's by then,
and no touch alone may give it to whoever stands there.
"""

from __future__ import annotations

from dataclasses import replace

from api.kiosk.courier.messages import CourierKnown, DepositTaken, ReopenEffect
from api.kiosk.courier.steps import ConfirmPin, DepositDoor, DepositIntent, ScanLabel
from api.kiosk.door_status import reopen_until, take_back_until
from api.kiosk.messages import EffectRefused, Touched
from api.kiosk.state import KioskState
from api.kiosk.transitions import (
    DIGITS,
    PIN_LONGEST,
    PIN_SHORTEST,
    Transition,
    at_step,
    go_to,
    must_wait,
    pending,
    text_after_key,
)
from api.kiosk.values import DoorPhase, ErrorMessage, KioskTime, LockerState, MaskedResident, StoredParcel
from locker.core.model import deposit_id
from locker.core.reasons import RefusalReason


def may_open_again(step: DepositDoor, locker: LockerState, now: KioskTime) -> bool:
    """True while the courier may open the door of a stored parcel again, to put something right."""
    until = reopen_until(locker.site, step)
    return step.phase is DoorPhase.SHUT and until is not None and now.utc < until


def may_take_back(step: DepositDoor, locker: LockerState, now: KioskTime) -> bool:
    """True while its courier may take the parcel back."""
    until = take_back_until(locker.site, step.parcel)
    return until is not None and now.utc < until


def may_be_taken_back(state: KioskState, locker: LockerState, now: KioskTime) -> list[StoredParcel]:
    """What this courier has stored so short a while ago that it may go back with them, the newest first."""
    until = ((each, take_back_until(locker.site, each.parcel)) for each in state.stored_parcels)
    return [each for each, at in until if at is not None and now.utc < at]


def take_one_back(state: KioskState, touched: Touched, locker: LockerState, now: KioskTime) -> Transition | None:
    """One of them is touched; its door opens after the PIN."""
    if touched.act == "back":
        return go_to(state, ScanLabel())
    found = may_be_taken_back(state, locker, now)
    chosen = next((each for each in found if each.parcel == touched.value), None)
    if touched.act != "takeback" or chosen is None:
        return None
    nobody = MaskedResident("", chosen.unit, "", "", None, reach=False)
    door = DepositDoor(
        deposit_id(chosen.parcel), chosen.parcel, chosen.door, chosen.tracking, nobody, phase=DoorPhase.SHUT
    )
    return go_to(state, ConfirmPin(door, take_back=True))


def confirm_pin(state: KioskState, step: ConfirmPin, touched: Touched, now: KioskTime) -> Transition | None:
    """The PIN is being typed once more."""
    text = text_after_key(step.typed, touched.act, touched.value, longest=PIN_LONGEST, keys=DIGITS)
    if text is not None:
        return go_to(state, replace(step, typed=text, error=pending(step.error, now)))
    match touched.act:
        case "open" if state.courier is not None and confirm_complete(step) and not must_wait(step.error, now):
            return go_to(state, step, ReopenEffect(step.door.deposit, state.courier, step.typed, step.take_back))
        case "open":
            return go_to(state, step)
        case "back":
            return go_to(state, step.door)
        case _:
            return None


def confirm_complete(step: ConfirmPin) -> bool:
    """True when the PIN may be tried."""
    return len(step.typed) >= PIN_SHORTEST


def after_reopen(state: KioskState, result: DepositTaken | CourierKnown | EffectRefused, now: KioskTime) -> KioskState:
    """The door is ordered for its courier, or why not."""
    step = state.step
    if not isinstance(step, ConfirmPin):
        return state
    match result:
        case DepositTaken():
            intent = DepositIntent.TAKE_BACK if step.take_back else step.door.intent
            door = replace(step.door, intent=intent, phase=DoorPhase.ORDERED, since=now.seconds, at=now.utc, error=None)
            return at_step(state, door)
        case CourierKnown():
            return at_step(state, replace(step, typed="", error=ErrorMessage("dropoff.wrong_pin")))
        case EffectRefused(reason=RefusalReason.THROTTLED, retry_after=retry_after):
            error = ErrorMessage.of(result.reason, retry_after, now.seconds)
            return at_step(state, replace(step, typed="", error=replace(error, key="dropoff.throttled")))
        case EffectRefused(reason=reason, retry_after=retry_after):
            return at_step(state, replace(step.door, error=ErrorMessage.of(reason, retry_after, now.seconds)))
