"""Taking parcels out, door by door: overdue ones back to the sender, residents' own along with this carrier. Pure.

One door is open at a time. Each parcel is proved by its label at the open door and taken when the door is seen shut;
what is not in there is looked for by staff, and what is passed over stays as it was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from api.kiosk.courier.fetch_steps import ConfirmFetch, FetchDoor, FetchKind, FetchList, WeighParcel
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
from api.kiosk.courier.steps import ScanLabel
from api.kiosk.door_status import unit_of
from api.kiosk.messages import EffectRefused, EffectResult, Touched
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
from api.kiosk.values import DoorPhase, ErrorMessage, KioskTime, LockerState
from locker.core.model import Direction, ParcelState, Use
from locker.core.parcels.custody import held
from locker.core.reasons import RefusalReason
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from api.kiosk.state import KioskState
    from locker.core.model import Parcel, Site

PROOF_SECONDS = 60.0
"""So long after a PIN, or the last touch of this walk, no further PIN is asked for the next door."""
HEAVIEST_DIGITS = 5


def waiting(kind: FetchKind, company: str, site: Site, passed: tuple[str, ...] = ()) -> list[Parcel]:
    """The parcels of this company that may be taken out now, in the order of their doors."""

    def meant(parcel: Parcel) -> bool:
        there = site.compartments.get(parcel.compartment)
        if parcel.state is not ParcelState.STORED or folded_name(parcel.company) != folded_name(company):
            return False
        if there is None or there.use is not Use.LOADED or held(site, parcel):
            return False
        if kind is FetchKind.OUTBOUND:
            return parcel.direction is Direction.OUT
        return parcel.direction is Direction.IN and parcel.overdue

    order = {name: at for at, name in enumerate(site.compartments)}
    found = [one for one in site.parcels.values() if one.id not in passed and meant(one)]
    return sorted(found, key=lambda one: (order[one.compartment], one.id))


def begin(state: KioskState, kind: FetchKind, now: KioskTime) -> Transition:
    """To the list, after a PIN where none was said just now."""
    return go_to(state, FetchList(kind) if _proved(state, now) else ConfirmFetch(kind))


def _proved(state: KioskState, now: KioskTime) -> bool:
    return state.proved_at is not None and now.seconds <= state.proved_at + PROOF_SECONDS


def confirm_fetch(state: KioskState, step: ConfirmFetch, touched: Touched, now: KioskTime) -> Transition | None:
    """The PIN is being typed once more."""
    text = text_after_key(step.typed, touched.act, touched.value, longest=PIN_LONGEST, keys=DIGITS)
    if text is not None:
        return go_to(state, replace(step, typed=text, error=pending(step.error, now)))
    match touched.act:
        case "open" if state.courier is not None and fetch_confirmed(step) and not must_wait(step.error, now):
            return go_to(state, step, ConfirmEffect(state.courier, step.typed))
        case "open":
            return go_to(state, step)
        case "back":
            return go_to(state, ScanLabel())
        case _:
            return None


def fetch_confirmed(step: ConfirmFetch) -> bool:
    """True when the PIN may be tried."""
    return len(step.typed) >= PIN_SHORTEST


def after_confirm(state: KioskState, result: CourierKnown | EffectRefused, now: KioskTime) -> KioskState:
    """The PIN fits, or not."""
    step = state.step
    if not isinstance(step, ConfirmFetch):
        return state
    match result:
        case CourierKnown(courier=None):
            return at_step(state, replace(step, typed="", error=ErrorMessage("dropoff.wrong_pin")))
        case CourierKnown():
            return replace(at_step(state, FetchList(step.kind)), proved_at=now.seconds)
        case EffectRefused(reason=reason, retry_after=retry_after):
            error = ErrorMessage.of(reason, retry_after, now.seconds)
            if reason is RefusalReason.THROTTLED:
                error = replace(error, key="dropoff.throttled")
            return at_step(state, replace(step, typed="", error=error))


def fetch_list(
    state: KioskState, step: FetchList, touched: Touched, locker: LockerState, now: KioskTime
) -> Transition | None:
    """What is to be taken out: open the next door, pass it over, or leave the rest."""
    if state.courier is None:
        return None
    first = next(iter(waiting(step.kind, state.courier.company, locker.site, step.passed)), None)
    match touched.act:
        case "fetch" if not _proved(state, now):
            return go_to(state, ConfirmFetch(step.kind))
        case "fetch" if first is not None:
            effect = FetchEffect(step.kind, first.id, state.courier)
            return go_to(replace(state, proved_at=now.seconds), replace(step, error=None), effect)
        case "skip" if first is not None:
            return go_to(state, replace(step, passed=(*step.passed, first.id), error=None))
        case "next":
            return go_to(state, ScanLabel())
        case _:
            return None


def after_fetch(
    state: KioskState, effect: FetchEffect, result: FetchOrdered | EffectRefused, locker: LockerState, now: KioskTime
) -> KioskState:
    """The door is ordered, or why not: then this one is passed over, and the walk goes on."""
    step = state.step
    if not isinstance(step, FetchList):
        return state
    match result:
        case FetchOrdered():
            door = FetchDoor(
                effect.kind,
                effect.parcel,
                result.compartment,
                unit_of(locker.site, effect.parcel),
                result.pickup,
                result.declared_g,
                step.passed,
                since=now.seconds,
                at=now.utc,
            )
            return at_step(state, door)
        case EffectRefused(reason=reason, retry_after=retry_after):
            error = ErrorMessage.of(reason, retry_after, now.seconds)
            again = reason is RefusalReason.THROTTLED or retry_after is not None
            passed = step.passed if again else (*step.passed, effect.parcel)
            return at_step(state, replace(step, passed=passed, error=error))


def fetch_door(
    state: KioskState, step: FetchDoor, touched: Touched, locker: LockerState, now: KioskTime
) -> Transition | None:
    """At the open door the parcel is taken, is left, or is not there; at the shut one the walk goes on."""
    if state.courier is None:
        return None
    here = step.phase is DoorPhase.OPEN
    match touched.act:
        case "missing" | "keep" if here and not step.keeps and not (touched.act == "missing" and step.scanned):
            return go_to(state, step, LeaveEffect(step, state.courier, missing=touched.act == "missing"))
        case "weigh" if may_weigh(step):
            return go_to(replace(state, proved_at=now.seconds), WeighParcel(step))
        case "fetch" if done_here(step):
            return fetch_list(state, FetchList(step.kind, passed(step)), touched, locker, now)
        case "next" if done_here(step):
            return go_to(state, ScanLabel())
        case _:
            return None


def may_weigh(step: FetchDoor) -> bool:
    """True while an outbound parcel is in the courier's hands and not weighed."""
    taken = step.phase is DoorPhase.SHUT or (step.phase is DoorPhase.OPEN and not step.keeps)
    return step.kind is FetchKind.OUTBOUND and taken and not step.checked


