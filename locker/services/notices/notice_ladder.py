"""When recipients of a parcel that waits are told again: the rungs of the ladder, and who climbs it.

Which rung is due is a pure rule. That it is due becomes an event, once, and the event asks for the notice as any other
does: so it survives a power cut, stands in the parcel's timeline, and is never said twice.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import moment, rfc3339
from locker.core.events.service_events import ReminderDue
from locker.core.model import ParcelState
from locker.core.reasons import Refused
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.services.policies import PeakProfile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlite_utils import Database

    from locker.core.model import Parcel
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.policies import RuleBook

LAST_RUNG = "last"
LOOK_EVERY_SECONDS = 60
_BY = "cabinet"


class _SaidBefore(LockerError):
    """This rung of this parcel was recorded before."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """So many hours after the parcel was stored its recipients are reminded, and once more before the free time ends.

    `last_hours` 0: no last warning.
    """

    reminder_hours: Sequence[int] = (24, 48)
    last_hours: int = 1

    def rung(self, parcel: Parcel, now: datetime) -> str | None:
        """The highest rung that this parcel has reached; None below the first, and where nobody is to be told.

        Of several that were passed while the cabinet was off only the highest is said. Behind the deadline none is:
        that the free time is over has its own notice. A held parcel cannot be fetched, so nobody is called for it.
        """
        if parcel.state is not ParcelState.STORED or parcel.from_resident or parcel.held or parcel.place:
            return None
        if parcel.stored_at is None or parcel.deadline is None or now >= parcel.deadline:
            return None
        last_at = parcel.deadline - timedelta(hours=self.last_hours)
        if self.last_hours and now >= last_at > parcel.stored_at:
            return LAST_RUNG
        waited = now - parcel.stored_at
        passed = [hours for hours in self.reminder_hours if waited >= timedelta(hours=hours)]
        return str(max(passed)) if passed else None


class LadderClimber:
    """Looks once a minute which parcels have reached their next rung, and records it."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        ladder: Ladder,
        clock_is_right: Callable[[], bool],
        rules: RuleBook | None = None,
    ) -> None:
        self._rules = rules
        self._engine = engine
        self._journal = journal
        self._ladder = ladder
        self._clock_is_right = clock_is_right
        self._known: set[tuple[str, str, datetime]] = set()

    async def run(self) -> None:
        """Look for as long as the daemon lives."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def look(self) -> None:
        """Record each rung that was reached and not said. Hours are believed only when the clock is."""
        if not self._clock_is_right() or self._engine.sealed is not None:
            return
        now, parcels, ladder = self._engine.now(), self._engine.site.parcels, self._ladder_now()
        reached = {
            (parcel.id, rung, parcel.deadline)
            for parcel in parcels.values()
            if (rung := ladder.rung(parcel, now)) is not None and parcel.deadline is not None
        }
        self._known &= reached  # of parcels that have left, and of rungs below, nothing need be known
        for parcel, rung, deadline in sorted(reached - self._known):
            door, due = parcels[parcel].compartment, await self._since_it_is_theirs(parcels[parcel], ladder, now)
            if due is None:
                continue
            recorded = await self._record(ReminderDue(parcel=parcel, compartment=door, rung=due, deadline=deadline))
            if recorded and due == rung:
                self._known.add((parcel, rung, deadline))

    async def _since_it_is_theirs(self, parcel: Parcel, ladder: Ladder, now: datetime) -> str | None:
        """The rung of a parcel that staff gave to whose it is: for them it came then, and not when it was stored."""
        given = await self._journal.read(lambda db: _given_at(db, parcel.id))
        return ladder.rung(parcel if given is None else replace(parcel, stored_at=given), now)

    def _ladder_now(self) -> Ladder:
        """The site file's, or in days of many parcels that of the rule `peak`."""
        hours = self._rules.body(PeakProfile).reminder_hours if self._rules is not None else ()
        return replace(self._ladder, reminder_hours=hours) if hours else self._ladder

    async def _record(self, reminder: ReminderDue) -> bool:
        """Record it unless it stands in the journal already; False while nothing can be recorded."""
        if await self._journal.read(lambda db: _said(db, reminder)):
            return True

        def work(db: Database, _: datetime) -> tuple[ReminderDue, None]:
            if _said(db, reminder):
                raise _SaidBefore
            return reminder, None

        try:
            await self._engine.record_with(work, _BY)
        except _SaidBefore:
            return True
        except Refused:
            return False
        return True


def _said(db: Database, reminder: ReminderDue) -> bool:
    """True when this rung was recorded: of the hours once for each parcel, of the last for each deadline.

    What whoever had the parcel in their name before was told is not said to whose it is.
    """
    sql = """select data from event where json_extract(data, '$.parcel') = ? and kind = 'ReminderDue' and seq > (
             select coalesce(max(seq), 0) from event
             where json_extract(data, '$.parcel') = ? and kind = 'ParcelReassigned')"""
    for (data,) in db.execute(sql, [reminder.parcel, reminder.parcel]).fetchall():
        body = json.loads(data)
        same_end = reminder.rung != LAST_RUNG or body["deadline"] == rfc3339(reminder.deadline)
        if body["rung"] == reminder.rung and same_end:
            return True
    return False


def _given_at(db: Database, parcel: str) -> datetime | None:
    """When staff gave this parcel to whose it is; None for one that came in the right name."""
    sql = """select at from event where json_extract(data, '$.parcel') = ? and kind = 'ParcelReassigned'
             order by seq desc limit 1"""
    row = db.execute(sql, [parcel]).fetchone()
    return moment(row[0]) if row is not None else None
