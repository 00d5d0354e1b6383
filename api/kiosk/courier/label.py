"""The parcel's number: scanned or typed. Pure."""

from __future__ import annotations

from dataclasses import replace

from api.kiosk.courier import end_of_round, fetch, pieces
from api.kiosk.courier.fetch_steps import FetchKind
from api.kiosk.courier.messages import LabelEffect, LabelKnown, LabelPhotographed, PhotoLabelEffect
from api.kiosk.courier.parcel_check import declined, has_cold_door
from api.kiosk.courier.recipient import recipient_chosen
from api.kiosk.courier.right_terms import filled_in, may_bring, right_of
from api.kiosk.courier.steps import (
    ChooseRecipient,
    ChooseSize,
    CompareCarrier,
    CompareNumber,
    Hindrance,
    NotAccepted,
    PhotoLabel,
    ScanLabel,
    TakeOneBack,
    TypeNumber,
)
from api.kiosk.messages import EffectRefused, Touched
from api.kiosk.state import KioskState
from api.kiosk.transitions import DIGITS, LETTERS, TRACKING_LONGEST, Transition, at_step, go_to, text_after_key
from api.kiosk.values import ErrorMessage, KioskTime, LockerState, MaskedResident
from locker.core.model import Flag
from locker.core.reasons import RefusalReason
from locker.labels import (
    TransportLabel,
    number_doubts,
    other_carrier,
    printed_tracking,
    tracking_number,
    transport_label,
)

TRACKING_KEYS = DIGITS + LETTERS


def scan_label(state: KioskState, touched: Touched, now: KioskTime) -> Transition | None:
    """Waiting for a label."""
    match touched.act:
        case "type":
            return go_to(state, TypeNumber())
        case "takeback" | "overdue" | "outbound" if right_of(state) is not None:
            return None
        case "takeback" if state.stored_parcels:
            return go_to(state, TakeOneBack())
        case "nomore" if state.shipment is not None:
            return go_to(replace(state, shipment=None), ScanLabel())
        case "overdue" | "outbound" as kind:
            return fetch.begin(state, FetchKind(kind), now)
        case "finish":
            return end_of_round.finish(state)
        case _:
            return None


def label_scanned(state: KioskState, text: str) -> Transition | None:
    """A label was read, perhaps several of its codes: the parcel's number among them counts."""
    number, label = tracking_number(text), transport_label(text)
    if number is None:
        return go_to(state, ScanLabel(ErrorMessage("dropoff.no_label")))
    if label is not None and label.dangerous:
        return go_to(state, NotAccepted(None, Hindrance.BANNED))
    return _look_up(state, number, label)


def type_number(state: KioskState, step: TypeNumber, touched: Touched, locker: LockerState) -> Transition | None:
    """The tracking number is being typed."""
    text = text_after_key(step.typed, touched.act, touched.value, longest=TRACKING_LONGEST, keys=TRACKING_KEYS)
    if text is not None:
        return go_to(state, TypeNumber(text))
    match touched.act:
        case "next" if number_complete(step):
            return _look_up(state, printed_tracking(step.typed) or step.typed)
        case "next":
            return go_to(state, step)
        case "photo" if locker.has_camera:
            return go_to(state, PhotoLabel())
        case "back":
            return go_to(state, ScanLabel())
        case _:
            return None


def photo_label(state: KioskState, step: PhotoLabel, touched: Touched) -> Transition | None:
    """A label without a barcode: a picture stands for it, and gives the parcel its number."""
    match touched.act:
        case "photo" if state.courier is not None:
            return go_to(state, replace(step, camera_off=False), PhotoLabelEffect(state.courier))
        case "same" if step.number:
            return go_to(state, ChooseRecipient(step.number))
        case "type":
            return go_to(state, TypeNumber())
        case "back":
            return go_to(state, ScanLabel())
        case _:
            return None


def after_photo(state: KioskState, result: LabelPhotographed | EffectRefused) -> KioskState:
    """The picture is kept under its number, or there is none."""
    step = state.step
    if not isinstance(step, PhotoLabel):
        return state
    if isinstance(result, EffectRefused) or not result.sha256:
        return at_step(state, replace(step, camera_off=True))
    return at_step(state, PhotoLabel(result.sha256, result.day, result.number))


def number_complete(step: TypeNumber) -> bool:
    """True when it could be a tracking number."""
    return len(step.typed.strip("-")) > 3


def compare_number(state: KioskState, step: CompareNumber, touched: Touched) -> Transition | None:
    """A doubt is a warning, not a wall: the courier decides."""
    match touched.act:
        case "same":
            return _of_whom(state, step.tracking, step.label)
        case "back":
            return go_to(state, ScanLabel())
        case _:
            return None


def compare_carrier(state: KioskState, step: CompareCarrier, touched: Touched) -> Transition | None:
    """Another company's parcel is not this courier's to store; but a guess is no wall."""
    match touched.act:
        case "same":
            return go_to(state, step, LabelEffect(step.tracking, _company(state), step.label))
        case "back":
            return go_to(state, ScanLabel())
        case _:
            return None


def _look_up(state: KioskState, tracking: str, label: TransportLabel | None = None) -> Transition:
    if not may_bring(state, tracking):
        return go_to(state, ScanLabel(ErrorMessage(f"refused.{RefusalReason.RIGHT_OTHER_PARCEL.value}")))
    if number_doubts(tracking, _company(state)):
        return go_to(state, CompareNumber(tracking, label))
    return _of_whom(state, tracking, label)


def _of_whom(state: KioskState, tracking: str, label: TransportLabel | None) -> Transition:
    other = other_carrier(tracking, _company(state))
    if other is not None:
        return go_to(state, CompareCarrier(tracking, other, label))
    return go_to(state, state.step, LabelEffect(tracking, _company(state), label, declined(state)))


def _company(state: KioskState) -> str:
    return "" if state.courier is None else state.courier.company


def after_label(
    state: KioskState, effect: LabelEffect, result: LabelKnown | EffectRefused, locker: LockerState
) -> KioskState:
    """The number is new here, was announced and fills itself in, or a parcel has it already."""
    if isinstance(result, LabelKnown):
        result = filled_in(state, result)
        state = replace(state, weighed=None if result.weight_g is None else (effect.tracking, result.weight_g))
    match result:
        case LabelKnown(here=True):
            return at_step(state, ScanLabel(ErrorMessage(f"refused.{RefusalReason.DUPLICATE_TRACKING.value}")))
        case LabelKnown(too_early=True):
            return at_step(state, NotAccepted(None, Hindrance.EARLY))
        case LabelKnown(flags=flags) if Flag.COLD in flags and not has_cold_door(locker):
            return at_step(state, NotAccepted(None, Hindrance.FRESH))
        case LabelKnown() if (piece := pieces.next_piece(state, effect.tracking, result, locker)) is not None:
            return at_step(pieces.without_given_up(state, locker), piece)
        case LabelKnown(recipient=MaskedResident() as resident):
            known = ChooseSize(effect.tracking, resident, result.consent, announced=result.size, flags=result.flags)
            return replace(recipient_chosen(replace(state, shipment=None), known, locker)[0], waiting=False)
        case _:
            return at_step(state, ChooseRecipient(effect.tracking))
