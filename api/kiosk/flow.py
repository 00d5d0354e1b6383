"""The touchscreen as a pure state machine: (state, what came in, the locker, now) to the next state and an effect.

Nothing here touches a door, a clock or a page: every screen is reachable in a test without a browser.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, assert_never

from api.kiosk import collect, custody, door_status, dropoff
from api.kiosk.messages import (
    ChangeEffect,
    CourierKnown,
    DepositEffect,
    DepositTaken,
    EffectRefused,
    EffectResult,
    NoteEffect,
    NoteRecorded,
    PickupEffect,
    PickupOrdered,
    ReopenEffect,
    ResidentsFound,
    Scanned,
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
    Dialog,
    DisplaySettings,
    DoorPhase,
    Idle,
    Keypad,
    KioskState,
    NoCode,
    NoConsent,
    NothingFits,
    PickupDoor,
    ProblemReported,
    ReportProblem,
    ScanLabel,
    SecondItem,
    SignIn,
    TypeNumber,
    Unlisted,
)
from api.kiosk.transitions import go_to, leave, must_wait

if TYPE_CHECKING:
    from api.kiosk.messages import Effect
    from api.kiosk.state import KioskTime, LockerState, Step
    from api.kiosk.transitions import Transition

WARNING_SECONDS = 30
CALM_FACTOR = 10
STUCK_AFTER_SECONDS = 3
TRIES = (Keypad, SecondItem, SignIn, ConfirmPin)
ACTS = frozenset(
    {
        *("language", "large", "contrast", "calm", "help", "display", "close", "more", "leave"),
        *("collect", "dropoff", "key", "delete", "clear", "open", "lost", "back", "finish", "continue", "unit"),
        *("stuck", "again", "report", "wrong", "company", "page", "signin", "type", "next", "choose", "unlisted"),
        *("consent", "noconsent", "size", "toobig", "resize", "cancel", "occupied", "takeback"),
    }
)


def initial_state(locker: LockerState, now: KioskTime) -> KioskState:
    """The first screen of a browser: a resident's door, if one stands there since before the last was lost."""
    fresh = KioskState(Idle(), locker.languages[0], now.seconds)
    door = door_status.open_pickup(locker.site)
    return fresh if door is None else refresh(replace(fresh, step=door), locker, now)


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
            case Idle() | Keypad() | NoCode() | SecondItem():
                transition = collect.code_scanned(state, scanned.text, now)
            case ScanLabel() | TypeNumber():
                transition = dropoff.label_scanned(state, scanned.text)
            case _:
                pass
    return _extended(state, transition, now)


def _extended(state: KioskState, transition: Transition | None, now: KioskTime) -> Transition | None:
    """The transition, with the time that a person has counted anew."""
    if transition is None:
        return None
    after, effect = transition
    return _with_serial(state, replace(after, last_touch=now.seconds)), effect


def out_of_order(state: KioskState, locker: LockerState) -> bool:
    """True when no door can be opened, and nobody stands at one."""
    return locker.sealed is not None and not isinstance(state.step, PickupDoor | DepositDoor | ProblemReported)


def refresh(state: KioskState, locker: LockerState, now: KioskTime) -> KioskState:
    """What the doors and the passing of time do."""
    return _with_serial(state, _after_timeout(door_status.update(state, locker, now), locker, now))


def apply_result(
    state: KioskState, effect: Effect, result: EffectResult, locker: LockerState, now: KioskTime
) -> KioskState:
    """What the result of an effect leads to."""
    after = replace(_after_result(state, effect, result, now), waiting=False)
    return refresh(_with_serial(state, after), locker, now)


