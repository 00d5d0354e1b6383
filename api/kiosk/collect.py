"""Collect: a code or a QR, one door, thanks, or what to do instead. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from api.kiosk.door_status import reopen_until
from api.kiosk.messages import EffectRefused, NoteEffect, NoteRecorded, PickupEffect, PickupOrdered, Touched
from api.kiosk.state import (
    Keypad,
    KioskState,
    NoCode,
    Phase,
    PickupDoor,
    ProblemReported,
    ReportProblem,
    Second,
    Shown,
    Trouble,
    Wrong,
)
from api.kiosk.transitions import DIGITS, LETTERS, leave, to, typed
from locker.core.reasons import RefusalReason
from locker.vault import is_pickup_token

if TYPE_CHECKING:
    from api.kiosk.state import Facts, KioskTime
    from api.kiosk.transitions import Transition

TAIL_DIGITS = 4
UNIT_LONGEST = 16


def keypad(visit: KioskState, step: Keypad, touch: Touched, facts: Facts, now: KioskTime) -> Transition | None:
    """The pickup code is being typed."""
    digits = facts.site.policy.code_digits
    before = "" if step.wrong and touch.act == "key" and len(step.typed) == digits else step.typed
    text = typed(before, touch.act, touch.value, longest=digits, keys=DIGITS)
    if text is not None:
        trouble = step.trouble if held(step.trouble, now) else None
        return to(visit, Keypad(text, trouble))
    match touch.act:
        case "open" if len(step.typed) == digits and not held(step.trouble, now):
            return to(visit, step, PickupEffect(Shown(code=step.typed)))
        case "open":
            return to(visit, step)
        case "lost":
            return to(visit, NoCode())
        case "back":
            return leave(visit), None
        case _:
            return None


def no_code(visit: KioskState, touch: Touched) -> Transition | None:
    """What to do without a code."""
    match touch.act:
        case "back":
            return to(visit, Keypad())
        case "finish":
            return leave(visit), None
        case _:
            return None


def second(visit: KioskState, step: Second, touch: Touched, now: KioskTime) -> Transition | None:
    """One more thing to show."""
    longest, keys = (UNIT_LONGEST, DIGITS + LETTERS) if step.by_unit else (TAIL_DIGITS, DIGITS)
    text = typed(step.typed, touch.act, touch.value, longest=longest, keys=keys)
    if text is not None:
        return to(visit, replace(step, typed=text, trouble=step.trouble if held(step.trouble, now) else None))
    match touch.act:
        case "continue" if second_complete(step) and not held(step.trouble, now):
            return to(visit, step, PickupEffect(Shown(code=step.code, second=step.typed)))
        case "continue":
            return to(visit, step)
        case "unit":
            return to(visit, Second(step.code, by_unit=not step.by_unit))
        case "back":
            return to(visit, Keypad(step.code))
        case _:
            return None


def second_complete(step: Second) -> bool:
    """True when the second item may be tried."""
    return bool(step.typed) if step.by_unit else len(step.typed) == TAIL_DIGITS


def scanned(visit: KioskState, text: str, now: KioskTime) -> Transition | None:
    """A QR was shown. Anything else that a reader reads here opens nothing, and says so."""
    if is_pickup_token(text):
        return to(visit, Keypad(), PickupEffect(Shown(token=text)))
    step = visit.step if isinstance(visit.step, Keypad) else Keypad()
    trouble = step.trouble if held(step.trouble, now) else Trouble("collect.not_ours")
    return to(visit, replace(step, trouble=trouble, wrong=False))


def at_door(visit: KioskState, step: PickupDoor, touch: Touched, facts: Facts, now: KioskTime) -> Transition | None:
    """At the door: what may be touched depends on what the switch says."""
    ended = step.phase in {Phase.SHUT, Phase.OVER, Phase.FAILED, Phase.LEFT_OPEN}
    match touch.act:
        case "stuck" if step.phase is Phase.ORDERED:
            return to(visit, replace(step, asked_why=True))
        case "again" if may_try_again(step) or may_reopen(step, facts, now):
            return to(visit, replace(step, trouble=None), PickupEffect(step.shown))
        case "again":
            return to(visit, step)
        case "report" if step.phase is not Phase.FAILED:
            return to(visit, ReportProblem(step))
        case "finish" if ended:
            return leave(visit), None
        case _:
            return None


def may_try_again(step: PickupDoor) -> bool:
    """True when the door did not open and what should have opened it is still known."""
    return step.phase is Phase.FAILED and step.shown != Shown()


def may_reopen(step: PickupDoor, facts: Facts, now: KioskTime) -> bool:
    """True while the same code opens the same door again."""
    until = reopen_until(facts.site, step)
    return until is not None and now.utc < until and step.shown != Shown()


def report(visit: KioskState, step: ReportProblem, touch: Touched) -> Transition | None:
    """What is wrong behind the door."""
    match touch.act:
        case "wrong" if touch.value in set(Wrong):
            return to(visit, step, NoteEffect(Wrong(touch.value), step.door.compartment))
        case "back":
            return to(visit, step.door)
        case _:
            return None


def reported(visit: KioskState, step: ProblemReported, touch: Touched) -> Transition | None:
    """It is in the journal; now somebody must be called."""
    match touch.act:
        case "back":
            return to(visit, step.door)
        case "finish":
            return leave(visit), None
        case _:
            return None


def answered(visit: KioskState, ask: PickupEffect, answer: PickupOrdered | EffectRefused, now: KioskTime) -> KioskState:
    """The door is ordered, or why not."""
    match answer:
        case PickupOrdered(parcel=parcel, compartment=compartment):
            door = PickupDoor(parcel, compartment, ask.shown, since=now.seconds, at=now.utc)
            return to(visit, door)[0]
        case EffectRefused(code=code, retry_after=retry_after):
            return _refused(visit, ask.shown, code, Trouble.of(code, retry_after, now.seconds))


def _refused(visit: KioskState, shown: Shown, code: RefusalReason, trouble: Trouble) -> KioskState:
    step = visit.step
    if isinstance(step, PickupDoor):
        words = Trouble("door.no_more_tries") if code is RefusalReason.NOT_NOW else trouble
        return to(visit, replace(step, trouble=words))[0]
    if code is RefusalReason.SECOND_NEEDED and shown.code is not None:
        return to(visit, Second(shown.code))[0]
    if isinstance(step, Second):
        kept = step.typed if code is RefusalReason.THROTTLED else ""
        words = Trouble("refused.unknown-second") if code is RefusalReason.UNKNOWN_CODE else trouble
        return to(visit, replace(step, typed=kept, trouble=words))[0]
    if shown.token is not None and code is RefusalReason.UNKNOWN_CODE:
        return to(visit, Keypad(trouble=Trouble("refused.unknown-token")))[0]
    return to(visit, Keypad(shown.code or "", trouble, wrong=code is RefusalReason.UNKNOWN_CODE))[0]


def noted(visit: KioskState, ask: NoteEffect, answer: NoteRecorded | EffectRefused, now: KioskTime) -> KioskState:
    """The report is in the journal. If it could not be kept, the number to call is all the more needed."""
    if not isinstance(visit.step, ReportProblem):
        return visit
    door = visit.step.door
    if isinstance(answer, EffectRefused):
        return to(visit, replace(door, trouble=Trouble("report.not_kept")))[0]
    return to(visit, ProblemReported(door, ask.wrong, now.utc))[0]


def held(trouble: Trouble | None, now: KioskTime) -> bool:
    """True while a refusal asks to wait."""
    return trouble is not None and trouble.until is not None and now.seconds < trouble.until
