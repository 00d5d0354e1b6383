"""The touchscreen as a pure state machine: (state, what came in, the locker, now) to the next state and an effect.

Nothing here touches a door, a clock or a page: every screen is reachable in a test without a browser.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from api.kiosk import collect, collect_flow, door_status, inspection, printing
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
from api.kiosk.courier import deposit_right, fetch_status
from api.kiosk.courier import flow as courier_flow
from api.kiosk.courier.fetch_steps import FetchDoor
from api.kiosk.courier.hand_over import asks_signature
from api.kiosk.courier.messages import CourierEffect
from api.kiosk.courier.steps import ChooseRecipient, DepositDoor, SignHandOver, SignIn, WhyCancel
from api.kiosk.messages import (
    Effect,
    EffectRefused,
    EffectResult,
    HelpEffect,
    NoteRecorded,
    PrintEffect,
    RateEffect,
    Scanned,
    SlipPrinted,
    Touched,
)
from api.kiosk.sending import send_door, send_flow
from api.kiosk.sending.send_messages import SendEffect
from api.kiosk.sending.send_steps import ReturnCode, SendDoor, SendStart, SendStep
from api.kiosk.state import Idle, KioskState
from api.kiosk.timeouts import after_timeout, idle_limit
from api.kiosk.transitions import Transition, at_step, go_to, leave
from api.kiosk.values import Dialog, DoorPhase, HelpCall, KioskTime, LockerState

ACTS = frozenset(
    {
        *("language", "large", "contrast", "calm", "speak", "easy", "say", "help", "display", "close", "more", "leave"),
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
            "desk",
        ),
        *("send", "return", "parcel", "contents", "tick", "insure", "uninsured", "agree"),
        *("print", "photo", "accept", "stroke", "sign", "cannotsign"),
        *("consent", "noconsent", "size", "toobig", "resize", "cancel", "occupied", "takeback"),
        *("overdue", "outbound", "fetch", "skip", "missing", "keep", "weigh", "takeover", "unweighed"),
        *("why", "noneaboard", "signout", "noanswer", "tell", "several", "pieces", "nomore"),
    }
)

HELP_COMES_WITHIN = timedelta(minutes=1)
HINDERED = frozenset({DoorPhase.FAILED, DoorPhase.LEFT_OPEN, DoorPhase.CHECK})
WITHOUT_CODE = (Idle, NoCode, LostCode, CodeAsked)
AT_A_DOOR = (
    *(PickupDoor, InspectParcel, SignParcel, ReportProblem, ProblemReported, ReportPhoto),
    *(DepositDoor, SignHandOver, WhyCancel, FetchDoor, SendDoor),
)
"""Whoever stands here is not sent away by a locker that records nothing."""


def initial_state(locker: LockerState, now: KioskTime) -> KioskState:
    """The first screen of a browser: a resident's door, if one stands there since before the last was lost."""
    fresh = KioskState(Idle(), locker.languages[0], now.seconds)
    door = _open_door(locker)
    return fresh if door is None else refresh(replace(fresh, step=door), locker, now)


def resumed(kept: KioskState, locker: LockerState, now: KioskTime) -> KioskState:
    """The screen of before a restart, as its door and its time stand now."""
    door = _open_door(locker)
    at_a_door = bool(door_status.compartment_of(kept.step)) or isinstance(kept.step, SendDoor)
    return refresh(kept if door is None or at_a_door else replace(kept, step=door), locker, now)


def _open_door(locker: LockerState) -> PickupDoor | SendDoor | None:
    return door_status.open_pickup(locker.site) or send_door.open_send(locker.site)


def _handed_out(state: KioskState, locker: LockerState) -> KioskState:
    """Where somebody stands without a code, or nobody: the door that staff have opened for them is shown at once."""
    waits = isinstance(state.step, WITHOUT_CODE) or state.step == Keypad()
    if not waits or state.waiting or (door := door_status.pickup_under_way(locker.site)) is None:
        return state
    return at_step(state, door)


def nobody_is_here(state: KioskState, locker: LockerState) -> bool:
    """True when nothing of this screen is worth keeping."""
    return replace(state, last_touch=0.0, serial=0, said_again=0, code_asked=None) == KioskState(
        Idle(), locker.languages[0], 0.0
    )


def touch(state: KioskState, touched: Touched, locker: LockerState, now: KioskTime) -> Transition | None:
    """What a finger on a button does; None when this screen has no such button. Any touch extends the time."""
    transition = _common_touch(state, touched, locker, now)
    if transition is None and not out_of_order(state, locker):
        transition = _step_touch(state, touched, locker, now)
    return _extended(state, transition, now)


def scan(state: KioskState, scanned: Scanned, locker: LockerState, now: KioskTime) -> Transition | None:
    """What a read code does; None when nobody waits for one here."""
    transition = None
    if not out_of_order(state, locker) and not state.waiting:
        match state.step:
            case Idle() | Keypad() | NoCode() | LostCode() | CodeAsked() | SignIn() if (
                right := deposit_right.right_in(scanned.text)
            ) is not None:
                transition = deposit_right.right_shown(state, right, locker)
            case Idle() | Keypad() | NoCode() | LostCode() | CodeAsked() | SecondItem():
                transition = collect.code_scanned(state, scanned.text, now)
            case SendStart() | ReturnCode():
                transition = send_flow.return_scanned(state, scanned.text)
            case _:
                transition = courier_flow.scan(state, scanned.text, locker)
    return _extended(state, transition, now)


