"""`/events`: the journal in pages, and live."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import Query
from starlette.responses import Response, StreamingResponse

from api.machine.endpoint import ApiRequest
from api.machine.problems import invalid
from api.machine.request_models import EventQuery
from api.machine.response_models import event_text, events_text
from locker.journal.history import events_after

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlite_utils import Database

    from api.app_context import AppContext
    from locker.core.record import Recorded

LONGEST_PAGE = 10_000
STREAM_PAGE = 500
KEEP_ALIVE_SECONDS = 15
_DIGITS_OF_A_SEQ = 18


async def listing(request: ApiRequest, query: Annotated[EventQuery, Query()]) -> Response:
    """Events behind `after`, oldest first; at most 10000 in one answer."""
    limit = min(query.limit, LONGEST_PAGE)
    events = await request.context.journal.read(lambda db: events_after(db, query.after, limit))
    return Response(events_text(events), media_type="application/json")


async def stream(request: ApiRequest) -> Response:
    """Server-sent events: those behind `Last-Event-ID`, then live. Without that header: from now on."""
    last_seen = request.headers.get("last-event-id", "").strip()
    if last_seen and not (last_seen.isascii() and last_seen.isdigit() and len(last_seen) <= _DIGITS_OF_A_SEQ):
        raise invalid("Last-Event-ID", "must be the number of an event")
    head = await request.context.journal.read(_newest_seq)
    after = min(int(last_seen), head) if last_seen else head
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(_stream_texts(request.context, after), media_type="text/event-stream", headers=headers)


def sse(recorded: Recorded) -> str:
    """One event as the stream writes it; its data is the same JSON as in the listing, on one line."""
    return f"id: {recorded.seq}\nevent: {recorded.kind}\ndata: {event_text(recorded)}\n\n"


async def _stream_texts(context: AppContext, after: int) -> AsyncIterator[str]:
    """The stream's text behind `after`, until the listener goes. A comment when it has been silent for long."""
    yield ": here\n\n"
    while True:
        async for recorded in _events(context, after):
            if recorded is None:
                yield ": still here\n\n"
            else:
                after = recorded.seq
                yield sse(recorded)


async def _events(context: AppContext, after: int) -> AsyncIterator[Recorded | None]:
    """Every event behind `after` once and in order, out of the journal and then live; None when all is silent.

    It listens before it reads what is past. A live event whose number does not follow the last one
    only says that there is more to read. Ends when the listener was too slow for the engine.
    """
    async with context.engine.follow() as live:
        behind = True
        while True:
            if behind:
                async for recorded in _recorded_after(context, after):
                    after = recorded.seq
                    yield recorded
            try:
                async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                    recorded = await anext(live)
            except TimeoutError:
                behind = False
                yield None
                continue
            except StopAsyncIteration:
                return
            behind = recorded.seq > after + 1
            if recorded.seq == after + 1:
                after = recorded.seq
                yield recorded


async def _recorded_after(context: AppContext, after: int) -> AsyncIterator[Recorded]:
    """What the journal holds behind `after`, read in pages."""
    while True:
        page = await context.journal.read(partial(events_after, seq=after, limit=STREAM_PAGE))
        for recorded in page:
            yield recorded
        if len(page) < STREAM_PAGE:
            return
        after = page[-1].seq


def _newest_seq(db: Database) -> int:
    """The number of the newest event, 0 before the first."""
    return int(db.execute("select coalesce(max(seq), 0) from event").fetchone()[0])
