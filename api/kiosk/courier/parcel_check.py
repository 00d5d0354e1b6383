"""What does not go into the locker: damaged, wet, dangerous, fresh without a cold door. Pure."""

from __future__ import annotations

from dataclasses import replace

from api.kiosk.courier.steps import CheckParcel, Hindrance, NotAccepted, ScanLabel
from api.kiosk.messages import Touched
from api.kiosk.state import KioskState
from api.kiosk.transitions import Transition, go_to
from api.kiosk.values import LockerState

COLD = "cold"


def check_parcel(state: KioskState, step: CheckParcel, touched: Touched, locker: LockerState) -> Transition | None:
    """Is anything wrong with the parcel? What is fresh may lie behind a cold door, where the cabinet has one."""
    match touched.act:
        case "hindered" if touched.value in set(Hindrance):
            hindrance = Hindrance(touched.value)
            if hindrance is Hindrance.FRESH and has_cold_door(locker):
                return go_to(state, replace(step.previous, cold=True, error=None))
            return go_to(state, NotAccepted(step.previous, hindrance))
        case "back":
            return go_to(state, replace(step.previous, cold=False))
        case _:
            return None


def has_cold_door(locker: LockerState) -> bool:
    """True when the cabinet has a compartment that is cooled."""
    return any(COLD in each.features for each in locker.site.compartments.values())


def not_accepted(state: KioskState, step: NotAccepted, touched: Touched) -> Transition | None:
    """It goes back with the courier, or to the desk."""
    match touched.act:
        case "back":
            return go_to(state, CheckParcel(step.previous))
        case "next":
            return go_to(state, ScanLabel())
        case _:
            return None
