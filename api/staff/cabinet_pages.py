"""The live map, one page a door, and what staff may do there."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response, StreamingResponse

from api.staff.door_view import Reader, door_view, state_of
from api.staff.map_view import map_view
from api.staff.panel import HEADERS, REFUSAL_FOR, RefusalNotice
from api.staff.snapshot_pages import about_door, shows, side_by_side
from api.staff.tasks import DATED_BY, undated
from locker.core.commands import Once
from locker.core.model import Content
from locker.core.reasons import RefusalReason, Refused
from locker.core.record import moment
from locker.journal.history import compartment_timeline, last_event, unseen_since
from locker.services.people import Right

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from fastapi import FastAPI
    from sqlite_utils import Database

    from api.staff.panel import Guest, Member, Panel
    from api.staff.tasks import Task

LINES = 120
# Two characters are a word in Chinese.
SHORTEST_REASON = 2
PULSE_S = 15


def install(app: FastAPI, panel: Panel) -> None:
    """Add the pages."""
    pages = CabinetPages(panel)
    app.add_route("/", panel.members(pages.map), methods=["GET"])
    app.add_route("/live", panel.open(pages.live), methods=["GET"])
    app.add_route("/doors/{door}", panel.members(pages.door), methods=["GET"])
    for right in (Right.OPEN, Right.CLEAR, Right.RETIRE, Right.RESTORE):
        app.add_route(f"/doors/{{door}}/{right.value}", panel.members(pages.act(right), right), methods=["POST"])


class CabinetPages:
    """Handlers: read, ask, render."""

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._context = panel.context

    async def map(self, member: Member) -> Response:
        """The whole cabinet."""
        site = self._context.engine.site
        since = await self._context.journal.read(lambda db: _dated(db, undated(site)))
        view = map_view(site, self._panel.drawing, member.words, since)
        return self._panel.render("map.html", member, view=view)

    async def live(self, guest: Guest) -> Response:
        """A line whenever something happened: the page then fetches its newest picture. Prolongs no session."""
        if await self._panel.session(guest.request, prolong=False) is None:
            return Response(status_code=401, headers=HEADERS)
        return StreamingResponse(self._changes(guest), headers=HEADERS, media_type="text/event-stream")

    async def _changes(self, guest: Guest) -> AsyncIterator[str]:
        async with self._context.engine.follow() as events:
            yield "retry: 2000\n\n"
            waiting = asyncio.ensure_future(anext(events))
            try:
                while await self._panel.session(guest.request, prolong=False):
                    done, _ = await asyncio.wait({waiting}, timeout=PULSE_S)
                    if not done:
                        yield ": still here\n\n"
                        continue
                    yield f"id: {waiting.result().seq}\ndata: changed\n\n"
                    waiting = asyncio.ensure_future(anext(events))
            finally:
                waiting.cancel()

    async def door(self, member: Member) -> Response:
        """One door."""
        name = member.request.path_params["door"]
        site = self._context.engine.site
        compartment = site.compartments.get(name)
        if compartment is None:
            return self._panel.fault(member, "panel.no_door", 404)
        events = await self._context.journal.read(lambda db: compartment_timeline(db, name, LINES))
        options = next((each for each in self._context.compartments if each.id == name), None)
        reader = Reader(member.rights, member.session.csrf)
        view = door_view(self._context.engine.site, compartment, options, events, reader, member.words)
        refusal = member.drawer.refusals.get(name)
        if refusal is not None and refusal.until < member.words.now:
            refusal = None
        return self._panel.render(
            "door.html",
            member,
            view=view,
            drawing=self._panel.drawing,
            refusal=refusal,
            pictures=side_by_side(events, member.words),
            showing=shows(member, about_door(name)),
            may_show=Right.SHOW in member.rights,
        )

    def act(self, right: Right) -> Callable[[Member], Awaitable[Response]]:
        """The page that carries out one kind of order and goes back to the door."""

        async def page(member: Member) -> Response:
            name, content = member.request.path_params["door"], member.form.get("content", "")
            if name not in self._context.engine.site.compartments:
                return self._panel.fault(member, "panel.no_door", 404)
            if right is Right.CLEAR and content not in set(Content):
                return self._panel.fault(member, "panel.bad_field", 422, field="content")
            member.drawer.refusals.pop(name, None)
            try:
                sentence = await self._carry_out(right, name, member)
            except Refused as refused:
                sentence = refusal_sentence(right, refused, member)
            if sentence:
                form = f"{right.value}-{content}" if right is Right.CLEAR else right.value
                until = member.words.now + REFUSAL_FOR
                member.drawer.refusals[name] = RefusalNotice(form, sentence, member.form.get("reason", ""), until)
            return RedirectResponse(f"/doors/{name}", 303, HEADERS)

        return page

    async def _carry_out(self, right: Right, name: str, member: Member) -> str:
        """Ask for it; the sentence why the form itself will not do, or an empty text. Raises Refused."""
        form, key = member.form, member.form.get("once", "")
        if key in member.drawer.done:
            # The same form again: a double click. What it asked for is done.
            return ""
        if form.get("state") != state_of(self._context.engine.site.compartments[name]):
            return member.words.say("panel.stale_form")
        reason = form.get("reason", "").strip()
        if right in {Right.OPEN, Right.RETIRE} and len(reason) < SHORTEST_REASON:
            return member.words.say("panel.reason_needed")
        await self._ask(right, name, reason, member)
        if key:
            member.drawer.done.append(key)
        return ""

    async def _ask(self, right: Right, name: str, reason: str, member: Member) -> None:
        commands, by, key = self._context.commands, member.by, member.form.get("once", "")
        said = "\n".join((right.value, name, member.form.get("content", ""), reason))
        once = Once(f"{by}:{key}", self._context.vault.body_hash(said.encode())) if key else None
        match right:
            case Right.OPEN:
                await commands.open_compartment(name, reason, by, once)
            case Right.CLEAR:
                await commands.clear(name, Content(member.form["content"]), by, once)
            case Right.RETIRE:
                await commands.retire(name, reason, by, once)
            case Right.RESTORE:
                await commands.restore(name, by, once)
            case Right.SHOW:
                raise Refused(RefusalReason.UNKNOWN)


def _dated(db: Database, listed: list[Task]) -> dict[Task, datetime]:
    """Since when, by the journal, for those concerns that it knows of."""
    found = {}
    for each in listed:
        name = each.compartment
        at = last_event(db, name, DATED_BY[each.kind]) if each.kind in DATED_BY else unseen_since(db, name)
        if at is not None:
            found[each] = moment(at)
    return found


def refusal_sentence(right: Right, refused: Refused, member: Member) -> str:
    """Why an order was refused: the sentence for this kind of order if there is one, else that of the code."""
    code = refused.reason.value.replace("-", "_")
    seconds = refused.retry_after or 1
    return member.words.known(f"panel.refused_{right.value}_{code}", f"panel.refused_{code}", n=seconds)
