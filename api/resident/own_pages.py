"""What is not about one parcel: what came and went, and the end of all of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from api.resident.case_view import own_cases
from api.resident.own_parcels import KEPT, past_parcels
from api.resident.parcel_view import ended_sentence, sent_sentence
from api.resident.resident_page import DEVICE_COOKIE
from locker.core.model import Direction
from locker.services.people import erase_resident, still_needed

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.responses import Response

    from api.resident.resident_page import AskedByResident, ResidentPages

_GONE = frozenset({"collected", "returned", "withdrawn"})


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the pages."""
    own = OwnPages(pages)
    app.add_route("/history", pages.own(own.history), methods=["GET"])
    app.add_route("/erase", pages.own(own.erase), methods=["GET", "POST"])


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
        cases = [each.number for each in await own_cases(self._context, asked, only_open=True)]
        unit = self._context.resident_links.proof_is_unit(asked.person.id)
        if asked.http.method == "GET" or waits:
            return self._pages.render("erase", asked, tab="wishes", waits=waits, unit=unit, cases=cases)
        if not self._context.resident_links.proves(asked.person, asked.form.get("end", "")):
            alarm = asked.text.translate("my.erase_wrong")
            return self._pages.render(
                "erase", asked, 422, tab="wishes", waits=waits, unit=unit, cases=cases, alarm=alarm
            )
        context = self._context
        await erase_resident(context.engine, context.directory, context.wishes, asked.person.id, asked.by)
        response = self._pages.render("erased", asked)
        response.delete_cookie(DEVICE_COOKIE, path="/")
        return response
