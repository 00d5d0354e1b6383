"""How far a reader of the journal is, stored now and then: what a power cut takes of it comes twice, none is lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from locker.journal.follower_cursor import cursor_of, store_cursor
from locker.journal.store import CannotWrite, JournalBroken

if TYPE_CHECKING:
    from collections.abc import Callable

    from locker.journal.store import Journal

STORE_SECONDS = 30.0


class StoredCursor:
    """The row of one follower. `reached`: the number up to which it has done its work; None before it began."""

    def __init__(self, journal: Journal, follower: str, reached: Callable[[], int | None]) -> None:
        self._journal = journal
        self._follower = follower
        self._reached = reached
        self._stored: int | None = None

    async def load(self) -> int | None:
        """What was stored last; None for a follower that has never stored anything."""
        self._stored = await self._journal.read(lambda db: cursor_of(db, self._follower))
        return self._stored

    async def load_or_begin(self) -> int:
        """What was stored last; 0, which need not be stored, for a follower that begins with the first event."""
        self._stored = await self.load() or 0
        return self._stored

    async def run(self) -> None:
        """Store until cancelled. A full disk leaves it for later."""
        while True:
            await asyncio.sleep(STORE_SECONDS)
            with suppress(CannotWrite):
                await self._store()

    async def store_at_end(self) -> None:
        """Store what was reached, if the disk still takes it."""
        with suppress(CannotWrite, JournalBroken):
            await self._store()

    async def _store(self) -> None:
        reached = self._reached()
        if reached is not None and reached != self._stored:
            await self._journal.write(lambda db: store_cursor(db, self._follower, reached))
            self._stored = reached