def _extended(state: KioskState, transition: Transition | None, now: KioskTime) -> Transition | None:
    """The transition, with the time that a person has counted anew."""
    if transition is None:
        return None
    after, effect = transition
    return _with_serial(state, replace(after, last_touch=now.seconds)), effect


def out_of_order(state: KioskState, locker: LockerState) -> bool:
    """True when no door can be opened, and nobody stands at one."""
    return locker.sealed is not None and not isinstance(state.step, AT_A_DOOR)


def refresh(state: KioskState, locker: LockerState, now: KioskTime) -> KioskState:
    """What the doors and the passing of time do."""
    seen = fetch_status.update(door_status.update(_handed_out(state, locker), locker, now), locker, now)
    seen = inspection.update(send_door.update(seen, locker, now), locker, now)
    seen = asks_signature(seen, locker, now)
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
    if isinstance(effect, SendEffect):
        return send_door.after_send(state, effect, result, locker, now)
    match effect, result:
        case HelpEffect(), NoteRecorded(case=case, who=who):
            return replace(state, help_call=HelpCall(case, now.utc, who), help_refused=False)
        case PrintEffect(), SlipPrinted() | EffectRefused():
            return printing.after_print(state, result)
        case HelpEffect(), EffectRefused():
            return replace(state, help_refused=True)
        case RateEffect(case=case), NoteRecorded() | EffectRefused() if case and state.help_call is not None:
            return replace(state, help_call=replace(state.help_call, rated=True))
        case _:
            return collect_flow.after_result(state, effect, result, now)


def _common_touch(state: KioskState, touched: Touched, locker: LockerState, now: KioskTime) -> Transition | None:
    """Header, dialogs and display: the same on every screen, and what was typed stays."""
    display = state.display
    match touched.act:
        case "language" if touched.value in locker.languages:
            return replace(state, language=touched.value), None
        case "large" | "contrast" | "calm" | "speak" | "easy" as mode:
            return replace(state, display=display.toggled(mode)), None
        case "say" if display.speak:
            return replace(state, said_again=state.said_again + 1), None
        case "person" if may_call(state):
            return replace(state, dialog=Dialog.HELP, waiting=True), HelpEffect(door_status.compartment_of(state.step))
        case "rate" if may_rate_help(state, now) and touched.value in collect.SCORES:
            return _rate_help(state, int(touched.value))
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


def _rate_help(state: KioskState, score: int) -> Transition:
    case = "" if state.help_call is None else state.help_call.case
    return replace(state, waiting=True), RateEffect(door_status.compartment_of(state.step), score, case)


def may_rate_help(state: KioskState, now: KioskTime) -> bool:
    """True in the sheet of a call for help once there was help: staff wrote, or had a minute to come. Once a call."""
    call = state.help_call
    if call is None or call.rated or state.waiting or state.dialog is not Dialog.HELP:
        return False
    return bool(call.said) or now.utc >= call.at + HELP_COMES_WITHIN


def may_call(state: KioskState) -> bool:
    """True where one touch asks staff to come: once a visit.

    On the first screen, in the help sheet, and at a door that does not do what it should.
    """
    hindered = isinstance(state.step, PickupDoor) and (state.step.reported_stuck or state.step.phase in HINDERED)
    offered = state.dialog is Dialog.HELP or isinstance(state.step, Idle) or hindered
    return offered and not state.waiting and state.help_call is None


def _step_touch(state: KioskState, touched: Touched, locker: LockerState, now: KioskTime) -> Transition | None:
    step = state.step
    if touched.act == "print":
        return printing.print_touched(state, now) if printing.may_print(state, locker) else None
    if isinstance(step, Idle):
        return _idle_touch(state, touched, locker)
    if isinstance(step, CollectStep):
        return collect_flow.touch(state, step, touched, locker, now)
    if isinstance(step, SendStep):
        return send_door.touched_at(state, step, touched, locker, now)
    return courier_flow.touch(state, step, touched, locker, now)


def _idle_touch(state: KioskState, touched: Touched, locker: LockerState) -> Transition | None:
    match touched.act:
        case "collect":
            return go_to(state, Keypad())
        case "lost" if state.display.easy:
            return go_to(state, NoCode())
        case "send":
            return go_to(state, SendStart())
        case "dropoff":
            return go_to(state, SignIn(locker.companies[0] if len(locker.companies) == 1 else ""))
        case _:
            return None


# --- screens -------------------------------------------------------------------------------------


def _screen_identity(state: KioskState) -> tuple[object, ...]:
    """What makes two screens different ones, for a finger that is already on its way."""
    step = state.step
    phase = (
        (step.phase, step.compartment) if isinstance(step, PickupDoor | DepositDoor | FetchDoor | SendDoor) else None
    )
    return (type(step), phase, state.waiting and not isinstance(step, ChooseRecipient), state.dialog)


def _with_serial(before: KioskState, after: KioskState) -> KioskState:
    """Another screen has another number, so that a touch that was meant for the one before does nothing."""
    return replace(after, serial=before.serial + 1) if _screen_identity(before) != _screen_identity(after) else after