def done_here(step: FetchDoor) -> bool:
    """True when the door is shut and all is said of its parcel."""
    return step.phase not in {DoorPhase.ORDERED, DoorPhase.OPEN} and not may_weigh(step)


def passed(step: FetchDoor) -> tuple[str, ...]:
    """What was not taken here is not asked for again in this walk."""
    return step.passed if step.phase is DoorPhase.SHUT else (*step.passed, step.parcel)


def label_shown(state: KioskState, step: FetchDoor, text: str) -> Transition | None:
    """A label was read at the door, or right after it: it proves what was taken."""
    if step.scanned or step.keeps or step.phase not in {DoorPhase.OPEN, DoorPhase.SHUT}:
        return None
    return go_to(state, replace(step, error=None), ProveEffect(step.parcel, text))


def after_prove(state: KioskState, result: LabelProved | EffectRefused) -> KioskState:
    """It is this parcel's label, or another one; what goes out is weighed next."""
    step = state.step
    if not isinstance(step, FetchDoor):
        return state
    match result:
        case LabelProved(fits=True, number=number):
            proved = replace(step, scanned=number)
            return at_step(state, WeighParcel(proved) if may_weigh(proved) else proved)
        case LabelProved(number=""):
            return at_step(state, replace(step, error=ErrorMessage("dropoff.no_label")))
        case _:
            return at_step(state, replace(step, error=ErrorMessage("fetch.other_label")))


def after_leave(state: KioskState, result: FetchSettled | EffectRefused, now: KioskTime) -> KioskState:
    """It stays, or staff look for it; refused when the door was shut meanwhile."""
    step = state.step
    if not isinstance(step, FetchDoor):
        return state
    match result:
        case FetchSettled():
            return at_step(state, replace(step, keeps=True, error=None))
        case EffectRefused(reason=reason, retry_after=retry_after):
            return at_step(state, replace(step, error=ErrorMessage.of(reason, retry_after, now.seconds)))


def weigh_parcel(state: KioskState, step: WeighParcel, touched: Touched) -> Transition | None:
    """The weight is typed in grams; what nobody can weigh is taken over without."""
    text = text_after_key(step.typed, touched.act, touched.value, longest=HEAVIEST_DIGITS, keys=DIGITS)
    if text is not None:
        return go_to(state, replace(step, typed=text.lstrip("0"), error=None))
    if state.courier is None:
        return None
    match touched.act:
        case "takeover" if step.typed:
            return go_to(state, step, HandOverEffect(step.door, state.courier, int(step.typed)))
        case "unweighed" if not step.typed:
            return go_to(state, step, HandOverEffect(step.door, state.courier, None))
        case "keep" if step.door.phase is DoorPhase.OPEN:
            return go_to(state, step.door, LeaveEffect(step.door, state.courier, missing=False))
        case "back":
            return go_to(state, step.door)
        case _:
            return None


def after_hand_over(state: KioskState, result: FetchSettled | EffectRefused, now: KioskTime) -> KioskState:
    """It is the courier's now."""
    step = state.step
    if not isinstance(step, WeighParcel):
        return state
    match result:
        case FetchSettled():
            return at_step(state, replace(step.door, checked=True, error=None))
        case EffectRefused(reason=reason, retry_after=retry_after):
            return at_step(state, replace(step, error=ErrorMessage.of(reason, retry_after, now.seconds)))


def after_result(
    state: KioskState, effect: TakeOutEffect, result: EffectResult, locker: LockerState, now: KioskTime
) -> KioskState:
    """What the result of an effect of these screens leads to. Raises ValueError for a result of another effect."""
    match effect, result:
        case ConfirmEffect(), CourierKnown() | EffectRefused():
            return after_confirm(state, result, now)
        case FetchEffect(), FetchOrdered() | EffectRefused():
            return after_fetch(state, effect, result, locker, now)
        case ProveEffect(), LabelProved() | EffectRefused():
            return after_prove(state, result)
        case LeaveEffect(), FetchSettled() | EffectRefused():
            return after_leave(state, result, now)
        case HandOverEffect(), FetchSettled() | EffectRefused():
            return after_hand_over(state, result, now)
        case _:
            raise ValueError(f"{type(result).__name__} is no result of {type(effect).__name__}")
