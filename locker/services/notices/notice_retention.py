"""What was said is kept as long as the rule `retention` says, and then its words go; that it was said stays."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.services.policies import Retention

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.policies import RuleBook

EVERY_SECONDS = 6 * 3600.0
AT_ONCE = 500


class NoticeRetention:
    """Empties words that are older, some hundred at once, so that no door waits for it."""

    def __init__(self, engine: Engine, journal: Journal, rules: RuleBook, clock_is_right: Callable[[], bool]) -> None:
        self._engine = engine
        self._journal = journal
        self._rules = rules
        self._clock_is_right = clock_is_right

    async def run(self) -> None:
        """Look every six hours for as long as the daemon lives."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """Let go of what is too old. Days are believed only when the clock is."""
        if not self._clock_is_right() or self._engine.sealed is not None:
            return
        days = self._rules.body(Retention).notices_days
        before = rfc3339(self._engine.now() - timedelta(days=days))
        while await self._journal.write_when_possible(partial(_forget, before=before)) == AT_ONCE:
            pass


def _forget(db: Database, before: str) -> int:
    """Walks the outbox in the order of its events from where it stopped, so that each row is looked at once."""
    key = "notices-forgotten"
    row = db.execute("select value from meta where key = ?", [key]).fetchone()
    rows = db.execute(
        "select event, id from outbox where event > ? and created_at < ? order by event limit ?",
        [int(row[0]) if row else 0, before, AT_ONCE],
    ).fetchall()
    if not rows:
        return 0
    last = rows[-1][0]
    rest = db.execute("select id from outbox where event = ? and created_at < ?", [last, before]).fetchall()
    for name in {*(each[1] for each in rows), *(each[0] for each in rest)}:
        db.execute("update outbox set said = '' where id = ?", [name])
    db.execute(
        "insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value",
        [key, str(last)],
    )
    return len(rows)