def _after_result(state: KioskState, effect: Effect, result: EffectResult, now: KioskTime) -> KioskState:
    match effect, result:
        case PickupEffect(), PickupOrdered() | EffectRefused():
            return collect.after_pickup(state, effect, result, now)
        case NoteEffect(), NoteRecorded() | EffectRefused():
            return collect.after_note(state, effect, result, now)
        case SignInEffect(), CourierKnown() | EffectRefused():
            return dropoff.after_sign_in(state, result, now)
        case SearchEffect(), ResidentsFound() | EffectRefused():
            return dropoff.after_search(state, result)
        case DepositEffect(), DepositTaken() | EffectRefused():
            return dropoff.after_deposit(state, effect, result, now)
        case ChangeEffect(), DepositTaken() | EffectRefused():
            return dropoff.after_change(state, effect, result, now)
        case ReopenEffect(), DepositTaken() | CourierKnown() | EffectRefused():
            return custody.after_reopen(state, result, now)
        case _:
            raise ValueError(f"{type(result).__name__} is no result of {type(effect).__name__}")


def _common_touch(state: KioskState, touched: Touched, locker: LockerState) -> Transition | None:
    """Header, dialogs and display: the same on every screen, and what was typed stays."""
    display = state.display
    match touched.act:
        case "language" if touched.value in locker.languages:
            return replace(state, language=touched.value), None
        case "large":
            return replace(state, display=replace(display, large=not display.large)), None
        case "contrast":
            return replace(state, display=replace(display, contrast=not display.contrast)), None
        case "calm":
            return replace(state, display=replace(display, calm=not display.calm)), None
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


def _step_touch(state: KioskState, touched: Touched, locker: LockerState, now: KioskTime) -> Transition | None:  # noqa: C901, PLR0912  one arm a step
    match state.step:
        case Idle():
            return _idle_touch(state, touched, locker)
        case Keypad() as step:
            return collect.keypad(state, step, touched, locker, now)
        case NoCode():
            return collect.no_code(state, touched)
        case SecondItem() as step:
            return collect.second_item(state, step, touched, now)
        case PickupDoor() as step:
            return collect.pickup_door(state, step, touched, locker, now)
        case ReportProblem() as step:
            return collect.report_problem(state, step, touched)
        case ProblemReported() as step:
            return collect.problem_reported(state, step, touched)
        case SignIn() as step:
            return dropoff.sign_in(state, step, touched, locker, now)
        case ScanLabel():
            return dropoff.scan_label(state, touched)
        case TypeNumber() as step:
            return dropoff.type_number(state, step, touched)
        case ChooseRecipient() as step:
            return dropoff.choose_recipient(state, step, touched, locker)
        case Unlisted() as step:
            return dropoff.unlisted(state, step, touched)
        case AskConsent() as step:
            return dropoff.ask_consent(state, step, touched)
        case NoConsent() as step:
            return dropoff.no_consent(state, step, touched)
        case ChooseSize() as step:
            return dropoff.choose_size(state, step, touched, locker)
        case NothingFits() as step:
            return dropoff.nothing_fits(state, step, touched)
        case DepositDoor() as step:
            return dropoff.deposit_door(state, step, touched, locker, now)
        case ConfirmPin() as step:
            return custody.confirm_pin(state, step, touched, now)
        case _:
            assert_never(state.step)


def _idle_touch(state: KioskState, touched: Touched, locker: LockerState) -> Transition | None:
    match touched.act:
        case "collect":
            return go_to(state, Keypad())
        case "dropoff":
            return go_to(state, SignIn(locker.companies[0] if len(locker.companies) == 1 else ""))
        case _:
            return None


# --- time ---------------------------------------------------------------------------------------


def idle_limit(state: KioskState) -> float | None:
    """Seconds without a touch after which a screen is left, None for never: nobody is hurried at an open door."""
    match state.step:
        case NothingFits(previous=previous) if previous.door is not None:
            return None
        case Idle() | NoCode() | ProblemReported() | Unlisted() | NoConsent() | NothingFits():
            seconds = 60.0
        case PickupDoor(phase=phase) | DepositDoor(phase=phase):
            if phase in {DoorPhase.ORDERED, DoorPhase.OPEN}:
                return None
            seconds = 30.0 if leaves_silently(state) else 60.0
        case ReportProblem(door=door):
            if door.phase in {DoorPhase.ORDERED, DoorPhase.OPEN}:
                return None
            seconds = 60.0
        case ChooseSize(door=DepositDoor()):
            return None
        case _:
            seconds = 90.0
    return seconds * CALM_FACTOR if state.display.calm else seconds


