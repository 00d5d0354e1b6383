"""The steps of dropping off: sign in, label, recipient, consent, size, door, and again. Pure.

A step's function bears its name: `scan_label` takes a touch at `ScanLabel`, and `after_deposit` the result of a
`DepositEffect`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from api.kiosk.custody import may_take_back
from api.kiosk.messages import (
    ChangeEffect,
    CourierKnown,
    DepositEffect,
    DepositTaken,
    EffectRefused,
    ResidentsFound,
    SearchEffect,
    SignInEffect,
    Touched,
)
from api.kiosk.state import (
    AskConsent,
    ChooseRecipient,
    ChooseSize,
    ConfirmPin,
    DepositDoor,
    DepositIntent,
    DoorPhase,
    ErrorMessage,
    KioskState,
    MaskedResident,
    NoConsent,
    NothingFits,
    ScanLabel,
    SignIn,
    TypeNumber,
    Unlisted,
)
from api.kiosk.transitions import (
    DIGITS,
    LETTERS,
    PIN_LONGEST,
    PIN_SHORTEST,
    TRACKING_LONGEST,
    at_step,
    go_to,
    leave,
    must_wait,
    pending,
    text_after_key,
)
from locker.core.model import Consent, Size
from locker.core.reasons import NotStored, RefusalReason
from locker.labels import printed_tracking, tracking_number

if TYPE_CHECKING:
    from api.kiosk.state import KioskTime, LockerState
    from api.kiosk.transitions import Transition

SEARCH_LONGEST = 8
COMPANIES_SHOWN = 6
TRACKING_KEYS = DIGITS + LETTERS


def sign_in(
    state: KioskState, step: SignIn, touched: Touched, locker: LockerState, now: KioskTime
) -> Transition | None:
    """Company and PIN."""
    text = text_after_key(step.typed, touched.act, touched.value, longest=PIN_LONGEST, keys=DIGITS)
    if text is not None:
        return go_to(state, replace(step, typed=text, error=pending(step.error, now)))
    match touched.act:
        case "company" if touched.value in locker.companies:
            return go_to(state, replace(step, company=touched.value))
        case "page":
            return go_to(state, replace(step, page=step.page + 1))
        case "signin" if sign_in_complete(step) and not must_wait(step.error, now):
            return go_to(state, step, SignInEffect(step.company, step.typed))
        case "signin":
            return go_to(state, step)
        case "back":
            return leave(state), None
        case _:
            return None


def sign_in_complete(step: SignIn) -> bool:
    """True when it may be tried."""
    return bool(step.company) and len(step.typed) >= PIN_SHORTEST


def scan_label(state: KioskState, touched: Touched) -> Transition | None:
    """Waiting for a label."""
    match touched.act:
        case "type":
            return go_to(state, TypeNumber())
        case "finish":
            return leave(state), None
        case _:
            return None


def label_scanned(state: KioskState, text: str) -> Transition | None:
    """A label was read, perhaps several of its codes: the parcel's number among them counts."""
    number = tracking_number(text)
    if number is None:
        return go_to(state, ScanLabel(ErrorMessage("dropoff.no_label")))
    return _ask_recipient(state, number)


def type_number(state: KioskState, step: TypeNumber, touched: Touched) -> Transition | None:
    """The tracking number is being typed."""
    text = text_after_key(step.typed, touched.act, touched.value, longest=TRACKING_LONGEST, keys=TRACKING_KEYS)
    if text is not None:
        return go_to(state, TypeNumber(text))
    match touched.act:
        case "next" if number_complete(step):
            return _ask_recipient(state, printed_tracking(step.typed) or step.typed)
        case "next":
            return go_to(state, step)
        case "back":
            return go_to(state, ScanLabel())
        case _:
            return None


def number_complete(step: TypeNumber) -> bool:
    """True when it could be a tracking number."""
    return len(step.typed.strip("-")) > 3


