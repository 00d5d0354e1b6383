"""From "send or return" to an agreed booking: what is missing is asked next, nothing is asked twice. Pure.

A step's function bears its name. Every answer goes into the draft; `onward` finds the first that is missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from api.kiosk.messages import Touched
from api.kiosk.sending.packing import CHOSEN, PACKING, Contents, all_ticked
from api.kiosk.sending.send_messages import BookEffect, BringEffect, ReturnEffect, SenderEffect
from api.kiosk.sending.send_steps import (
    ReturnCode,
    SendAgree,
    SendCarrier,
    SendContents,
    SendDraft,
    SendPacking,
    SendSize,
    SendStart,
    SendWeight,
    SendWho,
    SendWorth,
    Worth,
)
from api.kiosk.state import KioskState
from api.kiosk.transitions import (
    DIGITS,
    LETTERS,
    TRACKING_LONGEST,
    Transition,
    go_to,
    leave,
    must_wait,
    pending,
    text_after_key,
)
from api.kiosk.values import ErrorMessage, KioskTime, LockerState
from locker.core.model import Size
from locker.core.parcel_words import OutboundType
from locker.labels import pickup_token, tracking_number

AskedStep: TypeAlias = (
    SendWho | SendContents | SendPacking | SendWeight | SendWorth | SendSize | SendCarrier | SendAgree
)

COIN = 100
"""Smallest coins in a unit of the currency."""
WORTH_DIGITS = 6
WEIGHT_DIGITS = 3
GRAMS_A_TENTH = 100
UNIT_LONGEST, TAIL_DIGITS = 16, 4
CODE_SHORTEST = 4
CARRIERS_SHOWN = 6


# --- what is missing ------------------------------------------------------------------------------


def onward(draft: SendDraft, locker: LockerState) -> AskedStep:
    """The screen of the first thing that is missing; when nothing is, the one that asks for agreement."""
    draft = _filled_in(draft, locker)
    asked: list[tuple[bool, AskedStep]] = [
        (draft.sender is None, SendWho(draft)),
        (draft.contents is None, SendContents(draft)),
        (draft.packed is None, SendPacking(draft)),
        (draft.weight_g is None, SendWeight(draft)),
        (draft.worth is None, SendWorth(draft)),
        (draft.size is None, SendSize(draft)),
        (not draft.carrier, SendCarrier(draft)),
    ]
    if draft.booked:
        return SendPacking(draft)
    if draft.type is OutboundType.RETURN:  # the shop knows weight and worth
        asked = [each for each in asked if not isinstance(each[1], SendWeight | SendWorth)]
    return next((step for missing, step in asked if missing), SendAgree(draft))


def _filled_in(draft: SendDraft, locker: LockerState) -> SendDraft:
    """What need not be asked: the only carrier, and that a return is a return."""
    if len(locker.companies) == 1 and not draft.carrier:
        draft = replace(draft, carrier=locker.companies[0])
    if draft.type is OutboundType.RETURN:
        return replace(draft, contents=Contents.RETURN)
    if draft.contents is not None:
        papers = draft.contents is Contents.DOCUMENT
        return replace(draft, type=OutboundType.DOCUMENT if papers else OutboundType.PARCEL)
    return draft


def back(step: AskedStep, locker: LockerState) -> SendStart | ReturnCode | AskedStep:
    """The screen before: the last thing that was said before this one, to be said anew."""
    draft = step.draft
    begin = ReturnCode(SendDraft(type=OutboundType.RETURN)) if draft.type is OutboundType.RETURN else SendStart()
    if draft.booked:
        return begin
    said: tuple[tuple[type[AskedStep], bool, SendDraft], ...] = (
        (SendCarrier, bool(draft.carrier), replace(draft, carrier="")),
        (SendSize, draft.size is not None, replace(draft, size=None)),
        (SendWorth, draft.worth is not None, replace(draft, worth=None)),
        (SendWeight, draft.weight_g is not None, replace(draft, weight_g=None)),
        (SendPacking, draft.packed is not None, replace(draft, packed=None)),
        (SendContents, draft.contents is not None, replace(draft, contents=None)),
        (SendWho, draft.sender is not None, replace(draft, sender=None)),
    )
    kinds = [kind for kind, _, _ in said]
    earlier = said[kinds.index(type(step)) + 1 :] if type(step) in kinds else said
    for kind, answered, without in earlier:
        if answered and isinstance(before := onward(without, locker), kind):
            return before
    return begin


def _on(state: KioskState, draft: SendDraft, locker: LockerState) -> Transition:
    return go_to(state, onward(draft, locker))


# --- screens --------------------------------------------------------------------------------------


def send_start(state: KioskState, touched: Touched, locker: LockerState) -> Transition | None:
    """A return, or a parcel."""
    match touched.act:
        case "return":
            return go_to(state, ReturnCode(SendDraft(type=OutboundType.RETURN)))
        case "parcel":
            return _on(state, SendDraft(), locker)
        case "back":
            return leave(state), None
        case _:
            return None


def return_code(state: KioskState, step: ReturnCode, touched: Touched) -> Transition | None:
    """The carrier's code of the return."""
    keys = DIGITS + LETTERS
    text = text_after_key(step.typed, touched.act, touched.value, longest=TRACKING_LONGEST, keys=keys)
    if text is not None:
        return go_to(state, replace(step, typed=text, error=None))
    match touched.act:
        case "continue" if code_complete(step):
            return go_to(state, step, ReturnEffect(step.typed))
        case "continue":
            return go_to(state, step)
        case "back":
            return go_to(state, SendStart())
        case _:
            return None


