"""What is not about one parcel: what came and went, all data as a file, and the end of it."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from api.resident.case_view import own_cases
from api.resident.own_parcels import KEPT, past_parcels
from api.resident.parcel_view import ended_sentence, sent_sentence
from api.resident.resident_page import DEVICE_COOKIE, PAGE_HEADERS
from locker.core.model import Direction
from locker.journal.history import timeline
from locker.services.notices import notices_of_parcel
from locker.services.people import erase_resident, still_needed

if TYPE_CHECKING:
    from sqlite_utils import Database
    from starlette.applications import Starlette

    from api.resident.resident_page import AskedByResident, ResidentPages
    from locker.services.people import Person

_GONE = frozenset({"collected", "returned", "withdrawn"})


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the pages."""
    own = OwnPages(pages)
    app.add_route("/history", pages.own(own.history), methods=["GET"])
    app.add_route("/erase", pages.own(own.erase), methods=["GET", "POST"])
    app.add_route("/my-data.zip", pages.own(own.data), methods=["GET"])


class OwnPages:
    """Handlers: read, ask, render."""

    def __init__(self, pages: ResidentPages) -> None:
        self._pages = pages
        self._context = pages.context

    async def history(self, asked: AskedByResident) -> Response:
        """What came and went in the last twelve months."""
        text = asked.text
        since = text.now - KEPT
        rows = await self._context.journal.read(lambda db: past_parcels(db, asked.person, since))
        lines = [
            (
                row["id"],
                text.day(datetime.fromisoformat(row["since"])),
                text.called(row["company"]),
                sent_sentence(row["state"], text)
                if row["direction"] == Direction.OUT
                else ended_sentence(row["state"], text, row["opened_by"] or ""),
            )
            for row in rows
            if row["state"] in _GONE
        ]
        cases = await own_cases(self._context, asked)
        return self._pages.render("history", asked, tab="history", lines=lines, cases=cases)

    async def erase(self, asked: AskedByResident) -> Response:
        """Everything about me goes, when nothing waits for me and the end of the phone is typed once more."""
        waits = bool(still_needed(self._context.engine.site, asked.person.id))
        unit = self._context.resident_links.proof_is_unit(asked.person.id)
        if asked.http.method == "GET" or waits:
            return self._pages.render("erase", asked, tab="wishes", waits=waits, unit=unit)
        if not self._context.resident_links.proves(asked.person, asked.form.get("end", "")):
            alarm = asked.text.translate("my.erase_wrong")
            return self._pages.render("erase", asked, 422, tab="wishes", waits=waits, unit=unit, alarm=alarm)
        context = self._context
        await erase_resident(context.engine, context.directory, context.wishes, asked.person.id, asked.by)
        response = self._pages.render("erased", asked)
        response.delete_cookie(DEVICE_COOKIE, path="/")
        return response

    async def data(self, asked: AskedByResident) -> Response:
        """Everything that is kept about me, as one file that programs can read (N6)."""
        devices = await self._context.resident_links.devices(asked.person.id)
        content = await self._context.journal.read(lambda db: _everything(db, asked.person))
        wished = self._context.wishes.of(asked.person.id)
        person = asked.person
        files: dict[str, Any] = {
            "resident.json": {
                "unit": person.unit, "name": person.name, "phone": person.phone, "email": person.email,
                "language": person.language, "consent": person.consent, "low_door": person.reach,
            },
            "wishes.json": {"channels": wished.order, "quiet_minutes": wished.quiet, "arrival_at_once": wished.at_once},
            "devices.json": [{"since": since, "used_at": used} for since, used in devices],
            **content,
        }  # fmt: skip
        headers = {**PAGE_HEADERS, "Content-Disposition": 'attachment; filename="my-data.zip"'}
        return Response(_zipped(files), 200, headers, "application/zip")


def _everything(db: Database, person: Person) -> dict[str, Any]:
    parcels = past_parcels(db, person)
    for parcel in parcels:
        lines = timeline(db, parcel["id"])
        parcel["timeline"] = [{"at": each.at, "kind": each.kind} for each in lines]
        told = [each for each in notices_of_parcel(db, parcel["id"]) if each["recipient"] == person.id]
        kept = ("template", "state", "created_at", "done_at", "channel", "language", "version", "said")
        parcel["notices"] = [{name: each[name] for name in kept} for each in told]
    return {"parcels.json": parcels}


def _zipped(files: dict[str, Any]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in files.items():
            # A fixed date: the time of this machine need not be right, and says nothing.
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, json.dumps(value, ensure_ascii=False, indent=2))
    return packed.getvalue()