def _ask_recipient(state: KioskState, tracking: str) -> Transition:
    if any(each.tracking == tracking for each in state.stored_parcels):
        return go_to(state, ScanLabel(ErrorMessage(f"refused.{RefusalReason.DUPLICATE_TRACKING.value}")))
    return go_to(state, ChooseRecipient(tracking))


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
            return None if chosen is None else _recipient_chosen(state, step, chosen, locker)
        case "unlisted":
            return go_to(state, Unlisted(step))
        case "back":
            return go_to(state, ScanLabel())
        case _:
            return None


def _recipient_chosen(
    state: KioskState, step: ChooseRecipient, recipient: MaskedResident, locker: LockerState
) -> Transition:
    if recipient.consent is False:
        return go_to(state, NoConsent(step.tracking, recipient, never=True))
    if recipient.consent is None and locker.site.policy.ask_consent:
        return go_to(state, AskConsent(step.tracking, recipient))
    return go_to(state, ChooseSize(step.tracking, recipient))


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
            return go_to(state, ChooseSize(step.tracking, step.recipient, Consent(touched.value)))
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


def choose_size(state: KioskState, step: ChooseSize, touched: Touched, locker: LockerState) -> Transition | None:
    """Which size fits."""
    match touched.act:
        case "size" if touched.value in set(Size) and state.courier is not None:
            size = Size(touched.value)
            if not locker.free.get(size):
                return go_to(state, replace(step, error=ErrorMessage(f"refused.{RefusalReason.NO_SPACE.value}")))
            if step.door is not None:
                return go_to(state, step, ChangeEffect(step.door.deposit, state.courier, size=size))
            return go_to(state, step, DepositEffect(step.tracking, step.recipient, size, step.consent, state.courier))
        case "toobig":
            return go_to(state, NothingFits(step))
        case "back" if step.door is not None:
            return go_to(state, step.door)
        case "back":
            return go_to(state, ChooseRecipient(step.tracking))
        case _:
            return None


def nothing_fits(state: KioskState, step: NothingFits, touched: Touched) -> Transition | None:
    """Too big for all."""
    door = step.previous.door
    match touched.act:
        case "back":
            return go_to(state, step.previous)
        case "next" if door is not None and state.courier is not None:
            effect = ChangeEffect(door.deposit, state.courier, cancel=True, reason=NotStored.OVERSIZE)
            return _change(state, replace(door, intent=DepositIntent.CANCEL), effect)
        case "next":
            return go_to(state, ScanLabel())
        case _:
            return None


def deposit_door(
    state: KioskState, step: DepositDoor, touched: Touched, locker: LockerState, now: KioskTime
) -> Transition | None:
    """At the door: what may be touched depends on what the switch says."""
    if state.courier is None:
        return None
    change = ChangeEffect(step.deposit, state.courier)
    ended = step.phase not in {DoorPhase.ORDERED, DoorPhase.OPEN}
    under_way = not ended and step.intent is DepositIntent.STORE
    match touched.act:
        case "stuck" if step.phase is DoorPhase.ORDERED:
            return _change(state, replace(step, reported_stuck=True), change)
        case "resize" if under_way:
            door = replace(step, error=None)
            return go_to(state, ChooseSize(step.tracking, step.recipient, door=door))
        case "cancel" if under_way:
            return _change(state, replace(step, intent=DepositIntent.CANCEL), replace(change, cancel=True))
        case "occupied" if under_way and step.phase is DoorPhase.OPEN:
            full = replace(change, cancel=True, reason=NotStored.OCCUPIED)
            return _change(state, replace(step, intent=DepositIntent.CANCEL), full)
        case "takeback" | "again" if may_take_back(step, locker, now):
            return go_to(state, ConfirmPin(step, take_back=touched.act == "takeback"))
        case "takeback" | "again" if step.phase is DoorPhase.SHUT:
            return go_to(state, step)
        case "next" if ended:
            return go_to(state, ScanLabel())
        case "finish" if ended:
            return leave(state), None
        case _:
            return None


def _change(state: KioskState, step: DepositDoor, effect: ChangeEffect) -> Transition:
    return go_to(state, replace(step, error=None), effect)


