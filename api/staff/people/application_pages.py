"""Who asks to be let in as a resident: looked at, let in with one touch, or not."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.i18n import LANGUAGE_NAMES
from api.staff.panel import HEADERS
from locker.core.reasons import RefusalReason, Refused
from locker.services.command_service import ResidentDetails
from locker.services.people import Right, masked_name
from locker.services.policies import accept

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.staff.localized_text import LocalizedText
    from api.staff.panel import Panel, StaffRequest
    from locker.services.people import Application, Person, ResidentDirectory

PATH = "/people/applications"


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """Somebody who asks, and who is known of the same unit: the one thing by which a stranger is told."""

    id: str
    unit: str
    name: str
    phone: str
    facts: tuple[str, ...]
    there: str
    known: bool
    may_come: bool


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = ApplicationPages(panel)
    app.add_route(PATH, panel.signed_in(pages.applications, Right.PEOPLE), methods=["GET"])
    app.add_route(f"{PATH}/approve", panel.signed_in(pages.approve, Right.PEOPLE), methods=["POST"])
    app.add_route(f"{PATH}/refuse", panel.signed_in(pages.refuse, Right.PEOPLE), methods=["POST"])


class ApplicationPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context
        self._one_by_one = asyncio.Lock()

    async def applications(self, request: StaffRequest) -> Response:
        """Everybody who waits."""
        waiting = await self._context.applications.waiting()
        offered = self._context.resident is not None and self._context.resident.registration
        url = self._context.resident.url if offered and self._context.resident is not None else ""
        return self._panel.render(
            "applications.html",
            request,
            rows=[application_row(each, self._context.directory, request.text) for each in waiting],
            address=f"{url}/join" if url else "",
        )

    async def approve(self, request: StaffRequest) -> Response:
        """A record like one that staff wrote, with the terms that were accepted; then what was said goes.

        Who is known already is changed on their own card only. One that a power cut stopped half way is known by its
        phone, and the same touch does what was left; of two people who touch it at once the second finds it gone.
        """
        context = self._context
        try:
            async with self._one_by_one:
                said = await context.applications.find(request.form.get("key", ""))
                known = context.directory.find_exact(said.unit, said.name)
                if known is not None and not _same_phone(context.directory, known, said):
                    # A record is never changed by a form that anybody may fill in: it has a phone of its own.
                    return self._panel.error_page(request, "panel.application_taken", 409)
                resident = known.id if known is not None else await self._saved(said, request.by)
                if said.terms:
                    await accept(context.engine, context.rules, said.terms, f"resident:{resident}")
                await context.applications.end(said.id, request.by, let_in=True)
        except Refused as refused:
            return self._refused(request, refused)
        return RedirectResponse(f"/people/{resident}", 303, HEADERS)

    async def _saved(self, said: Application, by: str) -> str:
        details = ResidentDetails(
            unit=said.unit, name=said.name, phone=said.phone, consent=said.consent or None, language=said.language
        )
        return (await self._context.commands.save_resident(details, by)).id

    async def refuse(self, request: StaffRequest) -> Response:
        """Not let in: nothing of it is kept."""
        try:
            await self._context.applications.end(request.form.get("key", ""), request.by, let_in=False)
        except Refused as refused:
            return self._refused(request, refused)
        return RedirectResponse(PATH, 303, HEADERS)

    def _refused(self, request: StaffRequest, refused: Refused) -> Response:
        gone = refused.reason is RefusalReason.UNKNOWN
        key, status = ("panel.application_gone", 404) if gone else ("panel.refused_sealed", 503)
        return self._panel.error_page(request, key, status)


def application_row(said: Application, directory: ResidentDirectory, text: LocalizedText) -> ApplicationRow:
    """Somebody who asks, with what is known of the unit."""
    t = text.translate
    there = [masked_name(each.name) for each in directory.find(said.unit)]
    known = directory.find_exact(said.unit, said.name)
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
        said.phone,
        tuple(filter(None, facts)),
        t("panel.application_there", names=names) if there else t("panel.application_nobody_there"),
        known=known is not None,
        may_come=known is None or _same_phone(directory, known, said),
    )


def _same_phone(directory: ResidentDirectory, known: Person, said: Application) -> bool:
    return known.phone == directory.dialled(said.phone).number
