"""What is not needed for good goes when its time is over: pictures, and the words of notices (rule `retention`).

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
from locker.services.evidence import SnapshotStore, mark_over
from locker.services.policies import Retention

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.ports import Clock
    from locker.services.policies import RuleBook

LOOK_SECONDS = 3600.0
BY = "retention"
_NOTICES_CLEANED = "retention-notices"
_NOTICES_AT_ONCE = 200


class RetentionKeeper:
    """Looks once an hour. `recount` is called when pictures went: whoever counts their bytes counts anew."""

    def __init__(
        self, journal: Journal, engine: Engine, clock: Clock, rules: RuleBook, recount: Callable[[], None]
    ) -> None:
        self._journal = journal
        self._engine = engine
        self._clock = clock
        self._rules = rules
        self._recount = recount
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
        rule = self._rules.body(Retention)
        pictures = await self._pictures(rule.pictures_days)
        if pictures:
            self._recount()
            await self._engine.note("pictures-ended", f"{pictures}, older than {rule.pictures_days} days", BY)
        await self._notices(rule.notices_days)

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

    async def _notices(self, days: int) -> None:
        end = await self._end(days)
        while await self._journal.write(lambda db: _clean_notices(db, end)):
            continue

    async def _end(self, days: int) -> int:
        """The number of the first event that is young enough."""
        at = rfc3339(self._engine.now() - timedelta(days=days))
        return await self._journal.read(lambda db: first_event_from(db, at))


def _clean_notices(db: Database, end: int) -> bool:
    """Take the words out of some notices that tell of events before `end`; True while there may be more."""
    row = db.execute("select value from meta where key = ?", [_NOTICES_CLEANED]).fetchone()
    done = int(row[0]) if row else 0
    sql = "select id, event from outbox where event > ? and event < ? and state <> 'waiting' order by event limit ?"
    found = db.execute(sql, [done, end, _NOTICES_AT_ONCE]).fetchall()
    for notice, _ in found:
        db.execute("update outbox set said = '' where id = ? and said <> ''", [notice])
    # Of one event there may be several notices: it counts as done when a later one was reached.
    reached = end - 1 if len(found) < _NOTICES_AT_ONCE else found[-1][1] - 1
    if reached <= done:
        return False
    db.execute("insert or replace into meta (key, value) values (?, ?)", [_NOTICES_CLEANED, str(reached)])
    return len(found) == _NOTICES_AT_ONCE
