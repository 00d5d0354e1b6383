"""Screens drawn from a visit: which template, in which words, with which door lit."""

from __future__ import annotations

from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from api import cabinet_drawing
from api.i18n import NAMES, say
from api.kiosk import collect, door_status, dropoff, flow
from api.kiosk.state import (
    AskConsent,
    ChooseRecipient,
    ChooseSize,
    DepositDoor,
    Idle,
    Keypad,
    NoCode,
    NoConsent,
    NothingFits,
    Phase,
    PickupDoor,
    ProblemReported,
    ReportProblem,
    ScanLabel,
    Second,
    Shown,
    SignIn,
    TypeNumber,
    Unlisted,
)
from api.templates import clauses, environment
from locker.core.model import Seen, Size

if TYPE_CHECKING:
    from datetime import datetime

    from api.app_context import AppContext
    from api.cabinet_drawing import Shape
    from api.kiosk.browser_screens import BrowserScreen
    from api.kiosk.state import Facts, KioskState, KioskTime, Step, Trouble

TAIL = 5

TEMPLATE_OF: dict[type[Step], str] = {
    Idle: "idle",
    Keypad: "keypad",
    NoCode: "no_code",
    Second: "second",
    PickupDoor: "pickup_door",
    ReportProblem: "report",
    ProblemReported: "reported",
    SignIn: "sign_in",
    ScanLabel: "scan",
    TypeNumber: "type_number",
    ChooseRecipient: "recipient",
    Unlisted: "unlisted",
    AskConsent: "consent",
    NoConsent: "no_consent",
    ChooseSize: "size",
    NothingFits: "nothing_fits",
    DepositDoor: "deposit_door",
}


