"""Screens as HTML: which template a state has, in which language, with which door lit."""

from __future__ import annotations

import re
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any, get_args
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from markupsafe import Markup

from api import cabinet_drawing
from api.i18n import LANGUAGE_NAMES, translate
from api.kiosk import collect, door_status, flow, lost_code, printing, report, timeouts
from api.kiosk.collect_steps import (
    InspectParcel,
    Keypad,
    LostCode,
    PickupDoor,
    ProblemReported,
    ReportPhoto,
    ReportProblem,
    SecondItem,
    SignParcel,
)
from api.kiosk.courier import custody, pieces
from api.kiosk.courier.right_terms import covered, uses_left
from api.kiosk.courier.screen_values import Shown, courier_values
from api.kiosk.courier.steps import DepositDoor
from api.kiosk.hours_view import closed_sentence
from api.kiosk.incident_view import incident_values
from api.kiosk.lobby_view import lobby_rows, page_of
from api.kiosk.sending.send_steps import SendDoor, SendSize, SendStep
from api.kiosk.sending.send_view import send_values
from api.kiosk.speech import Speech
from api.kiosk.spoken import spoken_text
from api.kiosk.state import Idle, KioskState, Step
from api.kiosk.timeouts import TRIES
from api.kiosk.touchscreen import Touchscreen
from api.kiosk.transitions import must_wait
from api.kiosk.values import DoorPhase, ErrorMessage, KioskTime, LockerState, PresentedCredential
from api.qr_drawing import qr_code
from api.templates import clauses, environment
from locker.core.model import Flag, ParcelState, Seen, Size
from locker.services.policies import Retention

if TYPE_CHECKING:
    from datetime import datetime

    from api.app_context import AppContext
    from api.cabinet_drawing import Shape

END_SHOWN = 5
LOBBY_SECONDS = 10
CARE = (Flag.LIQUID, Flag.FRAGILE)
"""What hands should know of a parcel before they touch it."""
REJECTED = "rejected as"
"""How the core says in a compartment's reason that a resident reported what is behind it."""

TEMPLATE_OF: dict[type[Step], str] = {
    each: re.sub(r"(?<!^)(?=[A-Z])", "_", each.__name__).lower() for each in get_args(Step)
}
"""Each step is drawn by the template of its name."""


