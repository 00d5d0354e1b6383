"""Who was trained in what, and until when that holds: read by whom it concerns, written by who plans the duty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from api.staff.panel import HEADERS
from locker.core.reasons import RefusalReason, Refused
from locker.services.duty import LONGEST_COURSE
from locker.services.people import Right

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.services.duty import Training

PATH = "/duty/training"
COURSES = ("deposit", "complaint", "emergency", "privacy", "cleaning")
"""Courses that the form offers; any other may be written."""


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One course of one person. `loud`: it has ended or ends within a month."""

    id: int
    person: str
    course: str
    held: str
    expires: str
    mark: str
    loud: bool


def install(app: Starlette, panel: Panel) -> None:
    """Add the page."""
    pages = TrainingPages(panel)
    app.add_route(PATH, panel.signed_in(pages.show), methods=["GET"])
    app.add_route(PATH, panel.signed_in(pages.add, Right.DUTY), methods=["POST"])
    app.add_route(f"{PATH}/remove", panel.signed_in(pages.remove, Right.DUTY), methods=["POST"])


class TrainingPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def show(self, request: StaffRequest, wrong: str = "") -> Response:
        """What counts now: of all for who plans, else the reader's own."""
        plans, text = Right.DUTY in request.rights, request.text
        listed = await self._context.trainings.listed("" if plans else request.session.staff)
        rows = [training_row(each, text) for each in listed]
        people = [each.name for each in await self._context.staff.accounts() if each.active] if plans else []
        loud = sum(row.loud for row in rows)
        return self._panel.render(
            "training.html",
            request,
            422 if wrong else 200,
            rows=rows,
            title=text.translate("panel.training_due" if loud else "panel.training_good", n=loud or len(rows)),
            people=people,
            plans=plans,
            courses=[text.translate(f"panel.course_{each}") for each in COURSES],
            longest=LONGEST_COURSE,
            typed=dict.fromkeys(["person", "course", "held", "expires"], "") | request.form,
            alarm=text.translate(f"panel.training_wrong_{wrong}") if wrong else "",
            still=True,
        )

    async def add(self, request: StaffRequest) -> Response:
        """Enter a course."""
        form, known = request.form, {each.name for each in await self._context.staff.accounts()}
        try:
            held, expires = _day("held", form.get("held", "")), _day("expires", form.get("expires", ""))
            if held is None or form.get("person", "") not in known:
                return await self.show(request, "person" if held else "held")
            await self._context.trainings.add(form["person"], form.get("course", ""), held, expires, request.by)
        except ValueError as wrong:
            return await self.show(request, str(wrong).partition(":")[0])
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse(PATH, 303, HEADERS)

    async def remove(self, request: StaffRequest) -> Response:
        """Take one out; that it is gone already needs no word."""
        number = request.form.get("training", "")
        try:
            if number.isascii() and number.isdigit() and len(number) < 16:
                await self._context.trainings.remove(int(number), request.by)
        except Refused as refused:
            if refused.reason is RefusalReason.SEALED:
                return self._panel.error_page(request, "panel.refused_sealed", 503)
        return RedirectResponse(PATH, 303, HEADERS)


def training_row(training: Training, text: LocalizedText) -> TrainingRow:
    """One line, as the reader's day sees it. Pure."""
    today, ends = text.date_of(text.now), training.expires
    loud = training.due_on(today)
    mark = ""
    if ends is not None and loud:
        days = (ends - today).days
        mark = text.translate("panel.training_over") if days < 0 else text.translate("panel.training_left", n=days)
    return TrainingRow(
        training.id,
        training.person,
        training.course,
        text.day(training.held),
        text.translate("panel.training_until", at=text.day(ends))
        if ends is not None
        else text.translate("panel.training_for_good"),
        mark,
        loud,
    )


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise ValueError(f"{name}: is no day") from None
