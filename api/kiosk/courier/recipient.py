"""Who the parcel is for, and whether they agreed to the locker. Pure."""

from __future__ import annotations

from dataclasses import replace

from api.kiosk.courier.messages import ResidentsFound, SearchEffect
from api.kiosk.courier.steps import AskConsent, ChooseRecipient, ChooseSize, NoConsent, ScanLabel, Unlisted
from api.kiosk.messages import EffectRefused, Touched
from api.kiosk.state import KioskState
from api.kiosk.transitions import DIGITS, Transition, at_step, go_to, text_after_key
from api.kiosk.values import LockerState, MaskedResident
from locker.core.model import Consent, Size
from locker.services.people import keypad_digits

SEARCH_LONGEST = 8


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
            chosen = next((each for each in step.matches if each.id == touched.value), None)
            return None if chosen is None else recipient_chosen(state, step.tracking, chosen, locker)
        case "unlisted":
            return go_to(state, Unlisted(step))
        case "back":
            return go_to(state, ScanLabel())
        case _:
            return None


def recipient_chosen(
    state: KioskState, tracking: str, recipient: MaskedResident, locker: LockerState, announced: Size | None = None
) -> Transition:
    """On to what this resident agreed to, then to the size."""
    if recipient.consent is False:
        return go_to(state, NoConsent(tracking, recipient, never=True))
    if recipient.consent is None and locker.site.policy.ask_consent:
        return go_to(state, AskConsent(tracking, recipient, announced))
    return go_to(state, ChooseSize(tracking, recipient, announced=announced))


def unlisted(state: KioskState, step: Unlisted, touched: Touched) -> Transition | None:
    """The recipient is not in the list."""
    match touched.act:
        case "back":
            return go_to(state, step.previous)
        case "next":
            return go_to(state, ScanLabel())
        case _:
            return None


def ask_consent(state: KioskState, step: AskConsent, touched: Touched) -> Transition | None:
    """The resident must have agreed."""
    match touched.act:
        case "consent" if touched.value in set(Consent):
            return go_to(
                state, ChooseSize(step.tracking, step.recipient, Consent(touched.value), announced=step.announced)
            )
        case "noconsent":
            return go_to(state, NoConsent(step.tracking, step.recipient, never=False))
        case "back":
            return go_to(state, ChooseRecipient(step.tracking))
        case _:
            return None


def no_consent(state: KioskState, step: NoConsent, touched: Touched) -> Transition | None:
    """No door opens for this one."""
    match touched.act:
        case "back" if step.never:
            return go_to(state, ChooseRecipient(step.tracking))
        case "back":
            return go_to(state, AskConsent(step.tracking, step.recipient))
        case "next":
            return go_to(state, ScanLabel())
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
        chosen, _ = recipient_chosen(state, found.tracking, result.matches[0], locker)
        return chosen
    return at_step(state, found)


def named_by(typed: str, resident: MaskedResident) -> bool:
    """True when these keys say who it is: the whole unit, or the whole end of the phone, not a beginning."""
    return typed in {keypad_digits(resident.unit), resident.phone_end}
