"""The visit as a pure state machine: (visit, what came in, the house, now) to the next visit and what is asked.

Nothing here touches a door, a clock or a page: every screen is reachable in a test without a browser.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, assert_never

from api.kiosk import collect, door_status, dropoff
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
    DepositDoor,
    Display,
    Idle,
    Keypad,
    KioskState,
    NoCode,
    NoConsent,
    NothingFits,
    Phase,
    PickupDoor,
    ProblemReported,
    ReportProblem,
    ScanLabel,
    Second,
    Sheet,
    SignIn,
    TypeNumber,
    Unlisted,
)
from api.kiosk.transitions import leave, to

if TYPE_CHECKING:
    from api.kiosk.messages import Effect
    from api.kiosk.state import Facts, KioskTime, Step
    from api.kiosk.transitions import Transition

WARNING_SECONDS = 30
CALM_FACTOR = 10
WAY_OUT_SECONDS = 3
ACTS = frozenset(
    {
        *("language", "large", "contrast", "calm", "help", "display", "close", "more", "leave"),
        *("collect", "dropoff", "key", "delete", "clear", "open", "lost", "back", "finish", "continue", "unit"),
        *("stuck", "again", "report", "wrong", "company", "page", "signin", "type", "next", "choose", "unlisted"),
        *("consent", "noconsent", "size", "toobig", "resize", "cancel", "occupied", "takeback"),
    }
)


def begin(facts: Facts, now: KioskTime) -> KioskState:
    """The first screen of a browser: a resident's door, if one stands there since before the last was lost."""
    fresh = KioskState(Idle(), facts.languages[0], now.seconds)
    door = door_status.unattended(facts.site)
    return fresh if door is None else look(replace(fresh, step=door), facts, now)


def touch(visit: KioskState, touched: Touched, facts: Facts, now: KioskTime) -> Transition | None:
    """What a finger on a button does; None when this screen has no such button. Any touch extends the time."""
    move = _anywhere(visit, touched, facts)
    if move is None and not out_of_order(visit, facts):
        move = _on_step(visit, touched, facts, now)
    if move is None:
        return None
    after, ask = move
    return _counted(visit, replace(after, touched=now.seconds)), ask


def scan(visit: KioskState, scanned: Scanned, facts: Facts, now: KioskTime) -> Transition | None:
    """What a read code does; None when nobody waits for one here."""
    move = None
    if not out_of_order(visit, facts) and not visit.waiting:
        match visit.step:
            case Idle() | Keypad() | NoCode() | Second():
                move = collect.scanned(visit, scanned.text, now)
            case ScanLabel() | TypeNumber():
                move = dropoff.scanned(visit, scanned.text)
            case _:
                pass
    if move is None:
        return None
    after, ask = move
    return _counted(visit, replace(after, touched=now.seconds)), ask


def out_of_order(visit: KioskState, facts: Facts) -> bool:
    """True when no door can be opened, and nobody stands at one."""
    return facts.sealed is not None and not isinstance(visit.step, PickupDoor | DepositDoor | ProblemReported)


def look(visit: KioskState, facts: Facts, now: KioskTime) -> KioskState:
    """What the doors and the passing of time do."""
    return _counted(visit, _passed(door_status.look(visit, facts, now), facts, now))


def answer(visit: KioskState, ask: Effect, said: EffectResult, facts: Facts, now: KioskTime) -> KioskState:
    """What the house's answer leads to."""
    after = replace(_answered(visit, ask, said, now), waiting=False)
    return look(_counted(visit, after), facts, now)


