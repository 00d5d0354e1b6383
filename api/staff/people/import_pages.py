"""Importing residents: a file is sent, looked at as it was read, taken over while people look on, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.staff.panel import HEADERS
from api.staff.people.import_view import MOST_FAULTS, Upload, Uploads, effects, fault_lines, read_upload_as, reread
from locker.core.reasons import RefusalReason, Refused
from locker.services.people import COLUMNS, LARGEST_FILE, Right, UnreadableTable

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from api.staff.panel import Panel, StaffRequest
    from api.staff.people.import_view import ReadUpload

PATH = "/people/import"
_BIG5_SITES = "zh-TW"


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = ImportPages(panel)
    app.add_route(PATH, panel.signed_in(pages.page, Right.ACCESS), methods=["GET"])
    app.add_route(PATH, panel.signed_in(pages.send, Right.ACCESS, file=LARGEST_FILE), methods=["POST"])
    app.add_route(f"{PATH}/read", panel.signed_in(pages.read, Right.ACCESS), methods=["POST"])
    app.add_route(f"{PATH}/drop", panel.signed_in(pages.drop, Right.ACCESS), methods=["POST"])
    app.add_route(f"{PATH}/start", panel.signed_in(pages.start, Right.ACCESS, proved=PATH), methods=["POST"])
    app.add_route(f"{PATH}/undo", panel.signed_in(pages.undo, Right.ACCESS, proved=PATH), methods=["POST"])


class ImportPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context
        self._uploads = Uploads()
        self._prefer = "big5" if panel.context.site.languages[0] == _BIG5_SITES else "gb18030"

    async def page(self, request: StaffRequest) -> Response:
        """The file that waits, or the form for one; and lists that were taken over before."""
        return await self._page(request)

    async def _page(self, request: StaffRequest, fault: str = "", status: int = 200) -> Response:
        upload = self._uploads.of(request.session.hash, request.text.now)
        found: ReadUpload | None = None
        if upload is not None:
            found = await read_upload_as(upload, self._context.directory, self._prefer)
        text, imports = request.text, self._context.imports
        lists = await imports.listed()
        return self._panel.render(
            "import.html",
            request,
            status,
            found=found,
            effects=effects(found.plan, text) if found else [],
            faults=fault_lines(found.plan.faults, text) if found else [],
            more_faults=max(0, len(found.plan.faults) - MOST_FAULTS) if found else 0,
            columns=COLUMNS,
            lists=[
                (each, imports.may_undo(each, at == 0), text.date_and_time(each.at)) for at, each in enumerate(lists)
            ],
            at_work=next((each for each in lists if not each.ended), None),
            alarm=text.translate(f"panel.import_wrong_{fault}") if fault else "",
            **({"still": True} if found else {}),
        )

    async def send(self, request: StaffRequest) -> Response:
        """A file."""
        upload = Upload(getattr(request.http.state, "file", b""), request.text.now)
        try:
            await read_upload_as(upload, self._context.directory, self._prefer)
        except UnreadableTable as fault:
            return await self._page(request, str(fault), 422)
        self._uploads.keep(request.session.hash, upload)
        return self._again()

    async def read(self, request: StaffRequest) -> Response:
        """Read the same file in another way."""
        upload, form = self._uploads.of(request.session.hash, request.text.now), request.form
        if upload is None:
            return await self._page(request, "gone", 409)
        count = sum(name.startswith("column-") for name in form)
        columns = tuple(form.get(f"column-{at}", "") for at in range(count))
        other = reread(upload, form.get("encoding", ""), columns, heading="heading" in form)
        if form.get("encoding", "") != form.get("read_as", ""):  # other characters: its heading says what it is
            other = reread(upload, form.get("encoding", ""), (), heading=True)
        try:
            await read_upload_as(other, self._context.directory, self._prefer)
        except UnreadableTable as fault:
            return await self._page(request, str(fault), 422)
        self._uploads.keep(request.session.hash, other)
        return self._again()

    async def drop(self, request: StaffRequest) -> Response:
        """Forget the file."""
        self._uploads.keep(request.session.hash, None)
        return self._again()

    async def start(self, request: StaffRequest) -> Response:
        """Take over what is good; rows at fault stay out."""
        upload = self._uploads.of(request.session.hash, request.text.now)
        if upload is None:
            return await self._page(request, "gone", 409)
        found = await read_upload_as(upload, self._context.directory, self._prefer)
        if not found.known or not found.plan.work:
            return await self._page(request, "nothing", 422)
        try:
            await self._context.imports.start(found.plan, request.by)
        except Refused as refused:
            return await self._refused(request, refused)
        self._uploads.keep(request.session.hash, None)
        return self._again()

    async def undo(self, request: StaffRequest) -> Response:
        """Take the last list back."""
        try:
            await self._context.imports.undo(request.form.get("key", ""), request.by)
        except Refused as refused:
            return await self._refused(request, refused)
        return self._again()

    async def _refused(self, request: StaffRequest, refused: Refused) -> Response:
        if refused.reason is RefusalReason.SEALED:
            return self._panel.error_page(request, "panel.refused_sealed", 503)
        return await self._page(request, "not_now", 409)

    def _again(self) -> Response:
        return RedirectResponse(PATH, 303, HEADERS)
