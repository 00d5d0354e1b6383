"""The touchscreen as a pure state machine: (state, what came in, the locker, now) to the next state and an effect.

Nothing here touches a door, a clock or a page: every screen is reachable in a test without a browser.
"""

from __future__ import annotations

from dataclasses import replace

from api.kiosk import collect, door_status, lost_code
from api.kiosk.collect_steps import (
    CodeAsked,
    Keypad,
    LostCode,
    NoCode,
    PickupDoor,
    ProblemReported,
    ReportProblem,
    SecondItem,
)
from api.kiosk.courier import fetch_status
from api.kiosk.courier import flow as courier_flow
from api.kiosk.courier.fetch_steps import FetchDoor
from api.kiosk.courier.messages import CourierEffect
from api.kiosk.courier.steps import ChooseRecipient, DepositDoor, SignIn
from api.kiosk.messages import (
    Effect,
    EffectRefused,
    EffectResult,
    HelpEffect,
    LostCodeEffect,
    NextEffect,
    NoteEffect,
    NoteRecorded,
    PickupEffect,
    PickupOrdered,
    PutBackEffect,
    PutBackNoted,
    RateEffect,
    Scanned,
    Touched,
)
from api.kiosk.state import Idle, KioskState
from api.kiosk.timeouts import after_timeout, idle_limit
from api.kiosk.transitions import Transition, go_to, leave
from api.kiosk.values import Dialog, HelpCall, KioskTime, LockerState

ACTS = frozenset(
    {
        *("language", "large", "contrast", "calm", "speak", "help", "display", "close", "more", "leave"),
        *("collect", "dropoff", "key", "delete", "clear", "open", "lost", "back", "finish", "continue", "unit"),
        *(
            "same",
            "person",
            "wrongparcel",
            "hindered",
            "rate",
            "join",
            "resend",
            "putback",
            "nextdoor",
            "stuck",
            "again",
            "report",
            "wrong",
            "company",
            "page",
            "signin",
            "type",
            "next",
            "choose",
            "unlisted",
        ),
        *("consent", "noconsent", "size", "toobig", "resize", "cancel", "occupied", "takeback"),
        *("overdue", "outbound", "fetch", "skip", "missing", "keep", "weigh", "takeover", "unweighed"),
    }
)


def initial_state(locker: LockerState, now: KioskTime) -> KioskState:
    """The first screen of a browser: a resident's door, if one stands there since before the last was lost."""
    fresh = KioskState(Idle(), locker.languages[0], now.seconds)
    door = door_status.open_pickup(locker.site)
    return fresh if door is None else refresh(replace(fresh, step=door), locker, now)


def resumed(kept: KioskState, locker: LockerState, now: KioskTime) -> KioskState:
    """The screen of before a restart, as its door and its time stand now."""
    door = door_status.open_pickup(locker.site)
    at_a_door = isinstance(kept.step, PickupDoor | ReportProblem | ProblemReported)
    return refresh(kept if door is None or at_a_door else replace(kept, step=door), locker, now)


def nobody_is_here(state: KioskState, locker: LockerState) -> bool:
    """True when nothing of this screen is worth keeping."""
    return replace(state, last_touch=0.0, serial=0, code_asked=None) == KioskState(Idle(), locker.languages[0], 0.0)


def touch(state: KioskState, touched: Touched, locker: LockerState, now: KioskTime) -> Transition | None:
    """What a finger on a button does; None when this screen has no such button. Any touch extends the time."""
    transition = _common_touch(state, touched, locker)
    if transition is None and not out_of_order(state, locker):
        transition = _step_touch(state, touched, locker, now)
    return _extended(state, transition, now)


def scan(state: KioskState, scanned: Scanned, locker: LockerState, now: KioskTime) -> Transition | None:
    """What a read code does; None when nobody waits for one here."""
    transition = None
    if not out_of_order(state, locker) and not state.waiting:
        match state.step:
            case Idle() | Keypad() | NoCode() | LostCode() | CodeAsked() | SecondItem():
                transition = collect.code_scanned(state, scanned.text, now)
            case _:
                transition = courier_flow.scan(state, scanned.text)
    return _extended(state, transition, now)


def _extended(state: KioskState, transition: Transition | None, now: KioskTime) -> Transition | None:
    """The transition, with the time that a person has counted anew."""
    if transition is None:
        return None
    after, effect = transition
    return _with_serial(state, replace(after, last_touch=now.seconds)), effect


def out_of_order(state: KioskState, locker: LockerState) -> bool:
    """True when no door can be opened, and nobody stands at one."""
    return locker.sealed is not None and not isinstance(
        state.step, PickupDoor | DepositDoor | FetchDoor | ProblemReported
    )


