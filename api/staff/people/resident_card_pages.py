"""The card of one resident: what they agreed to, how they are told, who fetches for them; changed, copied, forgotten.

Names and numbers are masked until somebody who may asks for them, which is recorded first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.resident.resident_text import ResidentText
from api.resident.subject_access import ResidentArchive
from api.staff.panel import HEADERS, SHOWN_FOR
from api.staff.people.resident_form import CONSENTS, ResidentForm
from api.staff.people.resident_view import (
    consent_lines,
    consent_word,
    look_lines,
    needs,
    own_parcels,
    parcel_lines,
    preferences,
    shown,
)
from api.staff.snapshot_pages import may_see
from locker.core.credential import CredentialKind
from locker.core.reasons import RefusalReason, Refused
from locker.journal.credential_history import credential_history
from locker.journal.resident_history import consent_history, looks_at_resident
from locker.services.command_service import ResidentTaken
from locker.services.people import CHANNELS, Right, erase_resident, still_needed

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlite_utils import Database
    from starlette.applications import Starlette

    from api.staff.panel import Panel, StaffRequest
    from locker.services.people import Person

CARD = "/people/{resident}"


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = ResidentCardPages(panel)
    app.add_route(CARD, panel.signed_in(pages.card, Right.PEOPLE), methods=["GET"])
    app.add_route(f"{CARD}/save", panel.signed_in(pages.save, Right.PEOPLE), methods=["POST"])
    app.add_route(f"{CARD}/wishes", panel.signed_in(pages.wishes, Right.PEOPLE), methods=["POST"])
    app.add_route(f"{CARD}/show", panel.signed_in(pages.show, Right.SHOW), methods=["POST"])
    app.add_route(f"{CARD}/links", panel.signed_in(pages.end_links, Right.PEOPLE), methods=["POST"])
    app.add_route(f"{CARD}/copy", panel.signed_in(pages.copy, Right.PEOPLE, proved=CARD), methods=["POST"])
    app.add_route(f"{CARD}/erase", panel.signed_in(pages.erase, Right.PEOPLE, proved=CARD), methods=["POST"])


class ResidentCardPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context
        self._archive = ResidentArchive(panel.context)

    def _person(self, request: StaffRequest) -> Person | None:
        return self._context.directory.get(request.http.path_params["resident"])

    async def card(self, request: StaffRequest) -> Response:
        """The card."""
        person = self._person(request)
        return self._nobody(request) if person is None else await self._card(request, person)

    async def _card(
        self,
        request: StaffRequest,
        person: Person,
        wrong: str = "",
        typed: ResidentForm | None = None,
        status: int = 200,
    ) -> Response:
        context, text = self._context, request.text
        wished, showing = context.wishes.of(person.id), may_see(request, _subject(person))
        parcels, now = own_parcels(context.engine.site, person.id), context.engine.now()
        ids = [each.id for each in parcels]
        consent, looks, delegates = await context.journal.read(
            lambda db: (
                consent_history(db, person.id),
                looks_at_resident(db, person.id),
                [one for parcel in ids for one in _delegates(db, parcel, now)],
            )
        )
        return self._panel.render(
            "resident_card.html",
            request,
            status,
            person=person,
            shown=shown(person, showing=showing),
            showing=showing,
            may_show=Right.SHOW in request.rights,
            needs=needs(person, wished, text.date_of(text.now), text),
            consent=consent_word(person, wished, text),
            consents=consent_lines(consent, text),
            looks=look_lines(looks, text),
            parcels=parcel_lines(parcels, text),
            delegates=delegates,
            preferences=preferences(person, wished, text),
            wished=wished,
            channels=[each for each in CHANNELS if (person.phone if each == "phone" else person.email)],
            devices=await context.resident_links.devices(person.id),
            cases=await context.cases.service.cases_of(person.id),
            waits=still_needed(context.engine.site, person.id),
            form=typed or _as_form(person, showing=showing),
            wrong=wrong,
            alarm=text.translate(f"panel.resident_wrong_{wrong}") if wrong else "",
        )

    async def save(self, request: StaffRequest) -> Response:
        """Change the record. What is masked and was left empty stays as it is."""
        person = self._person(request)
        if person is None:
            return self._nobody(request)
        form = ResidentForm.read(request.form)
        if wrong := form.wrong(new=False):
            return await self._card(request, person, wrong, form, 422)
        showing = may_see(request, _subject(person))
        details = replace(
            form.details(),
            resident=person.id,
            name=form.name or person.name,
            phone=form.phone if showing else form.phone or person.phone,
            email=form.email if showing else form.email or person.email,
        )
        try:
            await self._context.commands.save_resident(details, request.by)
        except ResidentTaken:
            return await self._card(request, person, "taken", form, 409)
        except Refused as refused:
            return self._refused(request, refused)
        return self._again(person)

    async def wishes(self, request: StaffRequest) -> Response:
        """Change what staff write down for somebody: that they are helped, handed parcels, and told first by what."""
        person, form = self._person(request), request.form
        if person is None:
            return self._nobody(request)
        first = form.get("channel", "")
        if first and first not in CHANNELS:
            return self._panel.error_page(request, "panel.bad_field", 422, field="channel")
        known = self._context.wishes.of(person.id)
        wished = replace(
            known,
            channels=(first,) if first else known.channels,
            in_person="in_person" in form,
            assisted="assisted" in form,
            pilot="pilot" in form,
        )
        try:
            await self._context.wishes.save(person.id, wished, request.by)
        except Refused as refused:
            return self._refused(request, refused)
        return self._again(person)

    async def show(self, request: StaffRequest) -> Response:
        """Show name and numbers for five minutes. Recorded first: what is not recorded is not shown."""
        return await self._noted(request, "resident-shown") or self._again_shown(request)

    async def end_links(self, request: StaffRequest) -> Response:
        """End link and devices: whoever lost a phone is let in by the next notice only."""
        person = self._person(request)
        if person is None:
            return self._nobody(request)
        try:
            await self._context.resident_links.end(person.id, request.by)
        except Refused as refused:
            return self._refused(request, refused)
        return self._again(person)

    async def copy(self, request: StaffRequest) -> Response:
        """All that is kept about somebody, for them, as one ZIP."""
        person = self._person(request)
        if person is None:
            return self._nobody(request)
        if (turned_away := await self._noted(request, "resident-exported")) is not None:
            return turned_away
        text = ResidentText(person.language, self._context.site, request.text.now)
        packed = await self._archive.packed(person, text)
        headers = {**HEADERS, "Content-Disposition": 'attachment; filename="resident.zip"'}
        return Response(packed, 200, headers, "application/zip")

    async def erase(self, request: StaffRequest) -> Response:
        """Forget somebody, when no parcel waits for them and the unit was typed once more."""
        person, context = self._person(request), self._context
        if person is None:
            return self._nobody(request)
        if request.form.get("unit", "").strip().casefold() != person.unit.casefold():
            return await self._card(request, person, "erase", status=422)
        try:
            await erase_resident(context.engine, context.directory, context.wishes, person.id, request.by)
        except Refused as refused:
            if refused.reason is RefusalReason.NOT_NOW:
                return await self._card(request, person, "waits", status=409)
            return self._refused(request, refused)
        return RedirectResponse("/people", 303, HEADERS)

    async def _noted(self, request: StaffRequest, what: str) -> Response | None:
        """Record a look; the page that says why it could not be, None when it was."""
        person = self._person(request)
        if person is None:
            return self._nobody(request)
        try:
            await self._context.engine.note(what, person.id, request.by)
        except Refused as refused:
            return self._refused(request, refused)
        return None

    def _again_shown(self, request: StaffRequest) -> Response:
        resident = request.http.path_params["resident"]
        request.memory.show(f"resident {resident}", request.text.now + SHOWN_FOR)
        return RedirectResponse(f"/people/{resident}", 303, HEADERS)

    def _again(self, person: Person) -> Response:
        return RedirectResponse(f"/people/{person.id}", 303, HEADERS)

    def _nobody(self, request: StaffRequest) -> Response:
        return self._panel.error_page(request, "panel.no_resident", 404)

    def _refused(self, request: StaffRequest, refused: Refused) -> Response:
        if refused.reason is RefusalReason.UNKNOWN:
            return self._nobody(request)
        return self._panel.error_page(request, "panel.refused_sealed", 503)


def _subject(person: Person) -> str:
    """Under which name the panel remembers that this card may be seen unmasked."""
    return f"resident {person.id}"


def _as_form(person: Person, *, showing: bool) -> ResidentForm:
    """The record as its form: what is masked on the page stands in no field either."""
    word = next(word for word, consent in CONSENTS.items() if consent is person.consent)
    name, phone, email = (person.name, person.phone, person.email) if showing else ("", "", "")
    return ResidentForm(person.unit, name, phone, email, person.language, word, person.reach)


def _delegates(db: Database, parcel: str, now: datetime) -> list[dict[str, Any]]:
    """Who may fetch this parcel for its resident, now."""
    found = credential_history(db, parcel, now) or []
    wanted = CredentialKind.DELEGATE.value
    return [{**each, "parcel": parcel} for each in found if each["kind"] == wanted and each["ended"] is None]