def _answered(visit: KioskState, ask: Effect, said: EffectResult, now: KioskTime) -> KioskState:
    match ask, said:
        case PickupEffect(), PickupOrdered() | EffectRefused():
            return collect.answered(visit, ask, said, now)
        case NoteEffect(), NoteRecorded() | EffectRefused():
            return collect.noted(visit, ask, said, now)
        case SignInEffect(), CourierKnown() | EffectRefused():
            return dropoff.signed_in(visit, said, now)
        case SearchEffect(), ResidentsFound() | EffectRefused():
            return dropoff.found(visit, said)
        case DepositEffect(), DepositTaken() | EffectRefused():
            return dropoff.deposited(visit, ask, said, now)
        case ChangeEffect(), DepositTaken() | EffectRefused():
            return dropoff.changed(visit, ask, said, now)
        case _:
            raise ValueError(f"{type(said).__name__} is no answer to {type(ask).__name__}")


def _anywhere(visit: KioskState, touched: Touched, facts: Facts) -> Transition | None:
    """Header, sheets and display: the same on every screen, and what was typed stays."""
    shown = visit.display
    match touched.act:
        case "language" if touched.value in facts.languages:
            return replace(visit, language=touched.value), None
        case "large":
            return replace(visit, display=replace(shown, large=not shown.large)), None
        case "contrast":
            return replace(visit, display=replace(shown, contrast=not shown.contrast)), None
        case "calm":
            return replace(visit, display=replace(shown, calm=not shown.calm)), None
        case "help":
            return replace(visit, sheet=Sheet.HELP), None
        case "display":
            return replace(visit, sheet=Sheet.DISPLAY), None
        case "close" | "more":
            return replace(visit, sheet=None), None
        case "leave" if limit(visit) is not None:
            return leave(visit), None
        case _:
            return None


def _on_step(visit: KioskState, touched: Touched, facts: Facts, now: KioskTime) -> Transition | None:  # noqa: C901, PLR0912  one arm a step
    match visit.step:
        case Idle():
            return _idle(visit, touched, facts)
        case Keypad() as step:
            return collect.keypad(visit, step, touched, facts, now)
        case NoCode():
            return collect.no_code(visit, touched)
        case Second() as step:
            return collect.second(visit, step, touched, now)
        case PickupDoor() as step:
            return collect.at_door(visit, step, touched, facts, now)
        case ReportProblem() as step:
            return collect.report(visit, step, touched)
        case ProblemReported() as step:
            return collect.reported(visit, step, touched)
        case SignIn() as step:
            return dropoff.sign_in(visit, step, touched, facts, now)
        case ScanLabel():
            return dropoff.scan(visit, touched)
        case TypeNumber() as step:
            return dropoff.type_number(visit, step, touched)
        case ChooseRecipient() as step:
            return dropoff.recipient(visit, step, touched, facts)
        case Unlisted() as step:
            return dropoff.unlisted(visit, step, touched)
        case AskConsent() as step:
            return dropoff.consent(visit, step, touched)
        case NoConsent() as step:
            return dropoff.no_consent(visit, step, touched)
        case ChooseSize() as step:
            return dropoff.choose_size(visit, step, touched, facts)
        case NothingFits() as step:
            return dropoff.nothing_fits(visit, step, touched)
        case DepositDoor() as step:
            return dropoff.at_door(visit, step, touched, facts, now)
        case _:
            assert_never(visit.step)


def _idle(visit: KioskState, touched: Touched, facts: Facts) -> Transition | None:
    match touched.act:
        case "collect":
            return to(visit, Keypad())
        case "dropoff":
            return to(visit, SignIn(facts.companies[0] if len(facts.companies) == 1 else ""))
        case _:
            return None


# --- time ---------------------------------------------------------------------------------------


def limit(visit: KioskState) -> float | None:
    """Seconds without a touch after which a screen is left, None for never: nobody is hurried at an open door."""
    match visit.step:
        case NothingFits(back=back) if back.door is not None:
            return None
        case Idle() | NoCode() | ProblemReported() | Unlisted() | NoConsent() | NothingFits():
            seconds = 60.0
        case PickupDoor(phase=phase) | DepositDoor(phase=phase):
            if phase in {Phase.ORDERED, Phase.OPEN}:
                return None
            seconds = 30.0 if silent(visit) else 60.0
        case ReportProblem(door=door):
            if door.phase in {Phase.ORDERED, Phase.OPEN}:
                return None
            seconds = 60.0
        case ChooseSize(door=DepositDoor()):
            return None
        case _:
            seconds = 90.0
    return seconds * CALM_FACTOR if visit.display.calm else seconds


