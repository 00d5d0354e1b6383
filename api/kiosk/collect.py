"""Collect: a code or a QR, one door, thanks, or what to do instead. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from api.kiosk.doors import reopen_until
from api.kiosk.moves import DIGITS, LETTERS, leave, to, typed
from api.kiosk.talk import AskNote, AskPickup, Kept, No, Ordered, Touched
from api.kiosk.visit import Keypad, NoCode, Phase, PickupDoor, Report, Reported, Second, Shown, Trouble, Visit, Wrong
from locker.core.messages import Code

if TYPE_CHECKING:
    from api.kiosk.moves import Move
    from api.kiosk.visit import Facts, Moment

TOKEN_START = "PL1."  # noqa: S105  how a QR of ours begins, no secret
TAIL_DIGITS = 4
UNIT_LONGEST = 16


def keypad(visit: Visit, step: Keypad, touch: Touched, facts: Facts, now: Moment) -> Move | None:
    """The pickup code is being typed."""
    digits = facts.site.policy.code_digits
    before = "" if step.wrong and touch.act == "key" and len(step.typed) == digits else step.typed
    text = typed(before, touch.act, touch.value, longest=digits, keys=DIGITS)
    if text is not None:
        trouble = step.trouble if held(step.trouble, now) else None
        return to(visit, Keypad(text, trouble))
    match touch.act:
        case "open" if len(step.typed) == digits and not held(step.trouble, now):
            return to(visit, step, AskPickup(Shown(code=step.typed)))
        case "open":
            return to(visit, step)
        case "lost":
            return to(visit, NoCode())
        case "back":
            return leave(visit), None
        case _:
            return None


def no_code(visit: Visit, touch: Touched) -> Move | None:
    """What to do without a code."""
    match touch.act:
        case "back":
            return to(visit, Keypad())
        case "finish":
            return leave(visit), None
        case _:
            return None


def second(visit: Visit, step: Second, touch: Touched, now: Moment) -> Move | None:
    """One more thing to show."""
    longest, keys = (UNIT_LONGEST, DIGITS + LETTERS) if step.by_unit else (TAIL_DIGITS, DIGITS)
    text = typed(step.typed, touch.act, touch.value, longest=longest, keys=keys)
    if text is not None:
        return to(visit, replace(step, typed=text, trouble=step.trouble if held(step.trouble, now) else None))
    match touch.act:
        case "continue" if second_complete(step) and not held(step.trouble, now):
            return to(visit, step, AskPickup(Shown(code=step.code, second=step.typed)))
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


def scanned(visit: Visit, text: str, now: Moment) -> Move | None:
    """A QR was shown. Anything else that a reader reads here opens nothing, and says so."""
    if text.startswith(TOKEN_START):
        return to(visit, Keypad(), AskPickup(Shown(token=text)))
    step = visit.step if isinstance(visit.step, Keypad) else Keypad()
    trouble = step.trouble if held(step.trouble, now) else Trouble("collect.not_ours")
    return to(visit, replace(step, trouble=trouble, wrong=False))


def at_door(visit: Visit, step: PickupDoor, touch: Touched, facts: Facts, now: Moment) -> Move | None:
    """At the door: what may be touched depends on what the switch says."""
    ended = step.phase in {Phase.SHUT, Phase.OVER, Phase.FAILED, Phase.LEFT_OPEN}
    match touch.act:
        case "stuck" if step.phase is Phase.ORDERED:
            return to(visit, replace(step, asked_why=True))
        case "again" if may_try_again(step) or may_reopen(step, facts, now):
            return to(visit, replace(step, trouble=None), AskPickup(step.shown))
        case "again":
            return to(visit, step)
        case "report" if step.phase is not Phase.FAILED:
            return to(visit, Report(step))
        case "finish" if ended:
            return leave(visit), None
        case _:
            return None


def may_try_again(step: PickupDoor) -> bool:
    """True when the door did not open and what should have opened it is still known."""
    return step.phase is Phase.FAILED and step.shown != Shown()


def may_reopen(step: PickupDoor, facts: Facts, now: Moment) -> bool:
    """True while the same code opens the same door again."""
    until = reopen_until(facts.site, step)
    return until is not None and now.utc < until and step.shown != Shown()


def report(visit: Visit, step: Report, touch: Touched) -> Move | None:
    """What is wrong behind the door."""
    match touch.act:
        case "wrong" if touch.value in set(Wrong):
            return to(visit, step, AskNote(Wrong(touch.value), step.door.compartment))
        case "back":
            return to(visit, step.door)
        case _:
            return None


def reported(visit: Visit, step: Reported, touch: Touched) -> Move | None:
    """It is in the journal; now somebody must be called."""
    match touch.act:
        case "back":
            return to(visit, step.door)
        case "finish":
            return leave(visit), None
        case _:
            return None


def answered(visit: Visit, ask: AskPickup, answer: Ordered | No, now: Moment) -> Visit:
    """The door is ordered, or why not."""
    match answer:
        case Ordered(parcel=parcel, compartment=compartment):
            door = PickupDoor(parcel, compartment, ask.shown, since=now.seconds, at=now.utc)
            return to(visit, door)[0]
        case No(code=code, retry_after=retry_after):
            return _refused(visit, ask.shown, code, Trouble.of(code, retry_after, now.seconds))


def _refused(visit: Visit, shown: Shown, code: Code, trouble: Trouble) -> Visit:
    step = visit.step
    if isinstance(step, PickupDoor):
        words = Trouble("door.no_more_tries") if code is Code.NOT_NOW else trouble
        return to(visit, replace(step, trouble=words))[0]
    if code is Code.SECOND_NEEDED and shown.code is not None:
        return to(visit, Second(shown.code))[0]
    if isinstance(step, Second):
        kept = step.typed if code is Code.THROTTLED else ""
        words = Trouble("refused.unknown-second") if code is Code.UNKNOWN_CODE else trouble
        return to(visit, replace(step, typed=kept, trouble=words))[0]
    if shown.token is not None and code is Code.UNKNOWN_CODE:
        return to(visit, Keypad(trouble=Trouble("refused.unknown-token")))[0]
    return to(visit, Keypad(shown.code or "", trouble, wrong=code is Code.UNKNOWN_CODE))[0]


def noted(visit: Visit, ask: AskNote, answer: Kept | No, now: Moment) -> Visit:
    """The report is in the journal. If it could not be kept, the number to call is all the more needed."""
    if not isinstance(visit.step, Report):
        return visit
    door = visit.step.door
    if isinstance(answer, No):
        return to(visit, replace(door, trouble=Trouble("report.not_kept")))[0]
    return to(visit, Reported(door, ask.wrong, now.utc))[0]


def held(trouble: Trouble | None, now: Moment) -> bool:
    """True while a refusal asks to wait."""
    return trouble is not None and trouble.until is not None and now.seconds < trouble.until
