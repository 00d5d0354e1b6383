"""The resident's half of the state machine: which function takes which touch and result. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from api.kiosk import collect, inspection, lost_code, report
from api.kiosk.collect_steps import (
    CodeAsked,
    CollectStep,
    InspectParcel,
    Keypad,
    LostCode,
    NoCode,
    PickupDoor,
    ProblemReported,
    ReportPhoto,
    ReportProblem,
    SecondItem,
    SignParcel,
)
from api.kiosk.messages import (
    AcceptEffect,
    Effect,
    EffectRefused,
    EffectResult,
    LostCodeEffect,
    NextEffect,
    NoteEffect,
    NoteRecorded,
    PhotoEffect,
    PhotoTaken,
    PickupEffect,
    PickupOrdered,
    PutBackEffect,
    PutBackNoted,
    RateEffect,
    SignEffect,
    Touched,
)
from api.kiosk.sending import send_door
from api.kiosk.sending.send_messages import SendOrdered
from api.kiosk.transitions import leave
from api.kiosk.values import KioskTime, LockerState

if TYPE_CHECKING:
    from api.kiosk.state import KioskState
    from api.kiosk.transitions import Transition


def touch(  # noqa: C901  one arm a step
    state: KioskState, step: CollectStep, touched: Touched, locker: LockerState, now: KioskTime
) -> Transition | None:
    """What a finger on a button of this step does; None when it has no such button."""
    match step:
        case Keypad():
            return collect.keypad(state, step, touched, locker, now)
        case NoCode():
            return collect.no_code(state, touched)
        case LostCode():
            return lost_code.lost_code(state, step, touched, now)
        case CodeAsked():
            return lost_code.code_asked(state, touched)
        case SecondItem():
            return collect.second_item(state, step, touched, now)
        case PickupDoor():
            return collect.pickup_door(state, step, touched, locker, now)
        case ReportProblem():
            return report.report_problem(state, step, touched)
        case ProblemReported():
            return report.problem_reported(state, step, touched, locker)
        case InspectParcel():
            return inspection.inspect_parcel(state, step, touched, locker, now)
        case SignParcel():
            return inspection.sign_parcel(state, step, touched)
        case ReportPhoto():
            return report.report_photo(state, step, touched, locker)
        case _:
            assert_never(step)


def after_result(  # noqa: C901  one arm an effect
    state: KioskState, effect: Effect, result: EffectResult, now: KioskTime
) -> KioskState:
    """What the result of an effect leads to."""
    match effect, result:
        case PickupEffect(), SendOrdered():
            return send_door.at_the_door(state, result, now)
        case PickupEffect(), PickupOrdered() | EffectRefused():
            return collect.after_pickup(state, effect, result, now)
        case RateEffect(), NoteRecorded() | EffectRefused():
            return leave(state)
        case LostCodeEffect(), NoteRecorded() | EffectRefused():
            return lost_code.after_lost_code(state, result, now)
        case NextEffect(), PickupOrdered() | EffectRefused():
            return collect.after_next(state, result, now)
        case PutBackEffect(), PutBackNoted() | EffectRefused():
            return collect.after_put_back(state, result)
        case NoteEffect(), NoteRecorded() | EffectRefused():
            return report.after_note(state, effect, result, now)
        case AcceptEffect(), NoteRecorded() | EffectRefused():
            return inspection.after_accept(state, result, now)
        case SignEffect(), NoteRecorded() | EffectRefused():
            return inspection.after_sign(state, result)
        case PhotoEffect(), PhotoTaken() | EffectRefused():
            return report.after_photo(state, result)
        case _:
            raise ValueError(f"{type(result).__name__} is no result of {type(effect).__name__}")
