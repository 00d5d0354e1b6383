"""Pages of what goes out: the board, one parcel with who fetches it, when couriers work, what there is to pack with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse, Response

from api.staff.panel import HEADERS
from api.staff.parcels.dispatch_view import board_view, job_stands, order_facts, shift_lines
from api.staff.rules.rule_tables import line_sentences
from locker.core.reasons import RefusalReason, Refused
from locker.services.outbound import ACCEPTED, OFFERED, Answer, read_shifts, read_stock
from locker.services.people import Right
from locker.services.policies import Carriage, DispatchRules, WrongLines

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.applications import Starlette

    from api.staff.panel import Panel, StaffRequest

PATH = "/parcels/dispatch"
SHIFTS = "/parcels/shifts"
STOCK = "/parcels/stock"
_FEW = 1000


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = DispatchPages(panel)
    one = f"{PATH}/{{parcel}}"
    app.add_route(PATH, panel.signed_in(pages.board), methods=["GET"])
    app.add_route(PATH, panel.signed_in(pages.dispatch, Right.HANDLE), methods=["POST"])
    app.add_route(one, panel.signed_in(pages.show), methods=["GET"])
    app.add_route(f"{one}/offer", panel.signed_in(pages.offer, Right.HANDLE), methods=["POST"])
    app.add_route(f"{one}/answer", panel.signed_in(pages.answer, Right.HANDLE), methods=["POST"])
    app.add_route(f"{one}/eta", panel.signed_in(pages.eta, Right.HANDLE), methods=["POST"])
    app.add_route(SHIFTS, panel.signed_in(pages.shifts, Right.HANDLE), methods=["GET"])
    app.add_route(SHIFTS, panel.signed_in(pages.set_shifts, Right.HANDLE), methods=["POST"])
    app.add_route(STOCK, panel.signed_in(pages.stock), methods=["GET"])
    app.add_route(STOCK, panel.signed_in(pages.count, Right.HANDLE), methods=["POST"])
    app.add_route(f"{STOCK}/change", panel.signed_in(pages.change, Right.HANDLE), methods=["POST"])


class DispatchPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context
        self._desk = panel.context.outbound.dispatch

    async def board(self, request: StaffRequest) -> Response:
        """All that goes out, and who may fetch it."""
        view = board_view(await self._desk.board.read(), self._rules(), request.text)
        return self._panel.render("dispatch.html", request, view=view, may=Right.HANDLE in request.rights)

    async def dispatch(self, request: StaffRequest) -> Response:
        """Ask a courier for every parcel that waits for one."""
        try:
            await self._desk.dispatch(request.by)
        except Refused as refused:
            return self._refused(request, refused)
        return RedirectResponse(PATH, 303, HEADERS)

    async def show(self, request: StaffRequest) -> Response:
        """One parcel that goes out, or went, with what may be said of it."""
        return await self._shown(request)

    async def _shown(self, request: StaffRequest, alarm: str = "", status: int = 200) -> Response:
        try:
            return await self._page(request, alarm, status)
        except Refused as refused:
            return self._refused(request, refused)

    async def _page(self, request: StaffRequest, alarm: str, status: int) -> Response:
        text, name = request.text, request.http.path_params["parcel"]
        line, board = await self._desk.board.one(name), await self._desk.board.read()
        order, here = line.order, line.parcel
        asked = order.state in {OFFERED, ACCEPTED} and order.taken_at is None
        fetches = [each for each in board.couriers if each.company == line.company and each.courier != order.courier]
        may = Right.HANDLE in request.rights and here is not None and order.taken_at is None
        return self._panel.render(
            "dispatch_one.html",
            request,
            status,
            parcel=name,
            here=here is not None,
            title=job_stands(line, board.people, text),
            facts=order_facts(line, self._rules(), self._context.rules.body(Carriage), text),
            offers=[(each.courier, board.people[each.courier].name) for each in fetches] if may else [],
            courier=order.courier if asked and may else "",
            offered=order.state == OFFERED,
            name=board.people[order.courier].name if order.courier in board.people else "",
            alarm=alarm,
        )

    async def offer(self, request: StaffRequest) -> Response:
        """Ask this courier, whoever was asked before."""
        parcel = request.http.path_params["parcel"]
        return await self._done(request, self._desk.offer(parcel, request.form.get("courier", ""), request.by))

    async def answer(self, request: StaffRequest) -> Response:
        """What the courier said on the phone."""
        form, parcel = request.form, request.http.path_params["parcel"]
        if form.get("answer") not in {Answer.ACCEPTED.value, Answer.DECLINED.value}:
            return self._panel.error_page(request, "panel.bad_field", 422, field="answer")
        said = Answer(form["answer"])
        return await self._done(request, self._desk.answer(parcel, form.get("courier", ""), said, request.by))

    async def eta(self, request: StaffRequest) -> Response:
        """When the courier will be here: the next time that a clock at the site shows this."""
        form, parcel = request.form, request.http.path_params["parcel"]
        try:
            hour = datetime.strptime(form.get("at", "").strip(), "%H:%M").time()  # noqa: DTZ007  a time of day
        except ValueError:
            return await self._shown(request, request.text.translate("panel.eta_no_time"), 422)
        now = self._context.engine.now()
        local = now.astimezone(ZoneInfo(self._context.site.timezone))
        at = local.replace(hour=hour.hour, minute=hour.minute, second=0, microsecond=0)
        at = (at if at > local - timedelta(minutes=5) else at + timedelta(days=1)).astimezone(UTC)
        return await self._done(request, self._desk.expect(parcel, form.get("courier", ""), at, request.by))

    async def _done(self, request: StaffRequest, act: Awaitable[object]) -> Response:
        try:
            await act
        except Refused as refused:
            return self._refused(request, refused)
        return RedirectResponse(f"{PATH}/{request.http.path_params['parcel']}", 303, HEADERS)

    def _refused(self, request: StaffRequest, refused: Refused) -> Response:
        match refused.reason:
            case RefusalReason.UNKNOWN:
                return self._panel.error_page(request, "panel.dispatch_unknown", 404)
            case RefusalReason.SEALED:
                return self._panel.error_page(request, "panel.refused_sealed", 503)
            case _:
                return self._panel.error_page(request, "panel.dispatch_not_now", 409)

    # --- tables -----------------------------------------------------------------------------------

    async def shifts(self, request: StaffRequest) -> Response:
        """When couriers work, as a table to be changed."""
        people = {each.id: each for each in await self._context.couriers.listed()}
        return self._table(request, "shifts", shift_lines(await self._desk.shifts(), people))

    async def set_shifts(self, request: StaffRequest) -> Response:
        """Take the whole table, or say what is wrong with each line."""
        typed = request.form.get("shifts", "")
        try:
            said = read_shifts(typed, await self._context.couriers.listed())
            await self._desk.set_shifts(said, request.by)
        except WrongLines as wrong:
            return self._table(request, "shifts", typed, wrong)
        except Refused as refused:
            return self._refused(request, refused)
        return RedirectResponse(PATH, 303, HEADERS)

    async def stock(self, request: StaffRequest) -> Response:
        """What there is to pack with."""
        lines = [f"{each.name}, {each.unit}, {each.stock}, {each.low}" for each in self._context.outbound.stock.listed]
        return self._table(request, "stock", "\n".join(lines))

    async def count(self, request: StaffRequest) -> Response:
        """Take the whole table as it was counted, or say what is wrong with each line."""
        typed = request.form.get("stock", "")
        try:
            await self._context.outbound.stock.replace(read_stock(typed), request.by)
        except WrongLines as wrong:
            return self._table(request, "stock", typed, wrong)
        except Refused as refused:
            return self._refused(request, refused)
        return RedirectResponse(STOCK, 303, HEADERS)

    async def change(self, request: StaffRequest) -> Response:
        """Somebody took some, or brought some."""
        form = request.form
        number = form.get("number", "").strip()
        if not (number.isascii() and number.isdigit() and 1 <= int(number[:6]) <= _FEW) or form.get("way") not in {
            "took",
            "brought",
        }:
            return self._panel.error_page(request, "panel.bad_field", 422, field="number")
        some = int(number) if form["way"] == "brought" else -int(number)
        try:
            await self._context.outbound.stock.change(form.get("name", ""), some, request.by)
        except Refused as refused:
            return self._refused(request, refused)
        return RedirectResponse(STOCK, 303, HEADERS)

    def _table(self, request: StaffRequest, name: str, lines: str, wrong: WrongLines | None = None) -> Response:
        text = request.text
        return self._panel.render(
            "outbound_table.html",
            request,
            422 if wrong else 200,
            table=name,
            lines=lines,
            wrong_lines=line_sentences(wrong.lines, text) if wrong else [],
            stock=self._context.outbound.stock.listed if name == "stock" else (),
            may=Right.HANDLE in request.rights,
            still=True,
        )

    def _rules(self) -> DispatchRules:
        return self._context.rules.body(DispatchRules)
