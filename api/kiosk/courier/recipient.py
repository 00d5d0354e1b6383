"""Who the parcel is for, and whether they agreed to the locker. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from api.kiosk.courier.messages import ContactEffect, DeskEffect, ResidentsFound, SearchEffect, WordKept
from api.kiosk.courier.parcel_check import take_along
from api.kiosk.courier.steps import (
    AskConsent,
    ChooseRecipient,
    ChooseSize,
    NoAnswer,
    NoConsent,
    NoDoor,
    ScanLabel,
    Unlisted,
)
from api.kiosk.messages import EffectRefused, Touched
from api.kiosk.state import KioskState
from api.kiosk.transitions import DIGITS, Transition, at_step, go_to, text_after_key
from api.kiosk.values import ErrorMessage, LockerState, MaskedResident
from locker.core.model import Consent, Flag
from locker.core.parcel_words import ContactAnswer
from locker.services.people import keypad_digits

SEARCH_LONGEST = 11
"""A whole Chinese phone number; mostly three or four keys are enough."""


def choose_recipient(
    state: KioskState, step: ChooseRecipient, touched: Touched, locker: LockerState
) -> Transition | None:
    """Who the parcel is for."""
    text = text_after_key(step.typed, touched.act, touched.value, longest=SEARCH_LONGEST, keys=DIGITS)
    if text is not None:
        cleared = replace(step, typed=text, error=None, matches=step.matches if text else (), more=0)
        return go_to(state, cleared, SearchEffect(text) if text else None)
    match touched.act:
        case "choose":
            chosen = next((each for each in offered(state, step) if each.id == touched.value), None)
            return None if chosen is None else recipient_chosen(state, ChooseSize(step.tracking, chosen), locker)
        case "unlisted":
            return go_to(state, Unlisted(step))
        case "back":
            return go_to(state, ScanLabel())
        case _:
            return None


def offered(state: KioskState, step: ChooseRecipient) -> tuple[MaskedResident, ...]:
    """Who is offered: who fits what was typed; before a key is touched, for whom something was just brought."""
    return step.matches if step.typed else state.recent


def recipient_chosen(state: KioskState, chosen: ChooseSize, locker: LockerState) -> Transition:
    """On to what this resident agreed to, then to the size."""
    recipient = chosen.recipient
    if recipient.in_person or Flag.IN_PERSON in chosen.flags:
        return go_to(state, NoConsent(chosen.tracking, recipient, NoDoor.IN_PERSON))
    if recipient.consent is False:
        return go_to(state, NoConsent(chosen.tracking, recipient, NoDoor.NEVER))
    if recipient.consent is None and chosen.consent is None and locker.site.policy.ask_consent:
        return go_to(state, AskConsent(chosen.tracking, recipient, chosen.announced, chosen.flags))
    return go_to(state, chosen)


def unlisted(state: KioskState, step: Unlisted, touched: Touched, locker: LockerState) -> Transition | None:
    """The recipient is not in the list: the desk takes it in, where staff allow that, or it goes along."""
    match touched.act:
        case "desk" if locker.takes_unknown:
            return go_to(state, replace(step, error=None), DeskEffect())
        case "back":
            return go_to(state, step.previous)
        case "next":
            return take_along(state)
        case _:
            return None


def after_desk(state: KioskState, result: ResidentsFound | EffectRefused, locker: LockerState) -> KioskState:
    """On to the size, for the desk; where nobody takes it in it goes along."""
    step = state.step
    if not isinstance(step, Unlisted):
        return state
    if isinstance(result, EffectRefused):
        return at_step(state, replace(step, error=ErrorMessage("dropoff.desk_not")))
    return recipient_chosen(state, ChooseSize(step.previous.tracking, result.matches[0]), locker)[0]


def ask_consent(state: KioskState, step: AskConsent, touched: Touched) -> Transition | None:
    """The resident must have agreed: by the label, or on the phone just now, and each call is kept."""
    match touched.act:
        case "consent" if touched.value == Consent.ADDRESSED:
            return go_to(state, _agreed(step, Consent.ADDRESSED))
        case "consent" if touched.value == Consent.GIVEN:
            return _called(state, step, ContactAnswer.YES)
        case "noconsent":
            return _called(state, step, ContactAnswer.NO)
        case "noanswer":
            return _called(state, step, ContactAnswer.NONE)
        case "back":
            return go_to(state, ChooseRecipient(step.tracking))
        case _:
            return None


def _called(state: KioskState, step: AskConsent, answer: ContactAnswer) -> Transition | None:
    if state.courier is None:
        return None
    return go_to(state, step, ContactEffect(state.courier, step.recipient.id, step.tracking, answer))


def _agreed(step: AskConsent, consent: Consent) -> ChooseSize:
    return ChooseSize(step.tracking, step.recipient, consent, announced=step.announced, flags=step.flags)


def after_contact(state: KioskState, effect: ContactEffect, result: WordKept | EffectRefused) -> KioskState:
    """With a yes the door may open; without an answer there are other ways; what cannot be kept is no yes."""
    step = state.step
    if not isinstance(step, AskConsent) or isinstance(result, EffectRefused):
        return state
    match effect.answer:
        case ContactAnswer.YES:
            return at_step(state, _agreed(step, Consent.GIVEN))
        case ContactAnswer.NO:
            return at_step(state, NoConsent(step.tracking, step.recipient, NoDoor.REFUSED, step))
        case ContactAnswer.NONE:
            return at_step(state, NoAnswer(replace(step, tried=(*step.tried, result.at))))
        case _:
            assert_never(effect.answer)


def no_answer(state: KioskState, step: NoAnswer, touched: Touched) -> Transition | None:
    """A missing yes is no dead end and no yes: call once more, or take it along."""
    match touched.act:
        case "again" | "back":
            return go_to(state, step.ask)
        case "next":
            return take_along(state)
        case _:
            return None


def no_consent(state: KioskState, step: NoConsent, touched: Touched) -> Transition | None:
    """No door opens for this one."""
    match touched.act:
        case "back":
            return go_to(state, step.ask or ChooseRecipient(step.tracking))
        case "next":
            return take_along(state)
        case _:
            return None


def after_search(state: KioskState, result: ResidentsFound | EffectRefused, locker: LockerState) -> KioskState:
    """Who fits what was typed; the only one is chosen. The result for something typed earlier says nothing."""
    step = state.step
    if not isinstance(step, ChooseRecipient):
        return state
    if isinstance(result, EffectRefused) or result.typed != step.typed:
        return at_step(state, step)
    found = replace(step, matches=result.matches, more=result.more)
    if len(result.matches) == 1 and named_by(step.typed, result.matches[0]):
        return recipient_chosen(state, ChooseSize(found.tracking, result.matches[0]), locker)[0]
    return at_step(state, found)


def named_by(typed: str, resident: MaskedResident) -> bool:
    """True when these keys say who it is: the whole unit, or the whole end of the phone, not a beginning."""
    return typed in {keypad_digits(resident.unit), resident.phone_end}
