"""The page of calls: how long people wait until somebody answers, and lists of a telephone exchange taken over."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from api.staff.cases.call_view import LONG_DAYS, MOST_FAULTS, SHORT_DAYS, fault_rows, wait_rows, waits_title
from api.staff.panel import HEADERS
from api.staff.people.import_view import Upload, Uploads
from locker.core.reasons import RefusalReason, Refused
from locker.services.cases import LIMIT, MOST_CALLS, CallList, NoCallList, read_calls, together
from locker.services.people import LARGEST_FILE, Right, UnreadableTable, read_table

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.applications import Starlette

    from api.staff.panel import Panel, StaffRequest

PATH = "/cases/calls"


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = CallPages(panel)
    app.add_route(PATH, panel.signed_in(pages.page), methods=["GET"])
    app.add_route(PATH, panel.signed_in(pages.send, Right.CASES, file=LARGEST_FILE), methods=["POST"])
    app.add_route(f"{PATH}/take", panel.signed_in(pages.take, Right.CASES), methods=["POST"])
    app.add_route(f"{PATH}/drop", panel.signed_in(pages.drop, Right.CASES), methods=["POST"])
    app.add_route(f"{PATH}/undo", panel.signed_in(pages.undo, Right.CASES), methods=["POST"])


class CallPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._calls = panel.context.cases.calls
        self._uploads = Uploads()
        self._zone = ZoneInfo(panel.context.site.timezone)

    async def page(self, request: StaffRequest) -> Response:
        """How long people waited; the list that waits to be taken over, or the form for one; earlier lists."""
        return await self._page(request)

    async def _page(self, request: StaffRequest, alarm: str = "", status: int = 200) -> Response:
        text = request.text
        upload = self._uploads.of(request.session.hash, text.now)
        found = None if upload is None else await self._read(upload, text.now)
        short, long = await self._calls.waits(SHORT_DAYS), await self._calls.waits(LONG_DAYS)
        lists = await self._calls.lists()
        source = request.form.get("source", "") or (lists[0].source if lists else "")
        return self._panel.render(
            "calls.html",
            request,
            status,
            title=waits_title(long, text),
            late=together(long).late,
            rows=wait_rows(short, long, text),
            limit=int(LIMIT.total_seconds()),
            spans=(SHORT_DAYS, LONG_DAYS),
            found=found,
            known=await self._calls.known(source, found.calls) if found and source else 0,
            faults=fault_rows(found.faults, text) if found else [],
            more_faults=max(0, len(found.faults) - MOST_FAULTS) if found else 0,
            lists=[(each, text.date_and_time(each.at)) for each in lists],
            source=source,
            may=Right.CASES in request.rights,
            alarm=alarm,
            still=True,
        )

    async def send(self, request: StaffRequest) -> Response:
        """A file."""
        upload = Upload(getattr(request.http.state, "file", b""), request.text.now)
        try:
            await self._read(upload, request.text.now)
        except UnreadableTable as fault:
            return await self._page(request, request.text.translate(f"panel.import_wrong_{fault}"), 422)
        except NoCallList as fault:
            return await self._page(request, self._no_list(request, fault), 422)
        self._uploads.keep(request.session.hash, upload)
        return self._again()

    async def take(self, request: StaffRequest) -> Response:
        """Take over what is good; lines at fault stay out."""
        upload = self._uploads.of(request.session.hash, request.text.now)
        if upload is None:
            return await self._page(request, request.text.translate("panel.import_wrong_gone"), 409)
        found = await self._read(upload, request.text.now)
        try:
            await self._calls.take(request.form.get("source", ""), found.calls, request.by)
        except ValueError:
            return await self._page(request, request.text.translate("panel.calls_source_needed"), 422)
        except Refused:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        self._uploads.keep(request.session.hash, None)
        return self._again()

    async def drop(self, request: StaffRequest) -> Response:
        """Forget the file."""
        self._uploads.keep(request.session.hash, None)
        return self._again()

    async def undo(self, request: StaffRequest) -> Response:
        """Take a list back; one that was taken back meanwhile stays so."""
        try:
            await self._calls.undo(request.form.get("list", ""), request.by)
        except Refused as refused:
            if refused.reason is RefusalReason.SEALED:
                return self._panel.error_page(request, "panel.refused_sealed", 503)
        return self._again()

    async def _read(self, upload: Upload, now: datetime) -> CallList:
        """What the file says. Raises UnreadableTable, NoCallList."""
        if upload.table is None:
            upload.table = await asyncio.to_thread(read_table, upload.content)
        return await asyncio.to_thread(read_calls, upload.table.rows, self._zone, now)

    def _no_list(self, request: StaffRequest, fault: NoCallList) -> str:
        t = request.text.translate
        if not fault.columns:
            return t("panel.calls_too_many", n=MOST_CALLS)
        names = t("panel.list_comma").join(t(f"panel.calls_column_{each}") for each in fault.columns)
        return t("panel.calls_no_columns", names=names)

    def _again(self) -> Response:
        return RedirectResponse(PATH, 303, HEADERS)
