"""The compartment of a drop-off: its size, its door, and what can still be changed. Pure.

A step's function bears its name, and `after_deposit` takes the result of a `DepositEffect`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from api.kiosk.courier import end_of_round, hand_over, pieces
from api.kiosk.courier.custody import may_open_again, may_take_back
from api.kiosk.courier.messages import ChangeEffect, CourierKnown, DepositEffect, DepositTaken, ElsewhereEffect
from api.kiosk.courier.parcel_check import take_along
from api.kiosk.courier.right_terms import right_of, uses_left
from api.kiosk.courier.steps import (
    AskConsent,
    CheckParcel,
    ChooseRecipient,
    ChooseSize,
    ConfirmHandOver,
    ConfirmPin,
    DepositDoor,
    DepositIntent,
    NoConsent,
    NoDoor,
    NothingFits,
    ScanLabel,
    WhyCancel,
)
from api.kiosk.messages import EffectRefused, Touched
from api.kiosk.state import KioskState
from api.kiosk.transitions import Transition, at_step, go_to
from api.kiosk.values import DoorPhase, ErrorMessage, KioskTime, LockerState, SignedInCourier
from locker.core.model import Compartment, Size
from locker.core.reasons import NotStored, RefusalReason
from locker.core.visits.door_sharing import Arriving, door_to_share

RECENT_SHOWN = 2
"""For whom something was just brought: so many are offered with the next label."""


def choose_size(state: KioskState, step: ChooseSize, touched: Touched, locker: LockerState) -> Transition | None:
    """Which size fits."""
    match touched.act:
        case "size" if touched.value in set(Size) and state.courier is not None:
            size = Size(touched.value)
            if stopped_by_weather(step, size, locker):
                return go_to(state, replace(step, error=ErrorMessage("weather.not_now")))
            if not locker.free.get(size):
                return _no_space(state, step, size, locker)
            if step.door is not None:
                return go_to(state, step, ChangeEffect(step.door.deposit, state.courier, size=size))
            return hand_over.ordered(state, step, hand_over.deposit_effect(state, step, size, state.courier))
        case "join":
            return _join(state, step, locker)
        case "wrongparcel" if step.door is None:
            return go_to(state, CheckParcel(step))
        case "toobig":
            return go_to(state, NothingFits(step, full=not any(locker.free.values())))
        case "back" if step.door is not None:
            return go_to(state, step.door)
        case "back":
            return go_to(replace(state, shipment=None), ChooseRecipient(step.tracking))
        case _:
            return None


def _join(state: KioskState, step: ChooseSize, locker: LockerState) -> Transition | None:
    """Beside what this household has: asked for as every parcel is, with its pieces, its weight and the PIN."""
    beside = door_beside(state, step, locker)
    if state.courier is None or beside is None:
        return None
    if stopped_by_weather(step, beside.size, locker):
        return go_to(state, replace(step, error=ErrorMessage("weather.not_now")))
    effect = hand_over.deposit_effect(state, step, beside.size, state.courier)
    return hand_over.ordered(state, step, replace(effect, join=True))


def stopped_by_weather(step: ChooseSize, size: Size, locker: LockerState) -> bool:
    """True while bad weather keeps a parcel of this size, or of this kind, out. One that is inside may move on."""
    weather = locker.weather
    if weather is None or step.door is not None:
        return False
    return weather.stopped or size in weather.sizes or not weather.flags.isdisjoint(step.flags)


def door_beside(state: KioskState, step: ChooseSize, locker: LockerState) -> Compartment | None:
    """The door behind which this household's parcel of this carrier lies, where this one may join it."""
    if state.courier is None or state.courier.right is not None or step.door is not None:
        return None
    arriving = Arriving(
        size=min(Size, key=lambda size: size.rank),
        recipients=(step.recipient.id,),
        company=state.courier.company,
        flags=frozenset(step.flags),
        needs=frozenset(),
    )
    return door_to_share(locker.site, arriving)


def _no_space(state: KioskState, step: ChooseSize, size: Size, locker: LockerState) -> Transition:
    """A larger one may be free; where none is, nothing is to be chosen."""
    if not any(locker.free.values()):
        return go_to(state, NothingFits(step, full=True))
    larger = any(count for each, count in locker.free.items() if each.rank > size.rank)
    key = f"refused.{RefusalReason.NO_SPACE.value}" if larger else "dropoff.none_that_large"
    return go_to(state, replace(step, error=ErrorMessage(key)))


