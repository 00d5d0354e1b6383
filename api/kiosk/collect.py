"""The steps of collecting: a code or a QR, one door, thanks, or what to do instead. Pure.

A step's function bears its name: `keypad` takes a touch at `Keypad`, and `after_pickup` the result of a `PickupEffect`.
"""

from __future__ import annotations

from dataclasses import replace

from api.kiosk.collect_steps import Keypad, LostCode, NoCode, PickupDoor, ReportProblem, SecondItem
from api.kiosk.door_status import reopen_until, retry_at
from api.kiosk.messages import (
    EffectRefused,
    NextEffect,
    PickupEffect,
    PickupOrdered,
    PutBackEffect,
    PutBackNoted,
    RateEffect,
    Touched,
)
from api.kiosk.sending.send_messages import ReturnEffect
from api.kiosk.state import KioskState
from api.kiosk.transitions import DIGITS, LETTERS, Transition, at_step, go_to, leave, must_wait, pending, text_after_key
from api.kiosk.values import DoorPhase, ErrorMessage, KioskTime, LockerState, PresentedCredential
from locker.core.model import Direction, Flag, Parcel, ParcelState, Seen, Use
from locker.core.reasons import RefusalReason
from locker.labels import pickup_token, tracking_number

TAIL_DIGITS = 4
SCORES = ("1", "2", "3", "4", "5")
RATED = frozenset({DoorPhase.SHUT, DoorPhase.OVER})
"""Where a visit has ended well, and may be rated with one touch."""
ASK_FOR_SECOND = frozenset({Flag.INSURED, Flag.IN_PERSON})
UNIT_LONGEST = 16


def keypad(state: KioskState, step: Keypad, touched: Touched, locker: LockerState, now: KioskTime) -> Transition | None:
    """The pickup code is being typed; its last digit opens.

    Codes of before `code_digits` was changed are shorter or longer: of two lengths the longer one opens by itself.
    """
    complete = len(step.typed) in locker.code_lengths
    before = "" if step.rejected and touched.act == "key" and complete else step.typed
    text = text_after_key(before, touched.act, touched.value, longest=max(locker.code_lengths), keys=DIGITS)
    if text is not None:
        typed = Keypad(text, pending(step.error, now))
        last_digit = touched.act == "key" and len(before) < len(text) == max(locker.code_lengths)
        opens = last_digit and not must_wait(step.error, now)
        return go_to(state, typed, PickupEffect(PresentedCredential(code=text)) if opens else None)
    match touched.act:
        case "open" if complete and not must_wait(step.error, now):
            return go_to(state, step, PickupEffect(PresentedCredential(code=step.typed)))
        case "open":
            return go_to(state, step)
        case "lost":
            return go_to(state, NoCode())
        case "back":
            return leave(state), None
        case _:
            return None


def no_code(state: KioskState, touched: Touched) -> Transition | None:
    """What to do without a code."""
    match touched.act:
        case "back":
            return go_to(state, Keypad())
        case "resend":
            return go_to(state, LostCode())
        case "finish":
            return leave(state), None
        case _:
            return None


def second_item(state: KioskState, step: SecondItem, touched: Touched, now: KioskTime) -> Transition | None:
    """One more thing to show."""
    longest, keys = (UNIT_LONGEST, DIGITS + LETTERS) if step.by_unit else (TAIL_DIGITS, DIGITS)
    text = text_after_key(step.typed, touched.act, touched.value, longest=longest, keys=keys)
    if text is not None:
        return go_to(state, replace(step, typed=text, error=pending(step.error, now)))
    match touched.act:
        case "continue" if second_item_complete(step) and not must_wait(step.error, now):
            return go_to(state, step, PickupEffect(PresentedCredential(code=step.code, second=step.typed)))
        case "continue":
            return go_to(state, step)
        case "unit":
            return go_to(state, replace(step, typed="", by_unit=not step.by_unit, error=pending(step.error, now)))
        case "back":
            return go_to(state, Keypad(step.code))
        case _:
            return None


def second_item_complete(step: SecondItem) -> bool:
    """True when the second item may be tried."""
    return bool(step.typed) if step.by_unit else len(step.typed) == TAIL_DIGITS


def code_scanned(state: KioskState, text: str, now: KioskTime) -> Transition | None:
    """A QR was shown. The carrier's code of a booked return leads on; anything else opens nothing, and says so."""
    token = pickup_token(text)
    if token is not None:
        return go_to(state, Keypad(), PickupEffect(PresentedCredential(token=token)))
    step = state.step if isinstance(state.step, Keypad) else Keypad()
    number = tracking_number(text)
    if number is not None and not must_wait(step.error, now):
        return go_to(state, replace(step, error=None, rejected=False), ReturnEffect(number))
    error = pending(step.error, now) or ErrorMessage("collect.not_ours")
    return go_to(state, replace(step, error=error, rejected=False))


