"""The end of a round: expected is stored, or there is a reason; then the receipt. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from api.kiosk.courier.messages import EndRoundEffect, MissingFound, RoundEnded, StaffTold, TellEffect
from api.kiosk.courier.round_steps import CourierWord, ReconcileRound, RoundReceipt, TellStaff
from api.kiosk.courier.steps import ScanLabel
from api.kiosk.transitions import Transition, at_step, go_to, leave
from locker.core.parcel_words import MissingReason

if TYPE_CHECKING:
    from api.kiosk.messages import EffectRefused, Touched
    from api.kiosk.state import KioskState


def finish(state: KioskState) -> Transition:
    """The courier has done: what was announced and did not come is asked for, else the receipt is made."""
    if state.courier is None or state.courier.right is not None:  # no account, no round: the doors are the receipt
        return leave(state), None
    return go_to(state, state.step, EndRoundEffect(state.courier))


def reconcile_round(state: KioskState, step: ReconcileRound, touched: Touched) -> Transition | None:
    """Why this one did not come; one touch says it of all the rest."""
    match touched.act:
        case "why" if touched.value in set(MissingReason):
            return _explained(state, step, (*step.reasons, MissingReason(touched.value)))
        case "noneaboard":
            rest = len(step.missing) - len(step.reasons)
            return _explained(state, step, (*step.reasons, *([MissingReason.NOT_ABOARD] * rest)))
        case "back" if step.reasons:
            return go_to(state, replace(step, reasons=step.reasons[:-1]))
        case "back":
            return go_to(state, ScanLabel())
        case _:
            return None


def _explained(state: KioskState, step: ReconcileRound, reasons: tuple[MissingReason, ...]) -> Transition:
    told = replace(step, reasons=reasons)
    if len(reasons) < len(step.missing) or state.courier is None:
        return go_to(state, told)
    why = tuple((one.parcel, reason) for one, reason in zip(step.missing, reasons, strict=True))
    return go_to(state, step, EndRoundEffect(state.courier, why))


def round_receipt(state: KioskState, step: RoundReceipt, touched: Touched) -> Transition | None:
    """The courier keeps the code and goes, or has something to say."""
    match touched.act:
        case "signout":
            return leave(state), None
        case "tell":
            return go_to(state, TellStaff(step))
        case _:
            return None


def tell_staff(state: KioskState, step: TellStaff, touched: Touched) -> Transition | None:
    """One touch tells it, once; then the receipt is there again."""
    match touched.act:
        case "tell" if touched.value in set(CourierWord) and state.courier is not None and not step.case:
            return go_to(state, step, TellEffect(state.courier, CourierWord(touched.value)))
        case "back":
            return go_to(state, step.receipt)
        case _:
            return None


def after_tell(state: KioskState, result: StaffTold | EffectRefused) -> KioskState:
    """Staff have it, or the number to call is all the more needed."""
    step = state.step
    if not isinstance(step, TellStaff):
        return state
    if isinstance(result, StaffTold):
        return at_step(state, replace(step, case=result.case, refused=False))
    return at_step(state, replace(step, refused=True))


def after_end_round(state: KioskState, result: RoundEnded | MissingFound | EffectRefused) -> KioskState:
    """The receipt, or what is still to be explained; who did nothing, or nothing can be recorded of, just goes."""
    match result:
        case MissingFound(missing=missing, counts=counts):
            return at_step(state, ReconcileRound(missing, counts))
        case RoundEnded(receipt=RoundReceipt() as receipt):
            return at_step(state, receipt)
        case _:
            return leave(state)
