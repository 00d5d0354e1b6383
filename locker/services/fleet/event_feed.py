"""All events of the journal to one program outside, each until that program itself says that it holds it.

What a broker acknowledges it may still lose, so nothing counts but the word of the program behind it: the highest
number up to which it holds all events of this epoch. The journal is the queue; nothing is copied, and a week without a
network costs nothing but catching up. Which number was acknowledged is stored now and then: a power cut repeats some.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from locker.journal.epoch import ended
from locker.journal.history import events_after
from locker.services.fleet.cloud_events import event_batch
from locker.services.fleet.stored_cursor import StoredCursor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from locker.engine import Engine
    from locker.journal.store import Journal

log = logging.getLogger(__name__)

FEED_FOLLOWER = "fleet"
BATCH = 100
WINDOW = 2000
"""So many events may be on their way without an answer."""
RESEND_SECONDS = 20.0


class EventFeed:
    """Sends events from where the far end stands. Lives on the loop; `run` once for each connection."""

    def __init__(self, journal: Journal, engine: Engine, site: str) -> None:
        self._journal = journal
        self._engine = engine
        self._site = site
        self._acknowledged: int | None = None
        self._cursor = StoredCursor(journal, FEED_FOLLOWER, lambda: self._acknowledged)
        self._sent = 0
        self._heard_at = 0.0
        self._stir = asyncio.Event()

    @property
    def behind(self) -> int | None:
        """How many events the far end has not acknowledged; None before the first connection."""
        return None if self._acknowledged is None else max(0, self._journal.seq - self._acknowledged)

    async def hello(self) -> bytes:
        """What the far end is told first: which numbering this is, from which event on, and which were before."""
        before = await self._journal.read(ended)
        told = {"epoch": self._journal.epoch, "head": self._journal.seq, "before": before}
        return json.dumps(told, separators=(",", ":")).encode()

    async def run(self, publish: Callable[[bytes], Awaitable[None]]) -> None:
        """Send until cancelled or `publish` raises, beginning behind what is acknowledged."""
        if self._acknowledged is None:
            self._acknowledged = await self._cursor.load_or_begin()
        self._sent = self._acknowledged
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(stir_on_events(self._engine, self._stir), name="events to be sent")
                group.create_task(self._cursor.run(), name="what is acknowledged")
                await self._send(publish)
        finally:
            await self._cursor.store_at_end()

    def acknowledge(self, payload: bytes) -> None:
        """Take the far end's word. With `asked` it may hold less than it once did: then that is sent again."""
        try:
            said: Any = json.loads(payload)
            epoch, seq, asked = str(said["epoch"]), int(said["seq"]), bool(said.get("asked", False))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
            log.warning("what came as an acknowledgement is none")
            return
        if epoch != self._journal.epoch or not 0 <= seq <= self._journal.seq:
            return
        if asked and seq < (self._acknowledged or 0):
            self._acknowledged = self._sent = seq
        elif seq > (self._acknowledged or 0):
            self._acknowledged, self._sent = seq, max(seq, self._sent)
        self._heard_at = asyncio.get_running_loop().time()
        self._stir.set()

    async def _send(self, publish: Callable[[bytes], Awaitable[None]]) -> None:
        loop = asyncio.get_running_loop()
        self._heard_at = loop.time()
        while True:
            self._stir.clear()
            assert self._acknowledged is not None, "run has read it"
            if self._sent > self._acknowledged and loop.time() >= self._heard_at + RESEND_SECONDS:
                self._sent, self._heard_at = self._acknowledged, loop.time()
            if self._sent - self._acknowledged < WINDOW:
                after = self._sent
                events = await self._journal.read(lambda db: events_after(db, after, BATCH))  # noqa: B023  awaited at once
                if events:
                    if self._sent == self._acknowledged:
                        self._heard_at = loop.time()
                    self._sent = max(self._sent, events[-1].seq)
                    await publish(event_batch(self._site, self._journal.epoch, events))
                    continue
            await self._wait(self._heard_at + RESEND_SECONDS if self._sent > self._acknowledged else None)

    async def _wait(self, until: float | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._stir.wait()


async def stir_on_events(engine: Engine, happened: asyncio.Event) -> None:
    """Set `happened` whenever something was recorded, until cancelled."""
    while True:  # a reader that fell far behind is cut off; what it missed is read from the journal anyway
        async with engine.follow() as events:
            happened.set()
            async for _ in events:
                happened.set()
