"""Who drops off: company and PIN, and the terms that they accept. Pure."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from api.kiosk.courier.messages import BadgeEffect, BadgeKnown, CourierKnown, SignInEffect, TermsEffect, WordKept
from api.kiosk.courier.steps import AcceptTerms, ScanLabel, SignIn
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
LINES_SHOWN, LINES_SHOWN_LARGE = 6, 3


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


def accept_terms(state: KioskState, step: AcceptTerms, touched: Touched, locker: LockerState) -> Transition | None:
    """Line by line; who does not accept leaves, with nothing put in."""
    last = step.page + 1 >= pages_of_terms(state, locker)
    match touched.act:
        case "page" if not last:
            return go_to(state, replace(step, page=step.page + 1))
        case "accept" if last and state.courier is not None:
            return go_to(state, step, TermsEffect(state.courier, step.version))
        case "back" if step.page:
            return go_to(state, replace(step, page=step.page - 1))
        case "back":
            return leave(state), None
        case _:
            return None


def lines_of_terms(state: KioskState, locker: LockerState) -> tuple[str, ...]:
    """The lines in the language of the screen, else in the first in which somebody wrote."""
    return locker.terms.get(state.language) or next(iter(locker.terms.values()), ())


def pages_of_terms(state: KioskState, locker: LockerState) -> int:
    """How many screens they fill."""
    return max(1, ceil(len(lines_of_terms(state, locker)) / lines_shown(state)))


def lines_shown(state: KioskState) -> int:
    """How many lines of the terms one screen holds."""
    return LINES_SHOWN_LARGE if state.display.large else LINES_SHOWN


def after_terms(state: KioskState, result: WordKept | EffectRefused, now: KioskTime) -> KioskState:
    """Accepted, and kept: the round begins."""
    step = state.step
    if not isinstance(step, AcceptTerms):
        return state
    if isinstance(result, EffectRefused):
        return at_step(state, replace(step, error=ErrorMessage.of(result.reason, result.retry_after, now.seconds)))
    return at_step(state, ScanLabel())


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
    begin = AcceptTerms(result.terms) if result.terms else ScanLabel()
    return replace(
        at_step(state, door or begin),
        courier=result.courier,
        stored_parcels=result.stored,
        fetched=result.fetched,
        proved_at=now.seconds,
    )
