"""Who asks to be let in as a resident: looked at, let in with one touch, or not.

Their phones are masked until somebody who may asks for one, which is recorded first; letting in needs none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.i18n import LANGUAGE_NAMES
from api.staff.localized_text import masked_phone
from api.staff.panel import HEADERS, SHOWN_FOR
from api.staff.snapshot_pages import may_see
from locker.core.reasons import RefusalReason, Refused
from locker.services.command_service import ResidentTaken
from locker.services.people import Right, masked_name
from locker.services.policies import accepted_terms

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.services.people import Application, ResidentDirectory

PATH = "/people/applications"
FLOOD = 3
"""From so many on they may be turned away together."""
MOST_DIGITS = 6


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """Somebody who asks, and who is known of the same unit: the one thing by which a stranger is told.

    `phone` is masked unless `showing`.
    """

    id: str
    unit: str
    name: str = field(repr=False)
    phone: str = field(repr=False)
    facts: tuple[str, ...]
    there: str
    known: bool
    showing: bool


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = ApplicationPages(panel)
    app.add_route(PATH, panel.signed_in(pages.applications, Right.PEOPLE), methods=["GET"])
    app.add_route(f"{PATH}/show", panel.signed_in(pages.show, Right.SHOW), methods=["POST"])
    app.add_route(f"{PATH}/approve", panel.signed_in(pages.approve, Right.PEOPLE), methods=["POST"])
    app.add_route(f"{PATH}/refuse", panel.signed_in(pages.refuse, Right.PEOPLE), methods=["POST"])
    all_of_them = panel.signed_in(pages.refuse_all, Right.PEOPLE, proved=PATH)
    app.add_route(f"{PATH}/refuse-all", all_of_them, methods=["POST"])


class ApplicationPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def applications(self, request: StaffRequest) -> Response:
        """Everybody who waits."""
        waiting = await self._context.applications.waiting()
        offered = self._context.resident is not None and self._context.resident.registration
        url = self._context.resident.url if offered and self._context.resident is not None else ""
        return self._panel.render(
            "applications.html",
            request,
            rows=[
                application_row(
                    each, self._context.directory, request.text, showing=may_see(request, _subject(each.id))
                )
                for each in waiting
            ],
            may_show=Right.SHOW in request.rights,
            address=f"{url}/join" if url else "",
            last=waiting[-1].id if waiting else "",
            flood=len(waiting) >= FLOOD,
            proved=request.session.is_proved(request.text.now),
        )

    async def show(self, request: StaffRequest) -> Response:
        """Show the phone of one of them for five minutes. Recorded first: what is not recorded is not shown."""
        try:
            said = await self._context.applications.find(request.form.get("key", ""))
            await self._context.engine.note("application-shown", said.id, request.by)
        except Refused as refused:
            return self._refused(request, refused)
        request.memory.show(_subject(said.id), request.text.now + SHOWN_FOR)
        return RedirectResponse(f"{PATH}#application-{said.id}", 303, HEADERS)

    async def approve(self, request: StaffRequest) -> Response:
        """A record like one that staff wrote, with the terms that were accepted, once; then what was said goes.

        Who is known already is changed on their own card only.
        """
        context = self._context
        try:
            said = await context.applications.find(request.form.get("key", ""))
            accepted = accepted_terms(context.rules, said.terms) if said.terms else None
            saved = await context.commands.residents.let_in(said, accepted, request.by)
        except ResidentTaken:
            there = said in await context.applications.waiting()  # or another let them in a moment ago
            key, status = ("panel.application_taken", 409) if there else ("panel.application_gone", 404)
            return self._panel.error_page(request, key, status)
        except Refused as refused:
            return self._refused(request, refused)
        return RedirectResponse(f"/people/{saved.id}", 303, HEADERS)

    async def refuse(self, request: StaffRequest) -> Response:
        """Not let in: nothing of it is kept."""
        try:
            await self._context.applications.refuse(request.form.get("key", ""), request.by)
        except Refused as refused:
            return self._refused(request, refused)
        return RedirectResponse(PATH, 303, HEADERS)

    async def refuse_all(self, request: StaffRequest) -> Response:
        """A flood is turned away at once: those that stood on the page, when their number was typed."""
        typed = request.form.get("count", "").strip()
        if not typed.isascii() or not typed.isdigit() or len(typed) > MOST_DIGITS:
            return self._panel.error_page(request, "panel.applications_count", 422)
        try:
            await self._context.applications.refuse_all(request.form.get("last", ""), int(typed), request.by)
        except Refused as refused:
            if refused.reason is RefusalReason.NOT_NOW:
                return self._panel.error_page(request, "panel.applications_changed", 409)
            return self._refused(request, refused)
        return RedirectResponse(PATH, 303, HEADERS)

    def _refused(self, request: StaffRequest, refused: Refused) -> Response:
        gone = refused.reason is RefusalReason.UNKNOWN
        key, status = ("panel.application_gone", 404) if gone else ("panel.refused_sealed", 503)
        return self._panel.error_page(request, key, status)


def _subject(application: str) -> str:
    """Under which name the panel remembers that this phone may be seen unmasked."""
    return f"application {application}"


def application_row(
    said: Application, directory: ResidentDirectory, text: LocalizedText, *, showing: bool
) -> ApplicationRow:
    """Somebody who asks, with what is known of the unit; the phone whole only while `showing`."""
    t = text.translate
    there = [masked_name(each.name) for each in directory.find(said.unit)]
    facts = [
        t("panel.application_at", at=text.date_and_time(said.at)) if said.at else "",
        LANGUAGE_NAMES[said.language],
        t("panel.application_consents" if said.consent else "panel.application_asks"),
        t("panel.application_terms", n=said.terms) if said.terms else "",
    ]
    names = t("panel.list_comma").join(there)
    return ApplicationRow(
        said.id,
        said.unit,
        said.name,
        said.phone if showing else masked_phone(said.phone),
        tuple(filter(None, facts)),
        t("panel.application_there", names=names) if there else t("panel.application_nobody_there"),
        known=directory.find_exact(said.unit, said.name) is not None,
        showing=showing,
    )
