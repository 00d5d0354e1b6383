"""How residents like to be told: by which channel first, and at which hours not.

The rows are written beside an event that says only that wishes were saved; what they are stands in their table alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from locker.core.events.service_events import Noted

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

CHANNELS = ("phone", "mail")
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Wishes:
    """`channels`: which is tried first; those left out come behind. `quiet`: from and to, in minutes of the day.

    `at_once`: that a parcel is here is told in quiet hours too.
    """

    channels: tuple[str, ...] = CHANNELS
    quiet: tuple[int, int] | None = field(default=None, repr=False)
    at_once: bool = False

    @property
    def order(self) -> tuple[str, ...]:
        """Every channel, the wished ones first."""
        return (*self.channels, *(one for one in CHANNELS if one not in self.channels))


NO_WISHES = Wishes()


def wishes(channels: tuple[str, ...], quiet: tuple[int, int] | None, *, at_once: bool) -> Wishes:
    """Wishes as somebody says them. Raises ValueError for a channel or an hour that there is not."""
    if len(set(channels)) != len(channels) or not set(channels) <= set(CHANNELS):
        raise ValueError(f"channels are some of {', '.join(CHANNELS)}, each once")
    if quiet is not None and not all(0 <= minute < DAY_MINUTES for minute in quiet):
        raise ValueError("quiet hours are minutes of a day, 0 to 1439")
    return Wishes(channels, quiet if quiet and quiet[0] != quiet[1] else None, at_once)


class WishRegister:
    """The wishes of all residents, from memory. Lives on the loop."""

    def __init__(self, journal: Journal, engine: Engine) -> None:
        self._journal = journal
        self._engine = engine
        self._wishes: dict[str, Wishes] = {}

    async def load(self) -> None:
        """Read the whole table."""
        self._wishes = await self._journal.read(_all)

    def of(self, resident: str) -> Wishes:
        """What this resident wishes; the usual when nothing was said."""
        return self._wishes.get(resident, NO_WISHES)

    async def save(self, resident: str, wished: Wishes, by: str) -> None:
        """Keep them. Raises Refused while sealed."""

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            begin, end = wished.quiet or (None, None)
            db.execute(
                "insert or replace into wish (resident, channels, quiet_from, quiet_to, at_once)"
                " values (?, ?, ?, ?, ?)",
                [resident, json.dumps(wished.channels), begin, end, int(wished.at_once)],
            )
            return Noted(what="wishes-saved", about=resident), None

        await self._engine.record_with(work, by)
        self._wishes[resident] = wished

    def forget(self, resident: str) -> None:
        """Know nothing of this resident any more; the row goes with the resident's own."""
        self._wishes.pop(resident, None)


def _all(db: Database) -> dict[str, Wishes]:
    rows = db.execute("select resident, channels, quiet_from, quiet_to, at_once from wish").fetchall()
    return {
        resident: Wishes(tuple(json.loads(channels)), None if begin is None else (begin, end), bool(at_once))
        for resident, channels, begin, end, at_once in rows
    }