def leaves_silently(state: KioskState) -> bool:
    """True where nothing can be lost, so that nobody need be asked before the screen is left."""
    match state.step:
        case Idle() | PickupDoor(phase=DoorPhase.SHUT) | PickupDoor(phase=DoorPhase.OVER):
            return True
        case _:
            return False


def seconds_left(state: KioskState, now: KioskTime) -> int | None:
    """Seconds until the screen is left, once the person has been warned; None before."""
    limit = idle_limit(state)
    if limit is None or leaves_silently(state) or now.seconds < state.last_touch + limit:
        return None
    return max(1, ceil(state.last_touch + limit + WARNING_SECONDS - now.seconds))


def _after_timeout(state: KioskState, locker: LockerState, now: KioskTime) -> KioskState:
    limit = idle_limit(state)
    ends = None if limit is None else state.last_touch + limit + (0 if leaves_silently(state) else WARNING_SECONDS)
    if ends is None or state.waiting or now.seconds < ends:
        return _without_expired_wait(state, now)
    fresh = replace(leave(state), language=locker.languages[0], display=DisplaySettings())
    return state if state == fresh else replace(fresh, last_touch=now.seconds)


def _without_expired_wait(state: KioskState, now: KioskTime) -> KioskState:
    """A refusal that asked to wait is gone when the wait is over."""
    step: Step = state.step
    if (
        not isinstance(step, Keypad | SecondItem | SignIn | ConfirmPin)
        or step.error is None
        or step.error.until is None
    ):
        return state
    return state if now.seconds < step.error.until else replace(state, step=replace(step, error=None))


def may_report_stuck(state: KioskState, now: KioskTime) -> bool:
    """True when a door was ordered a while ago: the person may say that it did not open."""
    match state.step:
        case PickupDoor(phase=DoorPhase.ORDERED, since=since) | DepositDoor(phase=DoorPhase.ORDERED, since=since):
            return now.seconds >= since + STUCK_AFTER_SECONDS
        case _:
            return False


def counts_down(state: KioskState, locker: LockerState, now: KioskTime) -> bool:
    """True while the screen shows seconds that run."""
    step = state.step
    if seconds_left(state, now) is not None:
        return True
    if isinstance(step, TRIES) and must_wait(step.error, now):
        return True
    if isinstance(step, PickupDoor | DepositDoor) and step.phase is DoorPhase.SHUT:
        until = door_status.reopen_until(locker.site, step)
        return until is not None and now.utc < until
    return False


def next_changes(state: KioskState, locker: LockerState) -> tuple[float, ...]:
    """When the screen changes by itself, in monotonic seconds; some may be past."""
    limit = idle_limit(state)
    times = [] if limit is None else [state.last_touch + limit]
    if isinstance(state.step, PickupDoor | DepositDoor) and state.step.phase is DoorPhase.ORDERED:
        times.append(state.step.since + STUCK_AFTER_SECONDS)
    if isinstance(state.step, PickupDoor | DepositDoor) and state.step.phase is DoorPhase.OPEN:
        times.append(state.step.since + locker.site.policy.door_open_seconds / 2)
    return tuple(times)


# --- screens -------------------------------------------------------------------------------------


def _screen_identity(state: KioskState) -> tuple[object, ...]:
    """What makes two screens different ones, for a finger that is already on its way."""
    step = state.step
    phase = (step.phase, step.compartment) if isinstance(step, PickupDoor | DepositDoor) else None
    return (type(step), phase, state.waiting and not isinstance(step, ChooseRecipient), state.dialog)


def _with_serial(before: KioskState, after: KioskState) -> KioskState:
    """Another screen has another number, so that a touch that was meant for the one before does nothing."""
    return replace(after, serial=before.serial + 1) if _screen_identity(before) != _screen_identity(after) else after
