"""A line whenever something happened to a parcel of mine: a page that is looked at fetches itself anew (QRY-03)."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from starlette.responses import Response

from api.event_stream import EventStream, retry_line
from api.resident.resident_page import PAGE_HEADERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.applications import Starlette

    from api.resident.resident_page import AskedByResident, ResidentPages
    from locker.core.events.record import Recorded

KEEP_ALIVE_SECONDS = 15
MOST_STREAMS = 4
"""Of one resident: each keeps a connection that others may need."""


def install(app: Starlette, pages: ResidentPages) -> None:
    """Add the stream."""
    live = LivePages(pages)
    app.add_route("/live", pages.own(live.live), methods=["GET"])


class LivePages:
    """Follows the journal for whoever looks."""

    def __init__(self, pages: ResidentPages) -> None:
        self._pages = pages
        self._engine = pages.context.engine
        self._open: Counter[str] = Counter()

    async def live(self, asked: AskedByResident) -> Response:
        """The stream. It tells that something happened, and never what; it ends when this device does."""
        if self._open[asked.person.id] >= MOST_STREAMS:
            return Response(status_code=204, headers=PAGE_HEADERS)  # which a browser does not ask for again
        return EventStream(self._changes(asked), PAGE_HEADERS)

    async def _changes(self, asked: AskedByResident) -> AsyncIterator[str]:
        resident = asked.person.id
        self._open[resident] += 1
        mine = self._parcels(resident)
        async with self._engine.follow() as events:
            yield f"{retry_line()}\n"
            waiting = asyncio.ensure_future(anext(events))
            try:
                while await self._pages.person(asked.http) is not None:
                    done, _ = await asyncio.wait({waiting}, timeout=KEEP_ALIVE_SECONDS)
                    if not done:
                        yield ": still here\n\n"
                        continue
                    recorded = waiting.result()
                    known, mine = mine, self._parcels(resident)
                    if _concerns(recorded, known | mine, resident):
                        yield "data: changed\n\n"
                    waiting = asyncio.ensure_future(anext(events))
            finally:
                waiting.cancel()
                self._open[resident] -= 1

    def _parcels(self, resident: str) -> frozenset[str]:
        return frozenset(each.id for each in self._engine.site.parcels.values() if resident in each.recipients)


def _concerns(recorded: Recorded, parcels: frozenset[str], resident: str) -> bool:
    body = recorded.body()
    return body.get("parcel") in parcels or resident in {body.get("about"), body.get("resident")}
