"""Pictures go when their time is over (rule `retention`), like the words of notices.

What belongs to an open case, or to a parcel that is held, stays for as long: that is the legal hold. Nothing goes
while the clock is not synchronised. The profile of a country is the numbers of the rule: 30 days of pictures in China,
3 in Europe.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.core.reasons import Refused
from locker.journal.history import first_event_from
from locker.journal.store import CannotWrite
from locker.services.evidence.snapshot_store import SnapshotStore, mark_over
from locker.services.policies import Retention

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from datetime import datetime

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.ports import Clock
    from locker.services.policies import RuleBook

    LetGo = Callable[[datetime], Awaitable[int]]

LOOK_SECONDS = 3600.0
BY = "retention"


class PictureRetention:
    """Looks once an hour. `recount` is called when pictures went: whoever counts their bytes counts anew.

    `others`: pictures that another room keeps; each lets go of those of before a moment, and says how many went.
    """

    def __init__(
        self,
        journal: Journal,
        engine: Engine,
        clock: Clock,
        rules: RuleBook,
        recount: Callable[[], None],
        others: Iterable[LetGo] = (),
    ) -> None:
        self._journal = journal
        self._engine = engine
        self._clock = clock
        self._rules = rules
        self._recount = recount
        self._others = tuple(others)
        self._store = SnapshotStore(journal.folder)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except (Refused, CannotWrite):
                continue  # sealed: what is over now is over at the next look too

    async def look(self) -> None:
        """Let go of all whose time is over now. Raises Refused or CannotWrite while sealed."""
        if not self._clock.synced():
            return
        days = self._rules.body(Retention).pictures_days
        pictures = await self._pictures(days)
        if pictures:
            self._recount()
        over = self._engine.now() - timedelta(days=days)
        for let_go in self._others:
            pictures += await let_go(over)
        if pictures:
            await self._engine.note("pictures-ended", f"{pictures}, older than {days} days", BY)

    async def _pictures(self, days: int) -> int:
        end = await self._end(days)
        gone = 0
        while True:
            marked, files = await self._journal.write(lambda db: mark_over(db, end))
            gone += marked
            for day, sha256 in files:
                await asyncio.to_thread(self._store.remove, day, sha256)
            if not marked:
                return gone

    async def _end(self, days: int) -> int:
        """The number of the first event that is young enough."""
        at = rfc3339(self._engine.now() - timedelta(days=days))
        return await self._journal.read(lambda db: first_event_from(db, at))