class Screens:
    """The renderer: one for all browsers, it keeps nothing of anybody."""

    def __init__(self, context: AppContext) -> None:
        self._context = context
        self._zone = ZoneInfo(context.site.timezone)
        self._drawing = cabinet_drawing.draw(context.compartments, context.columns, context.kiosk)
        self._pages = environment()
        self._pages.filters["clauses"] = clauses
        self._pages.filters["tail"] = tail
        self._pages.filters["pairs"] = pairs
        self._pages.globals.update(
            site=context.site, pickup=context.pickup, language_names=NAMES, version=context.version
        )

    def page(self, session: BrowserScreen, visit: KioskState) -> str:
        """The whole page."""
        return self._pages.get_template("kiosk/page.html").render(self._values(session, visit))

    def screen(self, session: BrowserScreen, visit: KioskState) -> str:
        """What stands inside the page and is replaced from screen to screen."""
        return self._pages.get_template("kiosk/screen.html").render(self._values(session, visit))

    def _values(self, session: BrowserScreen, visit: KioskState) -> dict[str, Any]:
        facts, now = session.facts(), session.now()
        gone = flow.out_of_order(visit, facts)
        return {
            "t": partial(say, visit.language),
            "screen": session.screen,
            "visit": visit,
            "step": visit.step,
            "facts": facts,
            "template": f"kiosk/{'outage' if gone else TEMPLATE_OF[type(visit.step)]}.html",
            "left": None if gone else flow.seconds_left(visit, now),
            "warning_seconds": flow.WARNING_SECONDS,
            "trouble": self._trouble(visit, now),
            "clock": self._clock,
            "policy": facts.site.policy,
            **(self._drawn() if gone else self._of_step(visit, facts, now)),
        }

    def _of_step(self, visit: KioskState, facts: Facts, now: KioskTime) -> dict[str, Any]:
        """What only this kind of screen needs."""
        step = visit.step
        match step:
            case PickupDoor() | DepositDoor():
                return self._door(visit, step, facts, now)
            case ReportProblem(door=door) | ProblemReported(door=door):
                return self._drawn(door.compartment, door.phase)
            case Second():
                return {"complete": collect.second_complete(step)}
            case Keypad():
                held = collect.held(step.trouble, now)
                return {"complete": len(step.typed) == facts.site.policy.code_digits and not held}
            case SignIn():
                return _companies(step, facts) | {"complete": dropoff.sign_in_complete(step)}
            case TypeNumber():
                return {"complete": dropoff.number_complete(step)}
            case ChooseSize():
                return self._sizes(facts)
            case _:
                return self._drawn()

    def _door(self, visit: KioskState, step: PickupDoor | DepositDoor, facts: Facts, now: KioskTime) -> dict[str, Any]:
        known = isinstance(step, DepositDoor) or step.shown != Shown()
        until = door_status.reopen_until(facts.site, step) if known else None
        held = facts.site.compartments.get(step.compartment)
        away = step.moved_from if isinstance(step, DepositDoor) else ""
        other = facts.site.compartments.get(away)
        return {
            "phase": step.phase.value,
            "place": cabinet_drawing.find(step.compartment, self._context.compartments, self._context.kiosk),
            "alarm_at": door_status.alarm_at(facts.site, step.compartment, now.utc),
            "again": isinstance(step, PickupDoor) and collect.may_try_again(step),
            "way_out": flow.way_out(visit, now),
            "reopen_for": 0 if until is None else max(0, ceil((until - now.utc).total_seconds())),
            "still_open": held is not None and held.seen is Seen.OPEN,
            "other_open": away if other is not None and other.seen is Seen.OPEN else "",
            **self._drawn("" if step.phase is Phase.OVER else step.compartment, step.phase, away),
        }

    def _drawn(self, compartment: str = "", phase: Phase = Phase.OVER, away: str = "") -> dict[str, Any]:
        """The drawing with the door marked as it was seen: ordered is outlined, only seen open is lit."""
        kind = {
            Phase.ORDERED: "next",
            Phase.OPEN: "lit",
            Phase.SHUT: "done",
            Phase.OVER: "done",
            Phase.FAILED: "stuck",
            Phase.LEFT_OPEN: "stuck",
        }[phase]
        marks = cabinet_drawing.states(**{kind: compartment})
        if away and phase in {Phase.ORDERED, Phase.OPEN}:
            marks = {away: "stuck", **marks}
        whole = self._drawing
        part = whole.around(compartment) if whole is not None else None
        return {"drawing": part, "whole": whole if part is not whole else None, "marks": marks}

    def _trouble(self, visit: KioskState, now: KioskTime) -> str:
        """The sentence of what went wrong here, with the seconds that are left."""
        trouble: Trouble | None = getattr(visit.step, "trouble", None)
        if trouble is None:
            return ""
        left = 0 if trouble.until is None else max(0, ceil(trouble.until - now.seconds))
        return say(visit.language, trouble.key, n=left)

    def _sizes(self, facts: Facts) -> dict[str, Any]:
        """Boxes to scale: one for each size that the cabinet has, with what is free of it."""
        shapes: dict[Size, Shape] = {}
        for each in self._context.compartments:
            shape = self._drawing.door(each.id) if self._drawing is not None else None
            if shape is not None:
                shapes.setdefault(each.size, shape)
        widths = {shape.width for shape in shapes.values()}
        return {
            "sizes": [(size.value, count, shapes.get(size)) for size, count in facts.free.items()],
            "width_mm": max(widths, default=0),
            "height_mm": max((shape.height for shape in shapes.values()), default=0),
            "one_width": len(widths) == 1,
        }

    def _clock(self, at: datetime) -> str:
        """A time as 14:32, at the site."""
        return at.astimezone(self._zone).strftime("%H:%M")


def _companies(step: SignIn, facts: Facts) -> dict[str, Any]:
    """One page of companies; the chosen one is on it."""
    names = facts.companies
    if len(names) <= dropoff.COMPANIES_SHOWN:
        return {"companies": names, "more_companies": False}
    shown = dropoff.COMPANIES_SHOWN - 1
    pages = ceil(len(names) / shown)
    first = (step.page % pages) * shown
    return {"companies": names[first : first + shown], "more_companies": True}


def tail(number: str) -> str:
    """A tracking number by its beginning and its end: SF…94417."""
    return number if len(number) <= TAIL + 3 else f"{number[:2]}…{number[-TAIL:]}"


def pairs(number: str) -> str:
    """A long number in groups of four from its end, to be compared with a label."""
    first = len(number) % 4
    groups = [number[:first]] if first else []
    return " ".join([*groups, *(number[at : at + 4] for at in range(first, len(number), 4))])
