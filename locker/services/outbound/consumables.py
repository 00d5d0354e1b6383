"""What senders and couriers pack with: tape, bags, boxes. How much is left, and of what too little (OB-14).

There are few of them, so all stand in memory as their table has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.core.events.service_events import Noted
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

MOST_STOCK = 100_000


@dataclass(frozen=True, slots=True)
class Consumable:
    """One thing to pack with: how many there are, in which unit, and from how few on somebody fetches more."""

    name: str
    unit: str
    stock: int
    low: int

    @property
    def short(self) -> bool:
        """True when somebody should fetch more."""
        return self.stock <= self.low


class ConsumableStock:
    """The stock of this site. What changes it raises Refused: unknown, not-now below 0, sealed."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal
        self.listed: Sequence[Consumable] = ()

    async def load(self) -> None:
        """Read the table. Call once at start."""
        self.listed = await self._journal.read(_all)

    async def replace(self, counted: Iterable[Consumable], by: str) -> None:
        """Take these counts in place of all that stood there."""
        lines = list(counted)

        def work(db: Database, now: datetime) -> tuple[Noted, Sequence[Consumable]]:
            db.execute("delete from consumable")
            for each in lines:
                _insert(db, each, now, by)
            return Noted(what="stock-counted", about=str(len(lines))), _all(db)

        self.listed = await self._engine.record_with(work, by)

    async def change(self, name: str, by_how_many: int, by: str) -> Consumable:
        """Somebody took some, or brought some."""

        def work(db: Database, now: datetime) -> tuple[Noted, Sequence[Consumable]]:
            known = next((each for each in _all(db) if each.name == name), None)
            if known is None:
                raise Refused(RefusalReason.UNKNOWN)
            stock = known.stock + by_how_many
            if not 0 <= stock <= MOST_STOCK:
                raise Refused(RefusalReason.NOT_NOW)
            _insert(db, Consumable(name, known.unit, stock, known.low), now, by)
            return Noted(what="stock-changed", about=f"{name} {by_how_many:+d}"), _all(db)

        self.listed = await self._engine.record_with(work, by)
        return next(each for each in self.listed if each.name == name)


def _all(db: Database) -> Sequence[Consumable]:
    rows = db.execute("select name, unit, stock, low from consumable order by name").fetchall()
    return tuple(Consumable(*row) for row in rows)


def _insert(db: Database, one: Consumable, now: datetime, by: str) -> None:
    sql = "insert or replace into consumable (name, unit, stock, low, at, by) values (?, ?, ?, ?, ?, ?)"
    db.execute(sql, [one.name, one.unit, one.stock, one.low, rfc3339(now), by])
