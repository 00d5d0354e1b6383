"""What the passing of time does to a screen: when it asks, when it is left, what counts down. Pure."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import assert_never

from api.kiosk import door_status
from api.kiosk.collect_steps import (
    CodeAsked,
    Keypad,
    LostCode,
    NoCode,
    PickupDoor,
    ProblemReported,
    ReportPhoto,
    ReportProblem,
    SecondItem,
)
from api.kiosk.courier.fetch_steps import ConfirmFetch, FetchDoor, FetchList, FetchStep, WeighParcel
from api.kiosk.courier.steps import (
    ChooseSize,
    ConfirmHandOver,
    ConfirmPin,
    DepositDoor,
    NoAnswer,
    NoConsent,
    NothingFits,
    SignIn,
    Unlisted,
    WhyCancel,
)
from api.kiosk.sending.send_steps import SendDoor, SendSize, SendWho
from api.kiosk.state import Idle, KioskState, Step
from api.kiosk.transitions import leave, must_wait
from api.kiosk.values import Dialog, DisplaySettings, DoorPhase, KioskTime, LockerState

WARNING_SECONDS = 30
CALM_FACTOR = 10
COURIER_SECONDS = 300.0
"""How long a courier stays signed in: a parcel may have to be fetched from the van."""
STUCK_AFTER_SECONDS = 3
WAITS_FOR_HELP_SECONDS = 600.0
"""Whoever asked staff to come waits, and need not touch anything to go on waiting."""
UNDER_WAY = frozenset({DoorPhase.ORDERED, DoorPhase.OPEN})
"""Nobody is hurried at such a door."""
TRIES = (Keypad, LostCode, SecondItem, SignIn, ConfirmPin, ConfirmHandOver, ConfirmFetch, SendWho)


def idle_limit(state: KioskState) -> float | None:  # noqa: C901, PLR0912  one arm a step
    """Seconds without a touch after which a screen is left, None for never: nobody is hurried at an open door."""
    if isinstance(state.step, FetchStep):
        return _limit_of_fetch(state, state.step)
    if state.dialog is Dialog.HELP and state.help_call is not None:
        return WAITS_FOR_HELP_SECONDS
    match state.step:
        case NothingFits(previous=ChooseSize(door=DepositDoor(phase=phase))) if phase in UNDER_WAY:
            return None
        case Idle():
            return 60.0  # whoever comes next wants none of these modes
        case (
            NoCode()
            | CodeAsked()
            | ProblemReported()
            | ReportPhoto()
            | Unlisted()
            | NoConsent()
            | NoAnswer()
            | NothingFits()
        ):
            seconds = 60.0
        case PickupDoor(phase=phase) | DepositDoor(phase=phase) | SendDoor(phase=phase):
            if phase in UNDER_WAY:
                return None
            seconds = 30.0 if leaves_silently(state) else 60.0
        case ReportProblem(door=door):
            if door.phase in UNDER_WAY:
                return None
            seconds = 60.0
        case WhyCancel(door=DepositDoor(phase=phase)) if phase in UNDER_WAY:
            return None
        case ChooseSize(door=DepositDoor(phase=phase)) | SendSize(door=SendDoor(phase=phase)) if phase in UNDER_WAY:
            return None
        case _:
            seconds = 90.0
    if state.courier is not None:
        seconds = max(seconds, COURIER_SECONDS)
    return _calm(state, seconds)


def _limit_of_fetch(state: KioskState, step: FetchStep) -> float | None:
    """Soon: whoever is signed in takes parcels out here, and that is not for a passer-by."""
    match step:
        case FetchDoor(phase=phase) | WeighParcel(door=FetchDoor(phase=phase)):
            return None if phase in {DoorPhase.ORDERED, DoorPhase.OPEN} else _calm(state, 60.0)
        case ConfirmFetch() | FetchList():
            return _calm(state, 60.0)
        case _:
            assert_never(step)


def _calm(state: KioskState, seconds: float) -> float:
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


def after_timeout(state: KioskState, locker: LockerState, now: KioskTime) -> KioskState:
    """The state when this much time has passed: left, if nobody is there any more."""
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
        not isinstance(
            step, Keypad | LostCode | SecondItem | SignIn | ConfirmPin | ConfirmHandOver | ConfirmFetch | SendWho
        )
        or step.error is None
        or step.error.until is None
    ):
        return state
    return state if now.seconds < step.error.until else replace(state, step=replace(step, error=None))


def may_report_stuck(step: PickupDoor | DepositDoor | SendDoor, now: KioskTime) -> bool:
    """True when a door was ordered a while ago: the person may say that it did not open."""
    return step.phase is DoorPhase.ORDERED and now.seconds >= step.since + STUCK_AFTER_SECONDS


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
    if isinstance(state.step, PickupDoor | DepositDoor | SendDoor) and state.step.phase is DoorPhase.ORDERED:
        times.append(state.step.since + STUCK_AFTER_SECONDS)
    if isinstance(state.step, PickupDoor | DepositDoor | FetchDoor | SendDoor) and state.step.phase is DoorPhase.OPEN:
        times.append(state.step.since + locker.site.policy.door_open_seconds / 2)
    return tuple(times)
