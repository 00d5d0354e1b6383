"""Who drops off: company and PIN. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from api.kiosk.courier.messages import BadgeEffect, BadgeKnown, CourierKnown, SignInEffect
from api.kiosk.courier.steps import ScanLabel, SignIn
from api.kiosk.messages import EffectRefused, Touched
from api.kiosk.transitions import (
    DIGITS,
    PIN_LONGEST,
    PIN_SHORTEST,
    Transition,
    at_step,
    go_to,
    leave,
    must_wait,
    pending,
    text_after_key,
)
from api.kiosk.values import ErrorMessage, KioskTime, LockerState
from locker.core.reasons import RefusalReason

if TYPE_CHECKING:
    from api.kiosk.state import KioskState

COMPANIES_SHOWN = 6


def sign_in(
    state: KioskState, step: SignIn, touched: Touched, locker: LockerState, now: KioskTime
) -> Transition | None:
    """Company and PIN."""
    text = text_after_key(step.typed, touched.act, touched.value, longest=PIN_LONGEST, keys=DIGITS)
    if text is not None:
        return go_to(state, replace(step, typed=text, error=pending(step.error, now)))
    match touched.act:
        case "company" if touched.value in locker.companies:
            badge = step.badge if touched.value == step.company else ""
            return go_to(state, replace(step, company=touched.value, badge=badge))
        case "page":
            return go_to(state, replace(step, page=step.page + 1))
        case "signin" if sign_in_complete(step) and not must_wait(step.error, now):
            return go_to(state, step, SignInEffect(step.company, step.typed, step.badge))
        case "signin":
            return go_to(state, step)
        case "back":
            return leave(state), None
        case _:
            return None


def badge_shown(state: KioskState, step: SignIn, text: str) -> Transition:
    """A reader has read something: a badge, or nothing that is known here."""
    return go_to(state, step, BadgeEffect(text))


def after_badge(state: KioskState, result: BadgeKnown | CourierKnown | EffectRefused, now: KioskTime) -> KioskState:
    """The badge signs in, asks for its PIN, or is known to nobody."""
    step = state.step
    if not isinstance(step, SignIn):
        return state
    match result:
        case BadgeKnown(courier=courier):
            return at_step(state, SignIn(courier.company, badge=courier.id))
        case CourierKnown(courier=None):
            return at_step(state, replace(step, error=ErrorMessage("badge.unknown")))
        case _:
            return after_sign_in(state, result, now)


def sign_in_complete(step: SignIn) -> bool:
    """True when it may be tried."""
    return bool(step.company) and len(step.typed) >= PIN_SHORTEST


def after_sign_in(state: KioskState, result: CourierKnown | EffectRefused, now: KioskTime) -> KioskState:
    """The PIN fits, or not."""
    step = state.step
    if not isinstance(step, SignIn):
        return state
    if isinstance(result, EffectRefused):
        error = ErrorMessage.of(result.reason, result.retry_after, now.seconds)
        if result.reason is RefusalReason.THROTTLED:
            error = replace(error, key="dropoff.throttled")
        return at_step(state, replace(step, typed="", error=error))
    if result.courier is None:
        key = "badge.first" if result.badge_first else "dropoff.wrong_pin"
        return at_step(state, replace(step, typed="", error=ErrorMessage(key)))
    door = None if result.door is None else replace(result.door, since=now.seconds, at=now.utc)
    return replace(
        at_step(state, door or ScanLabel()),
        courier=result.courier,
        stored_parcels=result.stored,
        fetched=result.fetched,
        proved_at=now.seconds,
    )
