"""A code that was lost: unit, end of the phone, and a new one is on its way, if a parcel waits. Pure.

Everyone is told the same, whether unit and phone belong together or not, and it can be asked once in two minutes.
"""

from __future__ import annotations

from dataclasses import replace

from api.kiosk.collect import TAIL_DIGITS, UNIT_LONGEST
from api.kiosk.collect_steps import CodeAsked, Keypad, LostCode, NoCode
from api.kiosk.messages import EffectRefused, LostCodeEffect, NoteRecorded, Touched
from api.kiosk.state import KioskState
from api.kiosk.transitions import DIGITS, LETTERS, Transition, at_step, go_to, leave, must_wait, pending, text_after_key
from api.kiosk.values import ErrorMessage, KioskTime

AGAIN_AFTER_SECONDS = 120.0


def lost_code(state: KioskState, step: LostCode, touched: Touched, now: KioskTime) -> Transition | None:
    """The unit is typed, then the end of the phone."""
    longest, keys = (TAIL_DIGITS, DIGITS) if step.unit else (UNIT_LONGEST, DIGITS + LETTERS)
    text = text_after_key(step.typed, touched.act, touched.value, longest=longest, keys=keys)
    if text is not None:
        return go_to(state, replace(step, typed=text, error=pending(step.error, now)))
    match touched.act:
        case "continue" if lost_complete(step) and not step.unit:
            return go_to(state, LostCode(unit=step.typed))
        case "continue" if lost_complete(step) and not must_wait(step.error, now):
            until = None if state.code_asked is None else state.code_asked + AGAIN_AFTER_SECONDS
            if until is not None and now.seconds < until:
                return go_to(state, replace(step, error=ErrorMessage("lost.again_in", until)))
            return go_to(state, step, LostCodeEffect(step.unit, step.typed))
        case "continue":
            return go_to(state, step)
        case "back" if step.unit:
            return go_to(state, LostCode(step.unit))
        case "back":
            return go_to(state, NoCode())
        case _:
            return None


def lost_complete(step: LostCode) -> bool:
    """True when it may go on."""
    return len(step.typed) == TAIL_DIGITS if step.unit else bool(step.typed)


def code_asked(state: KioskState, touched: Touched) -> Transition | None:
    """It is on its way, if there is any."""
    match touched.act:
        case "back":
            return go_to(state, Keypad())
        case "finish":
            return leave(state), None
        case _:
            return None


def after_lost_code(state: KioskState, result: NoteRecorded | EffectRefused, now: KioskTime) -> KioskState:
    """The same to everyone; only a locker that records nothing says so."""
    step = state.step
    if not isinstance(step, LostCode):
        return state
    if isinstance(result, EffectRefused):
        return at_step(state, replace(step, error=ErrorMessage("help.not_called")))
    return replace(at_step(state, CodeAsked(now.utc)), code_asked=now.seconds)