def nothing_fits(state: KioskState, step: NothingFits, touched: Touched) -> Transition | None:
    """Too big for all."""
    door = step.previous.door
    match touched.act:
        case "back":
            return go_to(state, step.previous)
        case "next" if door is not None and state.courier is not None:
            effect = ChangeEffect(door.deposit, state.courier, cancel=True, reason=NotStored.OVERSIZE)
            return _change(state, replace(door, intent=DepositIntent.CANCEL), effect)
        case "next":
            return take_along(state)
        case _:
            return None


def deposit_door(  # noqa: C901  one arm a button
    state: KioskState, step: DepositDoor, touched: Touched, locker: LockerState, now: KioskTime
) -> Transition | None:
    """At the door: what may be touched depends on what the switch says."""
    if state.courier is None:
        return None
    change = ChangeEffect(step.deposit, state.courier)
    ended = step.phase not in {DoorPhase.ORDERED, DoorPhase.OPEN}
    under_way = not ended and step.intent is DepositIntent.STORE
    match touched.act:
        case "stuck" if step.phase is DoorPhase.ORDERED:
            return _change(state, replace(step, reported_stuck=True), change)
        case "resize" if under_way:
            door = replace(step, error=None)
            return go_to(state, ChooseSize(step.tracking, step.recipient, door=door))
        case "cancel" if under_way:
            return go_to(state, WhyCancel(step))
        case "occupied" if under_way and step.phase is DoorPhase.OPEN:
            again = _once_more(state, step, state.courier, locker)
            return go_to(state, replace(step, error=None), ElsewhereEffect(step.deposit, again))
        case "takeback" if may_take_back(step, locker, now):
            return go_to(state, ConfirmPin(step, take_back=True))
        case "again" if may_open_again(step, locker, now):
            return go_to(state, ConfirmPin(step, take_back=False))
        case "takeback" | "again" if step.phase is DoorPhase.SHUT:
            return go_to(state, step)
        case "next" if ended and right_of(state) is not None and not uses_left(state, locker):
            return go_to(state, step)
        case "next" if ended:
            return go_to(state, ScanLabel())
        case "finish" if ended:
            return end_of_round.finish(state)
        case _:
            return None


def _change(state: KioskState, step: DepositDoor, effect: ChangeEffect) -> Transition:
    return go_to(state, replace(step, error=None), effect)


def after_deposit(
    state: KioskState, effect: DepositEffect, result: DepositTaken | CourierKnown | EffectRefused, now: KioskTime
) -> KioskState:
    """The compartment is taken and its door ordered, or why not and what else can be done."""
    step = state.step
    if isinstance(step, ConfirmHandOver):
        return _after_confirmed(state, step, effect, result, now)
    if not isinstance(step, ChooseSize):
        return state
    match result:
        case DepositTaken():
            door = _door(effect, result, now)
            after = at_step(pieces.after_deposit(state, effect, result), door)
            others = tuple(each for each in state.recent if each.id != effect.recipient.id)
            return replace(after, last_size=effect.size, recent=(effect.recipient, *others)[:RECENT_SHOWN])
        case EffectRefused(reason=reason, retry_after=retry_after):
            return _refused(state, step, reason, ErrorMessage.of(reason, retry_after, now.seconds))
        case CourierKnown():
            return at_step(state, step)


def _after_confirmed(
    state: KioskState,
    step: ConfirmHandOver,
    effect: DepositEffect,
    result: DepositTaken | CourierKnown | EffectRefused,
    now: KioskTime,
) -> KioskState:
    match result:
        case CourierKnown():
            return at_step(state, replace(step, typed="", error=ErrorMessage("dropoff.wrong_pin")))
        case EffectRefused(reason=RefusalReason.THROTTLED, retry_after=retry_after):
            error = ErrorMessage.of(RefusalReason.THROTTLED, retry_after, now.seconds)
            return at_step(state, replace(step, typed="", error=replace(error, key="dropoff.throttled")))
        case _:
            return after_deposit(replace(state, step=step.previous), effect, result, now)


def _door(effect: DepositEffect, taken: DepositTaken, now: KioskTime) -> DepositDoor:
    return DepositDoor(
        taken.deposit,
        taken.parcel,
        taken.compartment,
        effect.tracking,
        effect.recipient,
        effect.consent,
        since=now.seconds,
        at=now.utc,
    )