def refresh(state: KioskState, locker: LockerState, now: KioskTime) -> KioskState:
    """What the doors and the passing of time do."""
    seen = fetch_status.update(door_status.update(state, locker, now), locker, now)
    return _with_serial(state, after_timeout(seen, locker, now))


def apply_result(
    state: KioskState, effect: Effect, result: EffectResult, locker: LockerState, now: KioskTime
) -> KioskState:
    """What the result of an effect leads to."""
    after = replace(_after_result(state, effect, result, locker, now), waiting=False)
    return refresh(_with_serial(state, after), locker, now)


def _after_result(
    state: KioskState, effect: Effect, result: EffectResult, locker: LockerState, now: KioskTime
) -> KioskState:
    if isinstance(effect, CourierEffect):
        return courier_flow.after_result(state, effect, result, locker, now)
    match effect, result:
        case PickupEffect(), PickupOrdered() | EffectRefused():
            return collect.after_pickup(state, effect, result, now)
        case RateEffect(), NoteRecorded() | EffectRefused():
            return leave(state)
        case LostCodeEffect(), NoteRecorded() | EffectRefused():
            return lost_code.after_lost_code(state, result, now)
        case HelpEffect(), NoteRecorded(case=case):
            return replace(state, help_call=HelpCall(case, now.utc), help_refused=False)
        case HelpEffect(), EffectRefused():
            return replace(state, help_refused=True)
        case NextEffect(), PickupOrdered() | EffectRefused():
            return collect.after_next(state, result, now)
        case PutBackEffect(), PutBackNoted() | EffectRefused():
            return collect.after_put_back(state, result)
        case NoteEffect(), NoteRecorded() | EffectRefused():
            return collect.after_note(state, effect, result, now)
        case _:
            raise ValueError(f"{type(result).__name__} is no result of {type(effect).__name__}")


def _common_touch(state: KioskState, touched: Touched, locker: LockerState) -> Transition | None:
    """Header, dialogs and display: the same on every screen, and what was typed stays."""
    display = state.display
    match touched.act:
        case "language" if touched.value in locker.languages:
            return replace(state, language=touched.value), None
        case "large" | "contrast" | "calm" | "speak" as mode:
            return replace(state, display=replace(display, **{mode: not getattr(display, mode)})), None
        case "person" if state.dialog is Dialog.HELP and not state.waiting and state.help_call is None:
            return replace(state, waiting=True), HelpEffect(door_status.compartment_of(state.step))
        case "help":
            return replace(state, dialog=Dialog.HELP), None
        case "display":
            return replace(state, dialog=Dialog.DISPLAY), None
        case "close" | "more":
            return replace(state, dialog=None), None
        case "leave" if idle_limit(state) is not None:
            return leave(state), None
        case _:
            return None


def _step_touch(state: KioskState, touched: Touched, locker: LockerState, now: KioskTime) -> Transition | None:
    match state.step:
        case Idle():
            return _idle_touch(state, touched, locker)
        case Keypad() as step:
            return collect.keypad(state, step, touched, locker, now)
        case NoCode():
            return collect.no_code(state, touched)
        case LostCode() as step:
            return lost_code.lost_code(state, step, touched, now)
        case CodeAsked():
            return lost_code.code_asked(state, touched)
        case SecondItem() as step:
            return collect.second_item(state, step, touched, now)
        case PickupDoor() as step:
            return collect.pickup_door(state, step, touched, locker, now)
        case ReportProblem() as step:
            return collect.report_problem(state, step, touched)
        case ProblemReported() as step:
            return collect.problem_reported(state, step, touched, locker)
        case _:
            return courier_flow.touch(state, state.step, touched, locker, now)


def _idle_touch(state: KioskState, touched: Touched, locker: LockerState) -> Transition | None:
    match touched.act:
        case "collect":
            return go_to(state, Keypad())
        case "dropoff":
            return go_to(state, SignIn(locker.companies[0] if len(locker.companies) == 1 else ""))
        case _:
            return None


# --- screens -------------------------------------------------------------------------------------


def _screen_identity(state: KioskState) -> tuple[object, ...]:
    """What makes two screens different ones, for a finger that is already on its way."""
    step = state.step
    phase = (step.phase, step.compartment) if isinstance(step, PickupDoor | DepositDoor | FetchDoor) else None
    return (type(step), phase, state.waiting and not isinstance(step, ChooseRecipient), state.dialog)


def _with_serial(before: KioskState, after: KioskState) -> KioskState:
    """Another screen has another number, so that a touch that was meant for the one before does nothing."""
    return replace(after, serial=before.serial + 1) if _screen_identity(before) != _screen_identity(after) else after