def code_complete(step: ReturnCode) -> bool:
    """True when it could be a carrier's code."""
    return len(step.typed.strip("-")) >= CODE_SHORTEST


def return_scanned(state: KioskState, text: str) -> Transition | None:
    """A label or code of a return was read; what is none says so."""
    number = None if pickup_token(text) is not None else tracking_number(text)
    if number is not None:
        return go_to(state, ReturnCode(SendDraft(type=OutboundType.RETURN), number), ReturnEffect(number))
    error = ErrorMessage("dropoff.no_label")
    return go_to(state, replace(state.step, error=error) if isinstance(state.step, ReturnCode) else SendStart(error))


def send_who(
    state: KioskState, step: SendWho, touched: Touched, locker: LockerState, now: KioskTime
) -> Transition | None:
    """The unit is typed, then the end of the phone."""
    longest, keys = (TAIL_DIGITS, DIGITS) if step.unit else (UNIT_LONGEST, DIGITS + LETTERS)
    text = text_after_key(step.typed, touched.act, touched.value, longest=longest, keys=keys)
    if text is not None:
        return go_to(state, replace(step, typed=text, error=pending(step.error, now)))
    match touched.act:
        case "continue" if who_complete(step) and not step.unit:
            return go_to(state, SendWho(step.draft, unit=step.typed, error=pending(step.error, now)))
        case "continue" if who_complete(step) and not must_wait(step.error, now):
            return go_to(state, step, SenderEffect(step.unit, step.typed))
        case "continue":
            return go_to(state, step)
        case "back" if step.unit:
            return go_to(state, SendWho(step.draft, step.unit, error=pending(step.error, now)))
        case "back":
            return go_to(state, back(step, locker))
        case _:
            return None


def who_complete(step: SendWho) -> bool:
    """True when it may go on."""
    return len(step.typed) == TAIL_DIGITS if step.unit else bool(step.typed)


def send_contents(state: KioskState, step: SendContents, touched: Touched, locker: LockerState) -> Transition | None:
    """What is inside."""
    match touched.act:
        case "contents" if touched.value in set(CHOSEN):
            return _on(state, replace(step.draft, contents=Contents(touched.value)), locker)
        case "back":
            return go_to(state, back(step, locker))
        case _:
            return None


def send_packing(state: KioskState, step: SendPacking, touched: Touched, locker: LockerState) -> Transition | None:
    """All of the list must be ticked; a tick is taken away by another touch."""
    contents = step.draft.contents or Contents.RETURN
    match touched.act:
        case "tick" if touched.value in PACKING[contents]:
            ticked = (*(each for each in step.ticked if each != touched.value),)
            return go_to(
                state, replace(step, ticked=ticked if touched.value in step.ticked else (*ticked, touched.value))
            )
        case "continue" if all_ticked(contents, step.ticked):
            draft = replace(step.draft, packed=step.ticked)
            return go_to(state, step, BringEffect(draft)) if draft.booked else _on(state, draft, locker)
        case "continue":
            return go_to(state, step)
        case "back":
            return go_to(state, back(step, locker))
        case _:
            return None


def send_weight(state: KioskState, step: SendWeight, touched: Touched, locker: LockerState) -> Transition | None:
    """What it weighs, as far as the sender knows: the courier weighs it."""
    text = text_after_key(step.typed, touched.act, touched.value, longest=WEIGHT_DIGITS, keys=DIGITS)
    if text is not None:
        return go_to(state, replace(step, typed=text.lstrip("0")))
    match touched.act:
        case "continue" if step.typed:
            return _on(state, replace(step.draft, weight_g=int(step.typed) * GRAMS_A_TENTH), locker)
        case "continue":
            return go_to(state, step)
        case "back":
            return go_to(state, back(step, locker))
        case _:
            return None


def send_worth(state: KioskState, step: SendWorth, touched: Touched, locker: LockerState) -> Transition | None:
    """What it is worth. Declining insurance is as easy as agreeing to it."""
    text = text_after_key(step.typed, touched.act, touched.value, longest=WORTH_DIGITS, keys=DIGITS)
    if text is not None:
        return go_to(state, replace(step, typed=text.lstrip("0")))
    match touched.act:
        case "insure" if step.typed:
            return _on(state, replace(step.draft, worth=Worth(worth_of(step), insured=True)), locker)
        case "insure":
            return go_to(state, step)
        case "uninsured":
            return _on(state, replace(step.draft, worth=Worth(worth_of(step), insured=False)), locker)
        case "back":
            return go_to(state, back(step, locker))
        case _:
            return None


def worth_of(step: SendWorth) -> int:
    """What is typed, in the smallest coin."""
    return int(step.typed or "0") * COIN


def send_carrier(state: KioskState, step: SendCarrier, touched: Touched, locker: LockerState) -> Transition | None:
    """Which company takes it."""
    match touched.act:
        case "company" if touched.value in locker.companies:
            return _on(state, replace(step.draft, carrier=touched.value), locker)
        case "page":
            return go_to(state, replace(step, page=step.page + 1))
        case "back":
            return go_to(state, back(step, locker))
        case _:
            return None


def send_agree(state: KioskState, step: SendAgree, touched: Touched, locker: LockerState) -> Transition | None:
    """What it costs and what insurance pays is read before a door opens."""
    match touched.act:
        case "agree":
            return go_to(state, replace(step, error=None), BookEffect(step.draft))
        case "back":
            return go_to(state, back(step, locker))
        case _:
            return None


def size_chosen(state: KioskState, step: SendSize, size: Size, locker: LockerState) -> Transition:
    """This size is wanted, and one is free."""
    return _on(state, replace(step.draft, size=size), locker)