def silent(visit: KioskState) -> bool:
    """True where nothing can be lost, so that nobody need be asked before the screen is left."""
    match visit.step:
        case Idle() | PickupDoor(phase=Phase.SHUT) | PickupDoor(phase=Phase.OVER):
            return True
        case _:
            return False


def seconds_left(visit: KioskState, now: KioskTime) -> int | None:
    """Seconds until the screen is left, once the person has been warned; None before."""
    within = limit(visit)
    if within is None or silent(visit) or now.seconds < visit.touched + within:
        return None
    return max(1, ceil(visit.touched + within + WARNING_SECONDS - now.seconds))


def _passed(visit: KioskState, facts: Facts, now: KioskTime) -> KioskState:
    within = limit(visit)
    ends = None if within is None else visit.touched + within + (0 if silent(visit) else WARNING_SECONDS)
    if ends is None or visit.waiting or now.seconds < ends:
        return _cooled(visit, now)
    fresh = replace(leave(visit), language=facts.languages[0], display=Display())
    return visit if visit == fresh else replace(fresh, touched=now.seconds)


def _cooled(visit: KioskState, now: KioskTime) -> KioskState:
    """A refusal that asked to wait is gone when the wait is over."""
    step: Step = visit.step
    if not isinstance(step, Keypad | Second | SignIn) or step.trouble is None or step.trouble.until is None:
        return visit
    return visit if now.seconds < step.trouble.until else replace(visit, step=replace(step, trouble=None))


def way_out(visit: KioskState, now: KioskTime) -> bool:
    """True when a door was ordered a while ago: the person may say that it did not open."""
    match visit.step:
        case PickupDoor(phase=Phase.ORDERED, since=since) | DepositDoor(phase=Phase.ORDERED, since=since):
            return now.seconds >= since + WAY_OUT_SECONDS
        case _:
            return False


def counting(visit: KioskState, facts: Facts, now: KioskTime) -> bool:
    """True while the screen shows seconds that run."""
    step = visit.step
    if seconds_left(visit, now) is not None:
        return True
    if isinstance(step, Keypad | Second | SignIn) and collect.held(step.trouble, now):
        return True
    if isinstance(step, PickupDoor | DepositDoor) and step.phase is Phase.SHUT:
        until = door_status.reopen_until(facts.site, step)
        return until is not None and now.utc < until
    return False


def moments(visit: KioskState, facts: Facts) -> tuple[float, ...]:
    """When the screen changes by itself, in monotonic seconds; some may be past."""
    within = limit(visit)
    times = [] if within is None else [visit.touched + within]
    if isinstance(visit.step, PickupDoor | DepositDoor) and visit.step.phase is Phase.ORDERED:
        times.append(visit.step.since + WAY_OUT_SECONDS)
    if isinstance(visit.step, PickupDoor | DepositDoor) and visit.step.phase is Phase.OPEN:
        times.append(visit.step.since + facts.site.policy.door_open_seconds / 2)
    return tuple(times)


# --- screens -------------------------------------------------------------------------------------


def _face(visit: KioskState) -> tuple[object, ...]:
    """What makes two screens different ones, for a finger that is already on its way."""
    step = visit.step
    phase = (step.phase, step.compartment) if isinstance(step, PickupDoor | DepositDoor) else None
    return (type(step), phase, visit.waiting and not isinstance(step, ChooseRecipient), visit.sheet)


def _counted(before: KioskState, after: KioskState) -> KioskState:
    return replace(after, serial=before.serial + 1) if _face(before) != _face(after) else after