def _once_more(state: KioskState, step: DepositDoor, courier: SignedInCourier, locker: LockerState) -> DepositEffect:
    """The same deposit at another door: what is cold, liquid or signed for is so there too."""
    parcel = locker.site.parcels.get(step.parcel)
    flags = () if parcel is None else tuple(sorted(parcel.flags))
    again = DepositEffect(
        *(step.tracking, step.recipient, locker.site.compartments[step.compartment].size, step.consent, courier),
        flags=flags,
        confirmed=not hand_over.SIGNED_FOR.isdisjoint(flags),
        weight_g=hand_over.weight_of(state, step.tracking),
    )
    shipment = state.shipment
    if shipment is None or step.parcel not in shipment.parcels:
        return again
    which = shipment.parcels.index(step.parcel) + 1
    return replace(again, pieces=shipment.pieces, mark=shipment.mark, piece=which)


def after_elsewhere(
    state: KioskState, effect: ElsewhereEffect, result: DepositTaken | EffectRefused, now: KioskTime
) -> KioskState:
    """The door that was not empty stays for staff; another one is ordered, or there is none."""
    step = state.step
    if not isinstance(step, DepositDoor):
        return state
    match result:
        case DepositTaken():
            door = replace(_door(effect.again, result, now), full_door=step.compartment)
            return at_step(pieces.after_deposit(state, effect.again, result), door)
        case EffectRefused(reason=RefusalReason.NOT_NOW):
            return at_step(state, replace(step, error=ErrorMessage("refused.not-now")))
        case EffectRefused():
            return at_step(state, replace(step, intent=DepositIntent.LEAVE))


def _refused(state: KioskState, step: ChooseSize, reason: RefusalReason, error: ErrorMessage) -> KioskState:
    match reason:
        case RefusalReason.CONSENT_NEEDED if step.consent is None and step.recipient.consent is None:
            return at_step(state, AskConsent(step.tracking, step.recipient))
        case RefusalReason.CONSENT_NEEDED:
            return at_step(state, NoConsent(step.tracking, step.recipient, NoDoor.NEVER))
        case RefusalReason.IN_PERSON_ONLY:
            return at_step(state, NoConsent(step.tracking, step.recipient, NoDoor.IN_PERSON))
        case RefusalReason.DUPLICATE_TRACKING:
            return at_step(state, ScanLabel(error))
        case RefusalReason.UNKNOWN_RECIPIENT:
            return at_step(state, ChooseRecipient(step.tracking, error=error))
        case _:
            return at_step(state, replace(step, error=error))


def after_change(
    state: KioskState, effect: ChangeEffect, result: DepositTaken | EffectRefused, now: KioskTime
) -> KioskState:
    """The deposit stands otherwise, or why not. The switch says the rest."""
    step = state.step
    match step:
        case ChooseSize(door=DepositDoor() as door):
            return _after_resize(state, step, door, result, now)
        case DepositDoor():
            return _after_change_at_door(state, step, effect, result, now)
        case _:
            return state


def _after_resize(
    state: KioskState, step: ChooseSize, door: DepositDoor, result: DepositTaken | EffectRefused, now: KioskTime
) -> KioskState:
    match result:
        case EffectRefused(reason=RefusalReason.NOT_NOW):
            return at_step(state, replace(door, error=ErrorMessage("refused.not-now")))
        case EffectRefused(reason=reason, retry_after=retry_after):
            return at_step(state, replace(step, error=ErrorMessage.of(reason, retry_after, now.seconds)))
        case DepositTaken(compartment=compartment):
            left = door.compartment if door.phase is DoorPhase.OPEN else ""
            moved = replace(
                door,
                compartment=compartment,
                phase=DoorPhase.ORDERED,
                since=now.seconds,
                at=now.utc,
                moved_from=left,
                error=None,
                reported_stuck=False,
            )
            return at_step(state, moved)
        case _:
            assert_never(result)


def _after_change_at_door(
    state: KioskState, step: DepositDoor, effect: ChangeEffect, result: DepositTaken | EffectRefused, now: KioskTime
) -> KioskState:
    if isinstance(result, DepositTaken):
        return at_step(state, step)
    intent = DepositIntent.STORE if effect.cancel else step.intent
    error = ErrorMessage.of(result.reason, result.retry_after, now.seconds)
    if not effect.cancel and step.phase is DoorPhase.ORDERED:
        return at_step(state, replace(step, intent=intent))
    return at_step(state, replace(step, intent=intent, error=error))
