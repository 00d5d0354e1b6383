"""A parcel that is signed for is handed over by a person: its courier says the PIN once more before a door opens. Pure.

So is why a deposit is given up at its open door: a word of the courier, kept with it.
"""

from __future__ import annotations

from dataclasses import replace

from api.kiosk.courier.messages import ChangeEffect, DepositEffect, SignDepositEffect
from api.kiosk.courier.steps import ChooseSize, ConfirmHandOver, DepositDoor, DepositIntent, SignHandOver, WhyCancel
from api.kiosk.messages import EffectRefused, NoteRecorded, Touched
from api.kiosk.signing import not_kept, sign
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
from api.kiosk.values import DoorPhase, ErrorMessage, KioskTime, LockerState, SignedInCourier
from locker.core.model import Flag, Size
from locker.core.reasons import NotStored

SIGNED_FOR = frozenset({Flag.INSURED, Flag.ACCEPT, Flag.SIGNATURE})
"""What is signed for at its end is handed over by a named person at its beginning."""
REASONS = (NotStored.OVERSIZE, NotStored.DAMAGED, NotStored.WRONG_ADDRESS, NotStored.OTHER)
"""Why a courier gives a deposit up at its open door."""


def deposit_effect(state: KioskState, step: ChooseSize, size: Size, courier: SignedInCourier) -> DepositEffect:
    """What is asked of the locker once the size is chosen."""
    effect = DepositEffect(step.tracking, step.recipient, size, step.consent, courier, flags=step.flags)
    stored = len(state.shipment.parcels) if state.shipment is not None and step.mark else 0
    weight = weight_of(state, step.tracking)
    return replace(effect, pieces=step.pieces, mark=step.mark, piece=stored + 1, weight_g=weight)


def weight_of(state: KioskState, tracking: str) -> int | None:
    """What the label of this number says that it weighs, in grams."""
    return state.weighed[1] if state.weighed is not None and state.weighed[0] == tracking else None


def ordered(state: KioskState, step: ChooseSize, effect: DepositEffect) -> Transition:
    """The door is ordered, after the PIN where the parcel is signed for."""
    if SIGNED_FOR.isdisjoint(effect.flags):
        return go_to(state, step, effect)
    if effect.courier.right is not None:  # a named person hands it over, and says a PIN
        return go_to(state, replace(step, error=ErrorMessage("right.no_pin")))
    return go_to(state, ConfirmHandOver(step, effect.size))


def confirm_hand_over(state: KioskState, step: ConfirmHandOver, touched: Touched, now: KioskTime) -> Transition | None:
    """The PIN is being typed: who hands this one over."""
    text = text_after_key(step.typed, touched.act, touched.value, longest=PIN_LONGEST, keys=DIGITS)
    if text is not None:
        return go_to(state, replace(step, typed=text, error=pending(step.error, now)))
    match touched.act:
        case "open" if state.courier is not None and hand_over_complete(step) and not must_wait(step.error, now):
            effect = deposit_effect(state, step.previous, step.size, state.courier)
            return go_to(state, step, replace(effect, pin=step.typed))
        case "open":
            return go_to(state, step)
        case "back":
            return go_to(state, step.previous)
        case _:
            return None


def hand_over_complete(step: ConfirmHandOver) -> bool:
    """True when the PIN may be tried."""
    return len(step.typed) >= PIN_SHORTEST


def asks_signature(state: KioskState, locker: LockerState, now: KioskTime) -> KioskState:
    """A parcel that is signed for at its end was signed for at its beginning, once its door is shut."""
    match state.step:
        case DepositDoor(phase=DoorPhase.SHUT, intent=DepositIntent.STORE, signed=False) as door:
            parcel = locker.site.parcels.get(door.parcel)
            if parcel is None or Flag.SIGNATURE not in parcel.flags or state.courier is None:
                return state
            return replace(state, step=SignHandOver(door), last_touch=now.seconds)
        case _:
            return state


def sign_hand_over(state: KioskState, step: SignHandOver, touched: Touched) -> Transition | None:
    """A finger signs. Whoever cannot goes on without: it is kept that nobody signed."""
    if state.courier is None:
        return None
    door = step.door
    unsigned = SignDepositEffect(state.courier, door.parcel, door.compartment, door.deposit, None)
    return sign(state, step, touched, unsigned)


def after_sign(state: KioskState, result: NoteRecorded | EffectRefused) -> KioskState:
    """It is kept; or what was drawn is no signature, and it is drawn again."""
    step = state.step
    if not isinstance(step, SignHandOver):
        return state
    if isinstance(result, EffectRefused):
        return not_kept(state, step)
    return at_step(state, replace(step.door, signed=True))


def why_cancel(state: KioskState, step: WhyCancel, touched: Touched) -> Transition | None:
    """Why the parcel does not stay; without a word the deposit goes on."""
    match touched.act:
        case "why" if touched.value in {each.value for each in REASONS} and state.courier is not None:
            effect = ChangeEffect(step.door.deposit, state.courier, cancel=True, reason=NotStored(touched.value))
            return go_to(state, _given_up(step.door), effect)
        case "back":
            return go_to(state, step.door)
        case _:
            return None


def _given_up(door: DepositDoor) -> DepositDoor:
    return replace(door, intent=DepositIntent.CANCEL, error=None)
