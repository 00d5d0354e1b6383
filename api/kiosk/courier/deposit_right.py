"""Somebody without an account shows their carrier's right: they put in what it says, and nothing comes out. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from api.kiosk.courier import label
from api.kiosk.courier.messages import LabelEffect, RightEffect, RightKnown
from api.kiosk.courier.right_terms import right_of
from api.kiosk.courier.steps import ScanLabel, SignIn
from api.kiosk.messages import EffectRefused
from api.kiosk.transitions import Transition, at_step, go_to
from api.kiosk.values import ErrorMessage, KioskTime, LockerState
from locker.core.reasons import RefusalReason
from locker.labels import codes_in
from locker.services.rights import is_deposit_right

if TYPE_CHECKING:
    from api.kiosk.state import KioskState


def right_in(scan: str) -> str | None:
    """What claims to be a right among the codes in view; None when nothing does."""
    return next((code.text for code in codes_in(scan) if is_deposit_right(code.text)), None)


def right_shown(state: KioskState, text: str, locker: LockerState) -> Transition:
    """A right is shown where nobody is signed in, or behind another one: its courier has one for each parcel."""
    if state.courier is not None:
        return go_to(state, ScanLabel(), RightEffect(text))
    step = state.step if isinstance(state.step, SignIn) else _sign_in(locker)
    return go_to(state, replace(step, error=None), RightEffect(text))


def _sign_in(locker: LockerState) -> SignIn:
    return SignIn(locker.companies[0] if len(locker.companies) == 1 else "")


def after_right(
    state: KioskState, result: RightKnown | EffectRefused, locker: LockerState, now: KioskTime
) -> KioskState:
    """On to the label, or to the size where the right says which parcel it is; or why it puts nothing in."""
    if isinstance(result, EffectRefused):
        return _refused(state, result, now)
    before = state.courier
    people = () if result.courier.right is None else result.courier.right.people
    shown = replace(state, courier=result.courier, shipment=None, weighed=None, recent=people)
    if before is None or before.id != result.courier.id:
        shown = replace(shown, stored_parcels=(), fetched=())
    if result.door is not None:
        return at_step(shown, replace(result.door, since=now.seconds, at=now.utc))
    right = right_of(shown)
    if result.label is None or right is None:
        return at_step(shown, ScanLabel())
    effect = LabelEffect(right.tracking, result.courier.company)
    return label.after_label(at_step(shown, ScanLabel()), effect, result.label, locker)


def _refused(state: KioskState, result: EffectRefused, now: KioskTime) -> KioskState:
    error = ErrorMessage.of(result.reason, result.retry_after, now.seconds)
    if result.reason is RefusalReason.THROTTLED:
        error = replace(error, key="dropoff.throttled")
    step = state.step
    return at_step(state, replace(step, error=error) if isinstance(step, SignIn | ScanLabel) else step)


def was_refused(step: SignIn) -> bool:
    """True while this screen says why a right puts nothing in; a touch leads on to the PIN."""
    return step.error is not None and step.error.key.partition(".")[2].startswith("right-")
