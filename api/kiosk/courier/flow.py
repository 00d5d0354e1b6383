"""The courier's half of the state machine: which function takes which touch, scan and result. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from api.kiosk.courier import (
    custody,
    deposit,
    deposit_right,
    end_of_round,
    fetch,
    hand_over,
    label,
    parcel_check,
    pieces,
    recipient,
    sign_in,
)
from api.kiosk.courier.fetch_steps import ConfirmFetch, FetchDoor, FetchList, FetchStep, WeighParcel
from api.kiosk.courier.messages import (
    BadgeEffect,
    BadgeKnown,
    ChangeEffect,
    ContactEffect,
    CourierEffect,
    CourierKnown,
    DeclineEffect,
    DepositEffect,
    DepositTaken,
    DeskEffect,
    ElsewhereEffect,
    EndRoundEffect,
    LabelEffect,
    LabelKnown,
    LabelPhotographed,
    MissingFound,
    PhotoLabelEffect,
    ReopenEffect,
    ResidentsFound,
    RightEffect,
    RightKnown,
    RoundEnded,
    SearchEffect,
    SignDepositEffect,
    SignInEffect,
    StaffTold,
    TakeOutEffect,
    TellEffect,
    TermsEffect,
    WordKept,
)
from api.kiosk.courier.right_terms import covered, right_of, told
from api.kiosk.courier.round_steps import ReconcileRound, RoundReceipt, RoundStep, TellStaff
from api.kiosk.courier.steps import (
    AcceptTerms,
    AskConsent,
    CheckParcel,
    ChooseRecipient,
    ChooseSize,
    CompareCarrier,
    CompareNumber,
    ConfirmHandOver,
    ConfirmPin,
    CountPieces,
    CourierStep,
    DepositDoor,
    NoAnswer,
    NoConsent,
    NotAccepted,
    NothingFits,
    PhotoLabel,
    ScanLabel,
    SignHandOver,
    SignIn,
    TakeOneBack,
    TypeNumber,
    Unlisted,
    WhyCancel,
)
from api.kiosk.messages import EffectRefused, EffectResult, NoteRecorded, Touched
from api.kiosk.values import DoorPhase, KioskTime, LockerState

if TYPE_CHECKING:
    from api.kiosk.state import KioskState
    from api.kiosk.transitions import Transition


def touch(  # noqa: C901, PLR0912  one arm a step
    state: KioskState, step: CourierStep, touched: Touched, locker: LockerState, now: KioskTime
) -> Transition | None:
    """What a finger on a button of this step does; None when it has no such button."""
    locker = covered(state, locker)
    match step:
        case SignIn():
            return sign_in.sign_in(state, step, touched, locker, now)
        case AcceptTerms():
            return sign_in.accept_terms(state, step, touched, locker)
        case ScanLabel():
            return label.scan_label(state, touched, now)
        case TypeNumber():
            return label.type_number(state, step, touched, locker)
        case PhotoLabel():
            return label.photo_label(state, step, touched)
        case CompareNumber():
            return label.compare_number(state, step, touched)
        case CompareCarrier():
            return label.compare_carrier(state, step, touched)
        case ChooseRecipient():
            return recipient.choose_recipient(state, step, touched, locker)
        case Unlisted():
            return recipient.unlisted(state, step, touched, locker)
        case AskConsent():
            return recipient.ask_consent(state, step, touched)
        case NoAnswer():
            return recipient.no_answer(state, step, touched)
        case NoConsent():
            return recipient.no_consent(state, step, touched)
        case ChooseSize():
            return deposit.choose_size(state, step, touched, locker)
        case CheckParcel():
            return parcel_check.check_parcel(state, step, touched, locker)
        case NotAccepted():
            return parcel_check.not_accepted(state, step, touched)
        case NothingFits():
            return deposit.nothing_fits(state, step, touched)
        case CountPieces():
            return pieces.count_pieces(state, step, touched)
        case ConfirmHandOver():
            return hand_over.confirm_hand_over(state, step, touched, now)
        case DepositDoor():
            return deposit.deposit_door(state, step, touched, locker, now)
        case SignHandOver():
            return hand_over.sign_hand_over(state, step, touched)
        case WhyCancel():
            return hand_over.why_cancel(state, step, touched)
        case TakeOneBack():
            return custody.take_one_back(state, touched, locker, now)
        case ConfirmPin():
            return custody.confirm_pin(state, step, touched, now)
        case _:
            return _round_touch(state, step, touched, locker, now)


def _round_touch(
    state: KioskState, step: FetchStep | RoundStep, touched: Touched, locker: LockerState, now: KioskTime
) -> Transition | None:
    """The same where parcels are taken out, and where a round ends."""
    match step:
        case ConfirmFetch():
            return fetch.confirm_fetch(state, step, touched, now)
        case FetchList():
            return fetch.fetch_list(state, step, touched, locker, now)
        case FetchDoor():
            return fetch.fetch_door(state, step, touched, locker, now)
        case WeighParcel():
            return fetch.weigh_parcel(state, step, touched)
        case ReconcileRound():
            return end_of_round.reconcile_round(state, step, touched)
        case RoundReceipt():
            return end_of_round.round_receipt(state, step, touched)
        case TellStaff():
            return end_of_round.tell_staff(state, step, touched)
        case _:
            assert_never(step)


def scan(state: KioskState, text: str, locker: LockerState) -> Transition | None:
    """What a read code does where a courier stands; None when nobody waits for one."""
    shown = deposit_right.right_in(text) if right_of(state) is not None and goes_on_by_scan(state) else None
    if shown is not None:
        return deposit_right.right_shown(state, shown, locker)
    if isinstance(state.step, SignIn):
        return sign_in.badge_shown(state, state.step, text)
    if isinstance(state.step, FetchDoor):
        return fetch.label_shown(state, state.step, text)
    if goes_on_by_scan(state):
        return label.label_scanned(state, text)
    return None


def goes_on_by_scan(state: KioskState) -> bool:
    """True where a label is waited for, or a parcel is done with, so that the next one is the next thing."""
    match state.step:
        case DepositDoor(phase=phase):
            return state.courier is not None and phase not in {DoorPhase.ORDERED, DoorPhase.OPEN}
        case (
            ScanLabel()
            | TypeNumber()
            | PhotoLabel()
            | Unlisted()
            | NoConsent()
            | NoAnswer()
            | CompareNumber()
            | CompareCarrier()
            | NotAccepted()
            | FetchList()
        ):
            return True
        case NothingFits(previous=previous):
            return previous.door is None
        case _:
            return False


def after_result(  # noqa: C901, PLR0912  one arm a result
    state: KioskState, effect: CourierEffect, result: EffectResult, locker: LockerState, now: KioskTime
) -> KioskState:
    """What the result of a courier's effect leads to. Raises ValueError for a result of another effect."""
    if isinstance(effect, TakeOutEffect):
        return fetch.after_result(state, effect, result, locker, now)
    match effect, result:
        case EndRoundEffect(), RoundEnded() | MissingFound() | EffectRefused():
            return end_of_round.after_end_round(state, result)
        case TermsEffect(), WordKept() | EffectRefused():
            return sign_in.after_terms(state, result, now)
        case TellEffect(), StaffTold() | EffectRefused():
            return end_of_round.after_tell(state, result)
        case BadgeEffect(), BadgeKnown() | CourierKnown() | EffectRefused():
            return sign_in.after_badge(state, result, now)
        case RightEffect(), RightKnown() | EffectRefused():
            return deposit_right.after_right(state, result, locker, now)
        case SignInEffect(), CourierKnown() | EffectRefused():
            return sign_in.after_sign_in(state, result, now)
        case LabelEffect(), LabelKnown() | EffectRefused():
            return label.after_label(state, effect, result, locker)
        case PhotoLabelEffect(), LabelPhotographed() | EffectRefused():
            return label.after_photo(state, result)
        case DeclineEffect(), WordKept() | EffectRefused():
            return state
        case ContactEffect(), WordKept() | EffectRefused():
            return recipient.after_contact(state, effect, result)
        case SignDepositEffect(), NoteRecorded() | EffectRefused():
            return hand_over.after_sign(state, result)
        case DeskEffect(), ResidentsFound() | EffectRefused():
            return recipient.after_desk(state, result, locker)
        case SearchEffect(), ResidentsFound() | EffectRefused():
            return recipient.after_search(state, told(state, result), locker)
        case DepositEffect(), DepositTaken() | CourierKnown() | EffectRefused():
            return deposit.after_deposit(state, effect, result, now)
        case ChangeEffect(), DepositTaken() | EffectRefused():
            return deposit.after_change(state, effect, result, now)
        case ElsewhereEffect(), DepositTaken() | EffectRefused():
            return deposit.after_elsewhere(state, effect, result, now)
        case ReopenEffect(), DepositTaken() | CourierKnown() | EffectRefused():
            return custody.after_reopen(state, result, now)
        case _:
            raise ValueError(f"{type(result).__name__} is no result of {type(effect).__name__}")
