"""`/events`: the journal in pages, and live."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import Response

from api.event_stream import EventStream, retry_line
from api.machine.endpoint import ApiRequest
from api.machine.problems import invalid
from api.machine.request_models import EventQuery
from api.machine.response_models import compact, event_text, events_text
from locker.journal.epoch import resume
from locker.journal.event_schema import event_schema
from locker.journal.history import events_after

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sqlite_utils import Database

    from api.app_context import AppContext
    from locker.core.events.record import Recorded

LONGEST_PAGE = 10_000
STREAM_PAGE = 500
KEEP_ALIVE_SECONDS = 15
EPOCH_HEADER = "Journal-Epoch"
_POSITION = re.compile(r"(?:([0-9a-z]{1,32})-)?([0-9]{1,18})", re.ASCII)


async def schema(_: ApiRequest) -> Response:
    """What every kind of event says, as JSON Schema (2020-12): the whole of what a cabinet tells its owner."""
    return Response(compact(event_schema()), media_type="application/json")


async def listing(request: ApiRequest, query: EventQuery) -> Response:
    """Events behind `after`, oldest first; at most 10000 in one answer. `Journal-Epoch` says of which numbering."""
    journal, limit = request.context.journal, min(query.limit, LONGEST_PAGE)
    events = await journal.read(lambda db: events_after(db, query.after, limit))
    return Response(events_text(events), media_type="application/json", headers={EPOCH_HEADER: journal.epoch})


async def stream(request: ApiRequest) -> Response:
    """Server-sent events: those behind `Last-Event-ID`, then live. Without that header: from now on.

    An id is `EPOCH-SEQ`; a bare number is taken too. Where it names events that a restore has undone, the first
    message is a `reset` with the epoch of now and the number behind which the stream goes on.
    """
    journal = request.context.journal
    last_seen = request.headers.get("last-event-id", "").strip()
    position = _POSITION.fullmatch(last_seen)
    if last_seen and position is None:
        raise invalid("Last-Event-ID", "must be the id of an event")
    head = await journal.read(_newest_seq)
    after, reset = head, False
    if position is not None:
        epoch, seq = position[1] or "", int(position[2])
        after, reset = await journal.read(lambda db: resume(db, epoch, seq, head))
    stands = partial(request.context.tokens.stands, request.caller)
    texts = _stream_texts(request.context, after, stands, reset=reset)
    return EventStream(texts, {EPOCH_HEADER: journal.epoch})


def sse(recorded: Recorded, epoch: str) -> str:
    """One event as the stream writes it; its data is the same JSON as in the listing, on one line."""
    return f"id: {_id(epoch, recorded.seq)}\nevent: {recorded.kind}\ndata: {event_text(recorded)}\n\n"


def _id(epoch: str, seq: int) -> str:
    """An id of the stream; without an epoch where the journal has none yet, because it cannot be written."""
    return f"{epoch}-{seq}" if epoch else str(seq)


async def _stream_texts(
    context: AppContext, after: int, stands: Callable[[], bool] = lambda: True, *, reset: bool = False
) -> AsyncIterator[str]:
    """The stream's text behind `after`, until the listener goes or its token no longer `stands`.

    A comment when it has been silent for long.
    """
    epoch = context.journal.epoch
    yield f": here\n{retry_line()}\n"
    if reset:
        yield f"id: {_id(epoch, after)}\nevent: reset\ndata: {compact({'epoch': epoch, 'after': after})}\n\n"
    while True:
        async for recorded in _events(context, after):
            if not stands():  # revoking is an event itself, which wakes this: nothing behind it is told
                return
            if recorded is None:
                yield ": still here\n\n"
            else:
                after = recorded.seq
                yield sse(recorded, epoch)


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
