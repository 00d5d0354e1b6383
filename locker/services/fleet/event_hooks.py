"""Every event, or those of some kinds, to programs outside by signed webhooks, in order and each until it was taken.

The journal is the queue, so a far end may be away for a week. What it refuses for good (400, 422) is set aside with the
reason as a dead letter, and the next is sent; it can be sent again, and so can everything behind a number. An event may
come twice after a power cut: its `webhook-id` is the same then.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.journal.history import events_after
from locker.ports import Undelivered
from locker.services.fleet.cloud_events import cloud_event
from locker.services.fleet.event_feed import stir_on_events
from locker.services.fleet.stored_cursor import StoredCursor

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlite_utils import Database

    from locker.core.events.record import Recorded
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.ports import Messenger

log = logging.getLogger(__name__)

BATCH = 100
FIRST_RETRY_S, LAST_RETRY_S, MOST_ASKED_S = 5.0, 600.0, 3600.0
MOST_DEAD = 1000
"""So many dead letters of a hook are kept, the newest; what they were still stands in the journal."""


class UnknownHook(LockerError):
    """The site file names no webhook of this name."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that the far end refused for good."""

    seq: int
    at: str
    why: str


@dataclass(frozen=True, slots=True)
class HookState:
    """How a webhook stands: up to which event it is done, how many wait, and why the last try failed, if it did."""

    name: str
    kinds: tuple[str, ...]
    done: int
    behind: int
    fault: str
    dead: tuple[DeadLetter, ...]


class EventHook:
    """One webhook of the site file. Lives on the loop; `kinds` empty: all."""

    def __init__(self, journal: Journal, engine: Engine, site: str, name: str, kinds: Collection[str]) -> None:
        self._journal = journal
        self._engine = engine
        self._site = site
        self.name = name
        self.kinds = tuple(sorted(kinds))
        self._done: int | None = None
        self._cursor = StoredCursor(journal, f"webhook:{name}", lambda: self._done)
        self._fault = ""
        self._again: list[int] = []
        self._refused: set[int] = set()
        self._stir = asyncio.Event()
        self._one_by_one = asyncio.Lock()

    async def run(self, messenger: Messenger) -> None:
        """Send until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(stir_on_events(self._engine, self._stir), name="events for a webhook")
            group.create_task(self._cursor.run(), name="how far a webhook is")
            try:
                await self._send(messenger)
            finally:
                await self._cursor.store_at_end()

    async def state(self) -> HookState:
        """How it stands."""
        done = await self._begin()
        dead = await self._journal.read(lambda db: _dead(db, self.name))
        return HookState(self.name, self.kinds, done, max(0, self._journal.seq - done), self._fault, dead)

    async def replay(self, after: int) -> None:
        """Send everything behind this event again. Raises ValueError for a number that is none of ours."""
        if not 0 <= after <= self._journal.seq:
            raise ValueError(f"after: events have numbers from 0 to {self._journal.seq}")
        await self._begin()
        self._done = after
        self._stir.set()

    async def send_dead(self) -> int:
        """Send what was refused once more; what is refused again stays. How many there are."""
        dead = await self._journal.read(lambda db: _dead(db, self.name))
        self._again = [each.seq for each in dead]
        self._stir.set()
        return len(dead)

    async def _begin(self) -> int:
        """Where it stands; a new one begins with what happens from now on."""
        async with self._one_by_one:
            if self._done is None:
                known = await self._cursor.load()
                self._done = self._journal.seq if known is None else min(known, self._journal.seq)
                self._refused = {each.seq for each in await self._journal.read(lambda db: _dead(db, self.name))}
            return self._done

    async def _send(self, messenger: Messenger) -> None:
        await self._begin()
        wait = 0.0
        while True:
            self._stir.clear()
            try:
                busy = await self._send_again(messenger) or await self._send_next(messenger)
                wait, self._fault = 0.0, ""
            except Undelivered as later:
                wait = wait_after(wait, later.retry_after)
                if self._fault != str(later):
                    log.warning("webhook %s: %s; tried again until it is taken", self.name, later)
                self._fault = str(later)
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await asyncio.Event().wait()
                continue
            if not busy:
                await self._stir.wait()

    async def _send_next(self, messenger: Messenger) -> bool:
        """Some of what waits; False when nothing does."""
        after = self._done or 0
        events = await self._journal.read(lambda db: events_after(db, after, BATCH))
        for event in events:
            if self._done != after:  # somebody asked for a replay meanwhile
                return True
            if not self.kinds or event.kind in self.kinds:
                await self._one(messenger, event)
            if self._done == after:
                self._done = after = event.seq
        return bool(events)

    async def _send_again(self, messenger: Messenger) -> bool:
        if not self._again:
            return False
        seq = self._again[0]
        for event in await self._journal.read(lambda db: events_after(db, seq - 1, 1)):
            await self._one(messenger, event)
        self._again = self._again[1:]
        return True

    async def _one(self, messenger: Messenger, event: Recorded) -> None:
        try:
            await messenger.send(cloud_event(self._site, self._journal.epoch, event))
        except Undelivered as refused:
            if not refused.final:
                raise
            why, at = str(refused)[:200], rfc3339(self._engine.now())
            await self._journal.write_when_possible(lambda db: _bury(db, self.name, DeadLetter(event.seq, at, why)))
            self._refused.add(event.seq)
        else:
            if event.seq in self._refused:
                await self._journal.write_when_possible(lambda db: _exhume(db, self.name, event.seq))
                self._refused.discard(event.seq)


def wait_after(before: float, asked: float) -> float:
    """How long until the next try: longer each time, and as long as the far end asks for, but an hour at most. Pure."""
    grown = min(LAST_RETRY_S, before * 2) if before else FIRST_RETRY_S
    return max(min(asked, MOST_ASKED_S), grown)


class EventHooks:
    """All webhooks of the site file by their names."""

    def __init__(self, hooks: Collection[EventHook] = ()) -> None:
        self.hooks = {hook.name: hook for hook in hooks}

    def named(self, name: str) -> EventHook:
        """The one of this name. Raises UnknownHook."""
        try:
            return self.hooks[name]
        except KeyError:
            raise UnknownHook from None


def _dead(db: Database, hook: str) -> tuple[DeadLetter, ...]:
    rows = db.execute("select seq, at, why from dead_letter where hook = ? order by seq", [hook]).fetchall()
    return tuple(DeadLetter(*row) for row in rows)


def _exhume(db: Database, hook: str, seq: int) -> None:
    db.execute("delete from dead_letter where hook = ? and seq = ?", [hook, seq])


def _bury(db: Database, hook: str, letter: DeadLetter) -> None:
    db.execute("insert or replace into dead_letter values (?, ?, ?, ?)", [hook, letter.seq, letter.at, letter.why])
    db.execute(
        "delete from dead_letter where hook = ? and seq <="
        " (select seq from dead_letter where hook = ? order by seq desc limit 1 offset ?)",
        [hook, hook, MOST_DEAD],
    )