class ScreenRenderer:
    """One renderer for all screens: it keeps nothing of anybody."""

    def __init__(self, context: AppContext, speech: Speech) -> None:
        self._context = context
        self._speech = speech
        self._zone = ZoneInfo(context.site.timezone)
        self._drawing = cabinet_drawing.draw(context.compartments, context.columns, context.kiosk)
        self._templates = environment()
        self._templates.filters["clauses"] = clauses
        self._templates.filters["shortened"] = shortened
        self._templates.filters["grouped"] = grouped
        self._templates.filters["qr"] = qr_code
        self._templates.globals.update(site=context.site, language_names=LANGUAGE_NAMES)

    def page(self, screen: Touchscreen, state: KioskState) -> str:
        """The whole page."""
        values = self._template_values(screen, state)
        return self._templates.get_template("kiosk/page.html").render(values, screen=self._screen(values, state))

    def screen(self, screen: Touchscreen, state: KioskState) -> str:
        """What stands inside the page and is replaced from screen to screen."""
        return self._screen(self._template_values(screen, state), state)

    def lobby(self, locker: LockerState, language: str, page: int, now: datetime) -> str:
        """A page for a screen in the lobby: numbers, and of those who agreed that something waits, masked."""
        waiting = sum(each.state is ParcelState.STORED for each in locker.site.parcels.values())
        rows, following = page_of(lobby_rows(locker.site, self._context.directory.get, self._agreed, now), page)
        return self._templates.get_template("kiosk/lobby.html").render(
            t=partial(translate, language),
            named=partial(self._named, language),
            until=lambda at: "" if at is None else self._day_and_clock(at, language),
            language=language,
            waiting=waiting,
            rows=rows,
            following=following,
            clock=self._clock(now),
            incident=incident_values(locker.incident, language, self._day_and_clock),
            closed=closed_sentence(locker.site.policy.opening, now, language, self._day_and_clock),
            drawing=self._drawing,
            free=locker.free,
            broken=locker.broken,
            sealed=locker.sealed,
            seconds=LOBBY_SECONDS,
        )

    def _agreed(self, resident: str) -> bool:
        return self._context.wishes.of(resident).lobby

    def _screen(self, values: dict[str, Any], state: KioskState) -> Markup:
        drawn = self._templates.get_template("kiosk/screen.html").render(values)
        said = spoken_text(drawn) if state.display.speak else ""
        if said:
            name = self._speech.name(state.language, said)
            drawn += f'<audio id="said-{name}-{state.said_again}" src="/spoken/{name}.wav" autoplay></audio>'
        return Markup(drawn)  # noqa: S704  a template made it, and the name is letters and digits

    def _template_values(self, screen: Touchscreen, state: KioskState) -> dict[str, Any]:
        locker, now = covered(state, screen.locker()), screen.now()
        out_of_order = flow.out_of_order(state, locker)
        return {
            "t": partial(translate, state.language),
            "named": partial(self._named, state.language),
            "sentences_in": lambda language: partial(translate, language),
            "screen_id": screen.screen_id,
            "state": state,
            "step": state.step,
            "locker": locker,
            "incident": incident_values(locker.incident, state.language, self._day_and_clock),
            "closed": closed_sentence(locker.site.policy.opening, now.utc, state.language, self._day_and_clock),
            "template": f"kiosk/{'outage' if out_of_order else _template(state, locker)}.html",
            "seconds_left": None if out_of_order else timeouts.seconds_left(state, now),
            "warning_seconds": timeouts.WARNING_SECONDS,
            "error": self._error_text(state, now),
            "clock": self._clock,
            "policy": locker.site.policy,
            "speaks": self._speech.speaks,
            "may_call": flow.may_call(state),
            "right_left": uses_left(state, locker),
            "may_print": printing.may_print(state, locker),
            "may_rate_help": flow.may_rate_help(state, now),
            "counts": isinstance(state.step, TRIES) and must_wait(state.step.error, now),
            "digits": _digits_text(locker, state.language),
            **(self._drawing_values() if out_of_order else self._step_values(state, locker, now)),
        }

    def _step_values(self, state: KioskState, locker: LockerState, now: KioskTime) -> dict[str, Any]:
        """What only this kind of screen needs."""
        step = state.step
        match step:
            case PickupDoor() | DepositDoor() | SendDoor():
                return self._door_values(state, step, locker, now)
            case ReportProblem() | ProblemReported() | ReportPhoto() | InspectParcel() | SignParcel():
                return self._report_values(state, step, locker, now)
            case Idle() if (visit := door_status.door_left_behind(locker)) is not None:
                return {
                    "door": visit.compartment,
                    "place": self._place(visit.compartment),
                    "leaving": "" if visit.leaving is None else visit.leaving.value,
                    **self._drawing_values(visit.compartment, DoorPhase.OPEN),
                }
            case LostCode():
                return {"complete": lost_code.lost_complete(step) and not must_wait(step.error, now)}
            case SecondItem():
                return {"complete": collect.second_item_complete(step)}
            case Keypad():
                wait = must_wait(step.error, now)
                complete = len(step.typed) in locker.code_lengths and not wait
                return {"complete": complete, "longest": max(locker.code_lengths)}
            case SendSize():
                return self._size_values(locker, None)
            case _ if isinstance(step, SendStep):
                return self._drawing_values() | send_values(step, state.language, locker, now)
            case _:
                return self._courier_values(state, step, locker, now)

    def _report_values(
        self,
        state: KioskState,
        step: ReportProblem | ProblemReported | ReportPhoto | InspectParcel | SignParcel,
        locker: LockerState,
        now: KioskTime,
    ) -> dict[str, Any]:
        """What is looked at, signed for or reported, behind a door that may still stand open."""
        reported = step.reported if isinstance(step, ReportPhoto) else step
        there = locker.site.compartments.get(reported.door.compartment)
        still_open = there is not None and there.seen is Seen.OPEN
        values = self._drawing_values(reported.door.compartment, DoorPhase.OPEN if still_open else reported.door.phase)
        if isinstance(reported, ProblemReported):
            due = reported.due
            values |= {
                "may_show": report.may_show(reported, locker),
                "due": "" if due is None else self._day_and_clock(due, state.language),
                "most_photos": report.MOST_PHOTOS,
            }
        if isinstance(step, InspectParcel):
            values["may_reopen"] = collect.may_reopen(step.door, locker, now)
        return {"still_open": still_open, **values}

    def _courier_values(self, state: KioskState, step: Step, locker: LockerState, now: KioskTime) -> dict[str, Any]:
        sizes, days = partial(self._size_values, locker), self._context.rules.body(Retention).pictures_days
        shown = Shown(state, locker, now, self._drawing_values, sizes, self._place, days)
        return courier_values(shown, step)

    def _place(self, compartment: str) -> cabinet_drawing.DoorPlace | None:
        """Where a door is, for whoever stands before the screen."""
        return cabinet_drawing.locate(compartment, self._context.compartments, self._context.kiosk)

    def _door_values(
        self, state: KioskState, step: PickupDoor | DepositDoor | SendDoor, locker: LockerState, now: KioskTime
    ) -> dict[str, Any]:
        if isinstance(step, SendDoor):
            return send_values(step, state.language, locker, now) | self._any_door_values(step, locker, now)
        known = isinstance(step, DepositDoor) or step.credential != PresentedCredential()
        until = door_status.reopen_until(locker.site, step) if known else None
        retry = door_status.retry_at(locker.site, step.parcel, now.utc) if step.phase is DoorPhase.FAILED else None
        full = locker.site.compartments.get(step.full_door) if isinstance(step, DepositDoor) else None
        return self._any_door_values(step, locker, now) | {
            "again": isinstance(step, PickupDoor) and collect.may_try_again(step, locker, now),
            "retry_minutes": 0 if retry is None else ceil((retry - now.utc).total_seconds() / 60),
            **self._pickup_values(state, step, locker),
            "take_back_minutes": self._take_back_minutes(step, locker, now),
            "reopen_for": 0 if until is None else max(0, ceil((until - now.utc).total_seconds())),
            "shipment_here": pieces.here(shipment, locker) if (shipment := state.shipment) is not None else 0,
            "full_open": full.id if full is not None and full.seen is Seen.OPEN else "",
        }

    def _any_door_values(
        self, step: PickupDoor | DepositDoor | SendDoor, locker: LockerState, now: KioskTime
    ) -> dict[str, Any]:
        """What every screen at a door shows."""
        compartment, parcel = locker.site.compartments.get(step.compartment), locker.site.parcels.get(step.parcel)
        moved_from = "" if isinstance(step, PickupDoor) else step.moved_from
        other = locker.site.compartments.get(moved_from)
        return {
            "door": step.compartment,
            "phase": step.phase.value,
            "place": self._place(step.compartment),
            "alarm_at": door_status.alarm_at(locker.site, step.compartment, now.utc),
            "may_report_stuck": timeouts.may_report_stuck(step, now),
            "care": [flag.value for flag in CARE if parcel is not None and flag in parcel.flags],
            "rejected": compartment is not None and compartment.reason.startswith(REJECTED),
            "still_open": compartment is not None and compartment.seen is Seen.OPEN,
            "other_open": moved_from if other is not None and other.seen is Seen.OPEN else "",
            **self._drawing_values("" if step.phase is DoorPhase.OVER else step.compartment, step.phase, moved_from),
        }

    def _take_back_minutes(self, step: PickupDoor | DepositDoor, locker: LockerState, now: KioskTime) -> int:
        if not isinstance(step, DepositDoor) or not custody.may_take_back(step, locker, now):
            return 0
        until = door_status.take_back_until(locker.site, step.parcel)
        return 0 if until is None else ceil((until - now.utc).total_seconds() / 60)

    def _pickup_values(self, state: KioskState, step: PickupDoor | DepositDoor, locker: LockerState) -> dict[str, Any]:
        """What else may be done at a resident's door."""
        if not isinstance(step, PickupDoor):
            return {}
        following = collect.next_parcel(step, locker)
        parcel = locker.site.parcels.get(step.parcel)
        deadline = None if parcel is None else parcel.deadline
        return {
            "following": "" if following is None else following.compartment,
            "stays": collect.says_put_back(step, locker),
            "may_put_back": bool(step.pickup) and not collect.says_put_back(step, locker),
            "deadline": "" if deadline is None else self._day_and_clock(deadline, state.language),
        }

    def _drawing_values(
        self, compartment: str = "", phase: DoorPhase = DoorPhase.OVER, moved_from: str = ""
    ) -> dict[str, Any]:
        """The drawing with the door marked as it was seen: ordered is outlined, only seen open is lit."""
        kind = {
            DoorPhase.ORDERED: "next",
            DoorPhase.OPEN: "lit",
            DoorPhase.SHUT: "done",
            DoorPhase.KEPT: "done",
            DoorPhase.OVER: "done",
            DoorPhase.FAILED: "stuck",
            DoorPhase.LEFT_OPEN: "stuck",
            DoorPhase.CHECK: "stuck",
        }[phase]
        marks = cabinet_drawing.door_marks(**{kind: compartment})
        if moved_from and phase in {DoorPhase.ORDERED, DoorPhase.OPEN}:
            marks = {moved_from: "stuck", **marks}
        whole = self._drawing
        part = whole.around(compartment) if whole is not None else None
        return {"drawing": part, "whole": whole if part is not whole else None, "marks": marks}

    def _error_text(self, state: KioskState, now: KioskTime) -> str:
        """The sentence of what went wrong here, with the seconds that are left."""
        error: ErrorMessage | None = getattr(state.step, "error", None)
        if error is None:
            return ""
        left = 0 if error.until is None else max(0, ceil(error.until - now.seconds))
        return translate(state.language, error.key, n=left, phone=self._context.site.help_phone)

    def _size_values(self, locker: LockerState, last: Size | None) -> dict[str, Any]:
        """Boxes to scale: one for each size that the cabinet has, with what is free of it."""
        shapes: dict[Size, Shape] = {}
        for each in self._context.compartments:
            shape = self._drawing.door(each.id) if self._drawing is not None else None
            if shape is not None:
                shapes.setdefault(each.size, shape)
        widths = {shape.width for shape in shapes.values()}
        return {
            "last_size": "" if last is None else last.value,
            "sizes": [(size.value, count, shapes.get(size)) for size, count in locker.free.items()],
            "width_mm": max(widths, default=0),
            "height_mm": max((shape.height for shape in shapes.values()), default=0),
            "one_width": len(widths) == 1,
        }

    def _named(self, language: str, name: str) -> str:
        return self._context.site.called(name, language)

    def _day_and_clock(self, at: datetime, language: str) -> str:
        """A time as Mon 14:32, at the site."""
        return format_datetime(at.astimezone(self._zone), "EEE HH:mm", locale=language.replace("-", "_"))

    def _clock(self, at: datetime) -> str:
        """A time as 14:32, at the site."""
        return at.astimezone(self._zone).strftime("%H:%M")


def _template(state: KioskState, locker: LockerState) -> str:
    """The template of a step; where nobody is, a courier's open door comes first."""
    if isinstance(state.step, Idle):
        left = door_status.door_left_behind(locker) is not None
        return "idle_open" if left else "idle_easy" if state.display.easy else "idle"
    return TEMPLATE_OF[type(state.step)]


def _digits_text(locker: LockerState, language: str) -> str:
    """How many digits a code has, in words: mostly one number, two or more after `code_digits` was changed."""
    *few, many = (str(length) for length in locker.code_lengths)
    return translate(language, "collect.digits_or", few=", ".join(few), many=many) if few else many


def shortened(number: str) -> str:
    """A tracking number by its beginning and its end: SF…94417."""
    return number if len(number) <= END_SHOWN + 3 else f"{number[:2]}…{number[-END_SHOWN:]}"


def grouped(number: str) -> str:
    """A long number in groups of four from its end, to be compared with a label."""
    first = len(number) % 4
    groups = [number[:first]] if first else []
    return " ".join([*groups, *(number[at : at + 4] for at in range(first, len(number), 4))])
