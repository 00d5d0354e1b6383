"""What does not go into the locker: damaged, wet, dangerous, fresh without a cold door. Pure."""

from __future__ import annotations

from dataclasses import replace

from api.kiosk.courier.messages import DeclineEffect
from api.kiosk.courier.steps import (
    CheckParcel,
    CountPieces,
    Hindrance,
    NoAnswer,
    NoConsent,
    NoDoor,
    NotAccepted,
    NothingFits,
    ScanLabel,
    Unlisted,
)
from api.kiosk.messages import Touched
from api.kiosk.state import KioskState
from api.kiosk.transitions import Transition, go_to
from api.kiosk.values import LockerState
from locker.core.model import Flag
from locker.core.reasons import NotStored, RefusalReason

COLD = "cold"


def check_parcel(state: KioskState, step: CheckParcel, touched: Touched, locker: LockerState) -> Transition | None:
    """Is anything wrong with the parcel? What is fresh may lie behind a cold door, where the cabinet has one."""
    match touched.act:
        case "hindered" if touched.value in set(Hindrance) - {Hindrance.EARLY}:  # that only a label says
            hindrance = Hindrance(touched.value)
            if hindrance is Hindrance.FRESH and has_cold_door(locker):
                return go_to(state, replace(step.previous, flags=(*step.previous.flags, Flag.COLD), error=None))
            return go_to(state, NotAccepted(step.previous, hindrance))
        case "several" if not step.previous.pieces:
            return go_to(state, CountPieces(step.previous))
        case "back":
            return go_to(state, step.previous)
        case _:
            return None


def has_cold_door(locker: LockerState) -> bool:
    """True when the cabinet has a compartment that is cooled."""
    return any(COLD in each.features for each in locker.site.compartments.values())


def not_accepted(state: KioskState, step: NotAccepted, touched: Touched) -> Transition | None:
    """It goes back with the courier, or to the desk."""
    match touched.act:
        case "back" if step.previous is not None:
            return go_to(state, CheckParcel(step.previous))
        case "next":
            return take_along(state)
        case _:
            return None


def take_along(state: KioskState) -> Transition:
    """The courier keeps this parcel; why is kept, and the next label is waited for."""
    return go_to(state, ScanLabel(), declined(state))


def declined(state: KioskState) -> DeclineEffect | None:
    """What is to be kept of the parcel on this screen, when it does not go into the locker."""
    if state.courier is None:
        return None
    match state.step:
        case NotAccepted(previous=previous, hindrance=hindrance):
            who = "" if previous is None else previous.recipient.id
            return DeclineEffect(state.courier, who, hindrance.value)
        case NoConsent(recipient=recipient, why=why):
            return DeclineEffect(state.courier, recipient.id, why.value)
        case NoAnswer(ask=ask):
            return DeclineEffect(state.courier, ask.recipient.id, NoDoor.NO_ANSWER.value)
        case Unlisted():
            return DeclineEffect(state.courier, "", RefusalReason.UNKNOWN_RECIPIENT.value)
        case NothingFits(previous=size, full=full) if size.door is None:
            reason = RefusalReason.NO_SPACE.value if full else NotStored.OVERSIZE.value
            return DeclineEffect(state.courier, size.recipient.id, reason)
        case _:
            return None