def pickup_door(
    state: KioskState, step: PickupDoor, touched: Touched, locker: LockerState, now: KioskTime
) -> Transition | None:
    """At the door: what may be touched depends on what the switch says."""
    ended = step.phase in {
        DoorPhase.SHUT,
        DoorPhase.KEPT,
        DoorPhase.OVER,
        DoorPhase.FAILED,
        DoorPhase.LEFT_OPEN,
        DoorPhase.CHECK,
    }
    match touched.act:
        case "stuck" if step.phase is DoorPhase.ORDERED:
            return go_to(state, replace(step, reported_stuck=True))
        case "again" if may_try_again(step, locker, now) or may_reopen(step, locker, now):
            return go_to(state, replace(step, error=None), PickupEffect(step.credential))
        case "again":
            return go_to(state, step)
        case "putback" if step.phase is DoorPhase.OPEN and step.pickup and not says_put_back(step, locker):
            return go_to(state, step, PutBackEffect(step.pickup, step.parcel))
        case "rate" if step.phase in RATED and touched.value in SCORES:
            return go_to(state, step, RateEffect(step.compartment, int(touched.value)))
        case "nextdoor" if (following := next_parcel(step, locker)) is not None:
            return go_to(state, step, NextEffect(following.id))
        case "report" if step.phase not in {DoorPhase.FAILED, DoorPhase.KEPT}:
            return go_to(state, ReportProblem(step))
        case "finish" if ended:
            return leave(state), None
        case _:
            return None


def may_try_again(step: PickupDoor, locker: LockerState, now: KioskTime) -> bool:
    """True when the door did not open, what should have opened it is still known, and it has not failed too often."""
    known = step.phase is DoorPhase.FAILED and step.credential != PresentedCredential()
    return known and retry_at(locker.site, step.parcel, now.utc) is None


def may_reopen(step: PickupDoor, locker: LockerState, now: KioskTime) -> bool:
    """True while the same code opens the same door again."""
    until = reopen_until(locker.site, step)
    return until is not None and now.utc < until and step.credential != PresentedCredential()


def says_put_back(step: PickupDoor, locker: LockerState) -> bool:
    """True when the resident has said that this parcel stays."""
    visit = locker.site.visits.get(step.compartment)
    return visit is not None and step.parcel in visit.put_back


def next_parcel(step: PickupDoor, locker: LockerState) -> Parcel | None:
    """Another parcel of the same people behind another door, to be opened without another code.

    One that asks for a second item, or is held, waits for its own code.
    """
    if not step.own or step.phase not in {DoorPhase.SHUT, DoorPhase.OVER, DoorPhase.KEPT}:
        return None
    here = locker.site.parcels.get(step.parcel)
    if here is None:
        return None
    ready = [
        each
        for each in locker.site.parcels.values()
        if each.id != step.parcel
        and each.compartment != step.compartment
        and set(each.recipients) == set(here.recipients)
        and each.state is ParcelState.STORED
        and each.direction is Direction.IN
        and not each.held
        and not each.flags & ASK_FOR_SECOND
        and each.compartment in locker.site.compartments
        and locker.site.compartments[each.compartment].use is Use.LOADED
        and locker.site.compartments[each.compartment].seen is Seen.SHUT
    ]
    return min(ready, key=lambda each: each.compartment, default=None)


def after_pickup(
    state: KioskState, effect: PickupEffect, result: PickupOrdered | EffectRefused, now: KioskTime
) -> KioskState:
    """The door is ordered, or why not."""
    match result:
        case PickupOrdered():
            return at_step(state, _door(result, effect.credential, now))
        case EffectRefused(reason=reason, retry_after=retry_after):
            error = ErrorMessage.of(reason, retry_after, now.seconds)
            return _refused(state, effect.credential, reason, error, valuable=result.valuable)


def _door(ordered: PickupOrdered, credential: PresentedCredential, now: KioskTime) -> PickupDoor:
    return PickupDoor(
        ordered.parcel,
        ordered.compartment,
        credential,
        since=now.seconds,
        at=now.utc,
        pickup=ordered.pickup,
        own=ordered.own,
    )


def after_next(state: KioskState, result: PickupOrdered | EffectRefused, now: KioskTime) -> KioskState:
    """The next door is ordered, or why not."""
    step = state.step
    if not isinstance(step, PickupDoor):
        return state
    if isinstance(result, EffectRefused):
        return at_step(state, replace(step, error=ErrorMessage.of(result.reason, result.retry_after, now.seconds)))
    return at_step(state, _door(result, PresentedCredential(), now))


def after_put_back(state: KioskState, result: PutBackNoted | EffectRefused) -> KioskState:
    """The parcel stays once its door is shut."""
    step = state.step
    if isinstance(step, PickupDoor) and isinstance(result, EffectRefused):
        return at_step(state, replace(step, error=ErrorMessage("putback.not_noted")))
    return at_step(state, step)


def _refused(
    state: KioskState,
    credential: PresentedCredential,
    reason: RefusalReason,
    error: ErrorMessage,
    *,
    valuable: bool,
) -> KioskState:
    step = state.step
    if isinstance(step, PickupDoor):
        own = {RefusalReason.NOT_NOW: "door.no_more_tries", RefusalReason.DOOR_UNSEEN: "collect.door_unseen"}
        return at_step(state, replace(step, error=replace(error, key=own.get(reason, error.key))))
    if reason is RefusalReason.SECOND_NEEDED and credential.code is not None:
        return at_step(state, SecondItem(credential.code, valuable=valuable))
    if isinstance(step, SecondItem):
        typed = step.typed if reason is RefusalReason.THROTTLED else ""
        message = ErrorMessage("refused.unknown-second") if reason is RefusalReason.UNKNOWN_CODE else error
        return at_step(state, replace(step, typed=typed, error=message))
    if credential.token is not None and reason is RefusalReason.UNKNOWN_CODE:
        return at_step(state, Keypad(error=ErrorMessage("refused.unknown-token")))
    if reason is RefusalReason.DOOR_UNSEEN:
        error = ErrorMessage("collect.door_unseen")
    return at_step(state, Keypad(credential.code or "", error, rejected=reason is RefusalReason.UNKNOWN_CODE))
