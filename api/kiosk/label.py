"""The parcel's number: scanned or typed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.kiosk.dropoff_steps import ChooseRecipient, ScanLabel, TypeNumber
from api.kiosk.transitions import DIGITS, LETTERS, TRACKING_LONGEST, Transition, go_to, leave, text_after_key
from api.kiosk.values import ErrorMessage
from locker.core.reasons import RefusalReason
from locker.labels import printed_tracking, tracking_number

if TYPE_CHECKING:
    from api.kiosk.messages import Touched
    from api.kiosk.state import KioskState

TRACKING_KEYS = DIGITS + LETTERS


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
