"""Something is wrong with a parcel of mine: what, in words and pictures, and what becomes of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from api.resident.case_view import case_card
from api.resident.own_parcels import OwnParcels
from api.resident.resident_page import PAGE_HEADERS
from locker.core.reasons import RefusalReason, Refused
from locker.services.cases import CaseRequest, Outcome, Source
from locker.services.evidence import LARGEST_PICTURE, PictureCleaner, PictureFault, PictureRefused
from locker.services.resident_reports import keep_report

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.resident.resident_page import AskedByResident, ResidentPages

# What a resident may say is wrong, and the kind of case that it opens.
PROBLEMS = {"damaged": "damaged", "missing": "lost", "other": "wrong-parcel", "empty": "lost", "else": "complaint"}
MOST_PICTURES = 3
MOST_A_DAY = 10
UPLOAD_LIMIT = MOST_PICTURES * LARGEST_PICTURE + 1024 * 1024
"""Bytes of a whole form. One that is larger is cut off before it is read."""


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the pages."""
    reports = ReportPages(pages)
    for path, page in (("/parcels/{parcel}/report", reports.report), ("/cases/{case}", reports.case)):
        endpoint = pages.own(page, files=True)
        app.router.routes.append(Route(path, endpoint, methods=["GET", "POST"], max_body_size=UPLOAD_LIMIT))
    app.add_route("/cases/{case}/settled", pages.own(reports.settled), methods=["POST"])
    app.add_route("/cases/{case}/pictures/{sha256}", pages.own(reports.picture), methods=["GET"])


class ReportPages:
    """Handlers: read, ask, render. A case that is not mine is one that is not there."""

    def __init__(self, pages: ResidentPages) -> None:
        self._pages = pages
        self._context = pages.context
        self._cases = pages.context.cases.service
        self._own = OwnParcels(pages.context)
        self._cleaner = PictureCleaner()

    async def report(self, asked: AskedByResident) -> Response:
        """Something is wrong with a parcel that is here or was here lately."""
        row = await self._own.reportable(asked)
        if asked.http.method == "GET":
            return self._form(asked, row["id"])
        problem = asked.form.get("problem", "")
        if problem not in PROBLEMS:
            return self._form(asked, row["id"], "my.report_which")
        await self._bounded(asked)
        try:
            pictures = await self._pictures(asked)
        except PictureRefused as refused:
            return self._form(asked, row["id"], f"my.picture_{refused.fault.value}")
        request = CaseRequest(
            kind=PROBLEMS[problem], source=Source.RESIDENT, by=asked.by, text=asked.form.get("words", "").strip(),
            parcel=row["id"], unit=asked.person.unit, resident=asked.person.id, photos=pictures,
        )  # fmt: skip
        receipt = await self._cases.open_case(request)
        with suppress(Refused):  # the case is open: the line on the panel is a way to it, not the way
            await keep_report(self._context.engine, row["compartment"], row["id"], problem, asked.by)
        return self._pages.back(f"/cases/{receipt.number}")

    async def case(self, asked: AskedByResident) -> Response:
        """What becomes of it; more words and pictures."""
        number = asked.http.path_params["case"]
        own = await self._cases.own_case(number, resident=asked.person.id)
        if asked.http.method == "GET":
            return await self._case_page(asked, number)
        words = asked.form.get("words", "").strip()
        if own.closed_at is not None or not (words or asked.files):
            return await self._case_page(asked, number, "my.case_empty")
        try:
            pictures = await self._pictures(asked)
        except PictureRefused as refused:
            return await self._case_page(asked, number, f"my.picture_{refused.fault.value}")
        if len(pictures) + len(await self._own_pictures(asked, number)) > MOST_A_DAY:
            return await self._case_page(asked, number, "my.picture_too-many")
        for picture in pictures:
            await self._cases.add_photo(number, picture, asked.by)
        if words:
            await self._cases.answer(number, words, asked.by)
        return self._pages.back(f"/cases/{own.number}")

    async def settled(self, asked: AskedByResident) -> Response:
        """I need nothing more."""
        own = await self._cases.own_case(asked.http.path_params["case"], resident=asked.person.id)
        await self._cases.close(own.number, Outcome.WITHDRAWN, asked.by)
        return self._pages.back(f"/cases/{own.number}")

    async def picture(self, asked: AskedByResident) -> Response:
        """A picture that I sent."""
        number, sha256 = asked.http.path_params["case"], asked.http.path_params["sha256"]
        await self._cases.own_case(number, resident=asked.person.id)
        if sha256 not in await self._own_pictures(asked, number):
            raise Refused(RefusalReason.UNKNOWN)
        content, media_type = await self._cases.photo(number, sha256)
        return Response(content, 200, PAGE_HEADERS, media_type)

    async def _own_pictures(self, asked: AskedByResident, number: str) -> list[str]:
        whole = await self._cases.whole(number)
        return [each.sha256 for each in whole.photos if each.by == asked.by]

    async def _pictures(self, asked: AskedByResident) -> tuple[bytes, ...]:
        if len(asked.files) > MOST_PICTURES:
            raise PictureRefused(PictureFault.TOO_MANY)
        return tuple([await self._cleaner.redrawn(each) for each in asked.files])

    async def _bounded(self, asked: AskedByResident) -> None:
        """Raises Refused, throttled, for whoever opens more than anybody needs: the disk is everybody's."""
        since = asked.text.now - timedelta(days=1)
        if sum(each.opened_at > since for each in await self._cases.cases_of(asked.person.id)) >= MOST_A_DAY:
            raise Refused(RefusalReason.THROTTLED)

    def _form(self, asked: AskedByResident, parcel: str, alarm: str = "") -> Response:
        return self._pages.render(
            "report", asked, 422 if alarm else 200, tab="parcels", parcel=parcel, problems=list(PROBLEMS),
            form=asked.form, alarm=asked.text.translate(alarm) if alarm else "",
        )  # fmt: skip

    async def _case_page(self, asked: AskedByResident, number: str, alarm: str = "") -> Response:
        own = await self._cases.own_case(number, resident=asked.person.id)
        pictures = await self._own_pictures(asked, number)
        return self._pages.render(
            "case", asked, 422 if alarm else 200, tab="parcels", card=case_card(own, asked.text),
            pictures=[f"/cases/{own.number}/pictures/{each}" for each in pictures], form=asked.form,
            alarm=asked.text.translate(alarm) if alarm else "",
        )  # fmt: skip
