"""The live map, one page a door, and what staff may do there."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from api.event_stream import EventStream, retry_line
from api.staff.clip_pages import film_strips
from api.staff.door_view import Viewer, door_view, state_of
from api.staff.logbook import LOOKS
from api.staff.map_view import map_view
from api.staff.now_view import TaskReader, note_rows, now_view, shift_rows
from api.staff.panel import HEADERS, REFUSAL_SHOWN_FOR, RefusedOrder
from api.staff.service_pages import service_line
from api.staff.snapshot_pages import HISTORY_LINES, door_subject, latest_snapshots, may_see
from locker.core.messages.command import Once
from locker.core.model import Content
from locker.core.reasons import Refused
from locker.journal.history import compartment_timeline, looks_at, open_reports, units_of_parcels
from locker.services.duty import Task, TaskKind, report_tasks
from locker.services.people import Right
from locker.services.resident_reports import settle_report
from locker.services.spoken_content import SpokenContent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.applications import Starlette

    from api.staff.panel import PageRequest, Panel, StaffRequest
    from locker.core.events.record import Recorded
    from locker.services.duty import CauseTask

# Two characters are a word in Chinese.
MIN_REASON_LENGTH = 2
KEEP_ALIVE_SECONDS = 15
SHIFTS_SHOWN = 4
BY_WORD = "word"
FOUND = "found."
"""How the box of a parcel that is there is named, before its id."""
_REPORT = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
_WITH_CONTENT = (Right.CLEAR.value, BY_WORD)
_WITH_REASON = (Right.OPEN.value, Right.RETIRE.value, BY_WORD)


def install(app: Starlette, panel: Panel) -> None:
    """Add the pages."""
    pages = CabinetPages(panel)
    app.add_route("/", panel.signed_in(pages.map), methods=["GET"])
    app.add_route("/live", panel.public(pages.live), methods=["GET"])
    app.add_route("/doors/{door}", panel.signed_in(pages.door), methods=["GET"])
    for right in (Right.OPEN, Right.CLEAR, Right.RETIRE, Right.RESTORE):
        app.add_route(
            f"/doors/{{door}}/{right.value}", panel.signed_in(pages.order_page(right.value), right), methods=["POST"]
        )
    app.add_route("/doors/{door}/settle", panel.signed_in(pages.settle, Right.OPEN), methods=["POST"])
    app.add_route(
        f"/doors/{{door}}/{BY_WORD}", panel.signed_in(pages.order_page(BY_WORD), Right.CLEAR), methods=["POST"]
    )


class CabinetPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def map(self, request: StaffRequest) -> Response:
        """The whole cabinet."""
        site, text = self._context.engine.site, request.text
        owned = await self._context.tasks.now()
        reports = [_report(each.task) for each in owned if each.task.report]
        roster, notes = await self._context.roster.roster(), await self._context.roster.notes()
        return self._panel.render(
            "map.html",
            request,
            view=map_view(site, self._panel.drawing, text, reports),
            now=now_view(site, owned, TaskReader(request.session.staff, request.rights), text),
            notes=note_rows(notes, text),
            shifts=shift_rows(roster, text)[:SHIFTS_SHOWN],
            may_take=Right.TASKS in request.rights,
        )

    async def live(self, request: PageRequest) -> Response:
        """A line whenever something happened: the page then fetches its newest picture. Prolongs no session."""
        if await self._panel.session(request.http, prolong=False) is None:
            return Response(status_code=401, headers=HEADERS)
        return EventStream(self._changes(request), HEADERS)

    async def _changes(self, request: PageRequest) -> AsyncIterator[str]:
        async with self._context.engine.follow() as events:
            yield f"{retry_line()}\n"
            waiting = asyncio.ensure_future(anext(events))
            try:
                while await self._panel.session(request.http, prolong=False):
                    done, _ = await asyncio.wait({waiting}, timeout=KEEP_ALIVE_SECONDS)
                    if not done:
                        yield ": still here\n\n"
                        continue
                    yield f"id: {waiting.result().seq}\ndata: changed\n\n"
                    waiting = asyncio.ensure_future(anext(events))
            finally:
                waiting.cancel()

    async def door(self, request: StaffRequest) -> Response:
        """One door."""
        name = request.http.path_params["door"]
        site = self._context.engine.site
        compartment = site.compartments.get(name)
        if compartment is None:
            return self._panel.error_page(request, "panel.no_door", 404)
        events, reported, looks = await self._context.journal.read(
            lambda db: (
                compartment_timeline(db, name, HISTORY_LINES),
                open_reports(db),
                looks_at(db, door_subject(name), HISTORY_LINES),
            )
        )
        reports = [each for each in report_tasks(reported) if each.compartment == name]
        options = next((each for each in self._context.compartments if each.id == name), None)
        viewer = Viewer(request.rights, request.session.csrf)
        history = _newest([*events, *looks])
        view = door_view(self._context.engine.site, compartment, options, history, viewer, request.text, reports)
        refusal = request.memory.refusals.get(name)
        if refusal is not None and refusal.until < request.text.now:
            refusal = None
        showing = may_see(request, door_subject(name))
        parcels = {str(each.body().get("parcel") or "") for each in events} - {""}
        units = await self._context.journal.read(lambda db: units_of_parcels(db, parcels))
        return self._panel.render(
            "door.html",
            request,
            view=view,
            units=units,
            drawing=self._panel.drawing,
            refusal=refusal,
            snapshots=latest_snapshots(events, request.text),
            strips=await film_strips(self._context.journal, events, request.text) if showing else [],
            looks=LOOKS,
            showing=showing,
            may_show=Right.SHOW in request.rights,
            service=await service_line(self._context, name, request),
            may_service=Right.RETIRE in request.rights,
        )

    async def settle(self, request: StaffRequest) -> Response:
        """Settle a resident's report, and go back to its door."""
        name, report = request.http.path_params["door"], request.form.get("content", "")
        if name not in self._context.engine.site.compartments:
            return self._panel.error_page(request, "panel.no_door", 404)
        if not _REPORT.fullmatch(report):
            return self._panel.error_page(request, "panel.bad_field", 422, field="content")
        request.memory.refusals.pop(name, None)
        reason, sentence = request.form.get("reason", "").strip(), ""
        if len(reason) < MIN_REASON_LENGTH:
            sentence = request.text.translate("panel.reason_needed")
        elif request.form.get("once", "") not in request.memory.sent_keys:
            try:
                await settle_report(self._context.engine, name, int(report), reason, request.by)
                request.memory.sent_keys.append(request.form.get("once", ""))
            except Refused as refused:
                sentence = refusal_sentence("settle", refused, request)
        if sentence:
            until = request.text.now + REFUSAL_SHOWN_FOR
            request.memory.refusals[name] = RefusedOrder(f"settle-{report}", sentence, reason, until)
        return RedirectResponse(f"/doors/{name}", 303, HEADERS)

    def order_page(self, order: str) -> Callable[[StaffRequest], Awaitable[Response]]:
        """The page that carries out one kind of order and goes back to the door."""

        async def page(request: StaffRequest) -> Response:
            name, content = request.http.path_params["door"], request.form.get("content", "")
            if name not in self._context.engine.site.compartments:
                return self._panel.error_page(request, "panel.no_door", 404)
            if order in _WITH_CONTENT and content not in set(Content):
                return self._panel.error_page(request, "panel.bad_field", 422, field="content")
            request.memory.refusals.pop(name, None)
            try:
                sentence = await self._carry_out(order, name, request)
            except Refused as refused:
                sentence = refusal_sentence(order, refused, request)
            if sentence:
                form = f"{order}-{content}" if order in _WITH_CONTENT else order
                until = request.text.now + REFUSAL_SHOWN_FOR
                request.memory.refusals[name] = RefusedOrder(form, sentence, request.form.get("reason", ""), until)
            return RedirectResponse(f"/doors/{name}", 303, HEADERS)

        return page

    async def _carry_out(self, order: str, name: str, request: StaffRequest) -> str:
        """Ask for it; the sentence why the form itself will not do, or an empty text. Raises Refused."""
        form, key = request.form, request.form.get("once", "")
        if key in request.memory.sent_keys:
            # The same form again: a double click. What it asked for is done.
            return ""
        if form.get("state") != state_of(self._context.engine.site.compartments[name]):
            return request.text.translate("panel.stale_form")
        reason = form.get("reason", "").strip()
        if order in _WITH_REASON and len(reason) < MIN_REASON_LENGTH:
            return request.text.translate("panel.reason_needed")
        witness = ""
        if order == BY_WORD and Right.ALONE not in request.rights:
            witness = await self._witness(request)
            if not witness:
                return request.text.translate("panel.witness_wrong")
        await self._order(order, name, reason, witness, request)
        if key:
            request.memory.sent_keys.append(key)
        return ""

    async def _witness(self, request: StaffRequest) -> str:
        """The second person, who signs with a password; empty when it is not right or no other person."""
        name, password, code = (request.form.get(each, "") for each in ("witness", "password", "code"))
        found = await self._context.staff.witness(name, password, code, request.source)
        return "" if found is None or found == request.session.staff else f"staff:{found}"

    async def _order(self, order: str, name: str, reason: str, witness: str, request: StaffRequest) -> None:
        commands, by, key = self._context.commands, request.by, request.form.get("once", "")
        found = _found(request)
        said = "\n".join((order, name, request.form.get("content", ""), reason, *sorted(found or ())))
        once = Once(f"{by}:{key}", self._context.vault.body_hash(said.encode())) if key else None
        match order:
            case Right.OPEN.value:
                await commands.open_compartment(name, reason, by, once)
            case Right.CLEAR.value:
                await commands.clear(name, Content(request.form["content"]), by, once, found=found)
            case Right.RETIRE.value:
                await commands.retire(name, reason, by, once)
            case Right.RESTORE.value:
                await commands.restore(name, by, once)
            case _:
                content = Content(request.form["content"])
                alone = Right.ALONE in request.rights
                spoken = SpokenContent(content=content, found=found, reason=reason, witness=witness, supervisor=alone)
                await commands.clear_by_word(name, spoken, by, once)


def _found(request: StaffRequest) -> frozenset[str] | None:
    """Which of several parcels were ticked; None where the form does not ask."""
    if "several" not in request.form:
        return None
    return frozenset(name.removeprefix(FOUND) for name in request.form if name.startswith(FOUND))


def _newest(lines: list[Recorded]) -> list[Recorded]:
    """Lines of two lists as one, the newest first and no more than a page of a door shows."""
    return sorted(lines, key=lambda each: each.seq, reverse=True)[:HISTORY_LINES]


def _report(task: CauseTask) -> Task:
    return Task(task.doors[0], TaskKind.REPORT, task.since, task.why, task.report)


def refusal_sentence(order: str, refused: Refused, request: StaffRequest) -> str:
    """Why an order was refused: the sentence for this kind of order if there is one, else that of the code."""
    code = refused.reason.value.replace("-", "_")
    seconds = refused.retry_after or 1
    return request.text.translate_or(f"panel.refused_{order}_{code}", f"panel.refused_{code}", n=seconds)