def after_search(state: KioskState, result: ResidentsFound | EffectRefused) -> KioskState:
    """Who fits what was typed. The result for something typed earlier says nothing."""
    step = state.step
    if not isinstance(step, ChooseRecipient):
        return state
    if isinstance(result, EffectRefused) or result.typed != step.typed:
        return at_step(state, step)
    return at_step(state, replace(step, matches=result.matches, more=result.more))


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
        return at_step(state, replace(step, typed="", error=ErrorMessage("dropoff.wrong_pin")))
    door = None if result.door is None else replace(result.door, since=now.seconds, at=now.utc)
    return replace(at_step(state, door or ScanLabel()), courier=result.courier, stored_parcels=())


def after_deposit(
    state: KioskState, effect: DepositEffect, result: DepositTaken | EffectRefused, now: KioskTime
) -> KioskState:
    """The compartment is taken and its door ordered, or why not and what else can be done."""
    step = state.step
    if not isinstance(step, ChooseSize):
        return state
    match result:
        case DepositTaken(deposit=deposit, parcel=parcel, compartment=compartment):
            door = DepositDoor(
                deposit, parcel, compartment, effect.tracking, effect.recipient, since=now.seconds, at=now.utc
            )
            return at_step(state, door)
        case EffectRefused(reason=reason, retry_after=retry_after):
            return _refused(state, step, reason, ErrorMessage.of(reason, retry_after, now.seconds))


def _refused(state: KioskState, step: ChooseSize, reason: RefusalReason, error: ErrorMessage) -> KioskState:
    match reason:
        case RefusalReason.CONSENT_NEEDED if step.consent is None and step.recipient.consent is None:
            return at_step(state, AskConsent(step.tracking, step.recipient))
        case RefusalReason.CONSENT_NEEDED:
            return at_step(state, NoConsent(step.tracking, step.recipient, never=True))
        case RefusalReason.DUPLICATE_TRACKING:
            return at_step(state, ScanLabel(error))
        case RefusalReason.UNKNOWN_RECIPIENT:
            return at_step(state, ChooseRecipient(step.tracking, error=error))
        case _:
            return at_step(state, replace(step, error=error))


def after_change(
    state: KioskState, effect: ChangeEffect, result: DepositTaken | EffectRefused, now: KioskTime
) -> KioskState:
    """The deposit stands otherwise, or why not. The switch says the rest."""
    step = state.step
    match step:
        case ChooseSize(door=DepositDoor() as door):
            return _after_resize(state, step, door, result, now)
        case DepositDoor():
            return _after_change_at_door(state, step, effect, result, now)
        case _:
            return state


def _after_resize(
    state: KioskState, step: ChooseSize, door: DepositDoor, result: DepositTaken | EffectRefused, now: KioskTime
) -> KioskState:
    match result:
        case EffectRefused(reason=RefusalReason.NOT_NOW):
            return at_step(state, replace(door, error=ErrorMessage("refused.not-now")))
        case EffectRefused(reason=reason, retry_after=retry_after):
            return at_step(state, replace(step, error=ErrorMessage.of(reason, retry_after, now.seconds)))
        case DepositTaken(compartment=compartment):
            left = door.compartment if door.phase is DoorPhase.OPEN else ""
            moved = replace(
                door,
                compartment=compartment,
                phase=DoorPhase.ORDERED,
                since=now.seconds,
                at=now.utc,
                moved_from=left,
                error=None,
                reported_stuck=False,
            )
            return at_step(state, moved)
        case _:
            assert_never(result)


def _after_change_at_door(
    state: KioskState, step: DepositDoor, effect: ChangeEffect, result: DepositTaken | EffectRefused, now: KioskTime
) -> KioskState:
    if isinstance(result, DepositTaken):
        return at_step(state, step)
    intent = DepositIntent.STORE if effect.cancel else step.intent
    error = ErrorMessage.of(result.reason, result.retry_after, now.seconds)
    if not effect.cancel and step.phase is DoorPhase.ORDERED:
        return at_step(state, replace(step, intent=intent))
    return at_step(state, replace(step, intent=intent, error=error))
