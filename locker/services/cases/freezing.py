"""What stays as it is while a case is open: a parcel that is held, doors at which nobody is served.

Only what the core knows is used: a hold, a compartment out of use. What cannot be frozen yet, because somebody is at
the door, is written down as wanted and done when they have gone, after a restart too. Only what a case froze itself is
let go for it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from locker.core.messages.commands import Restore, Retire
from locker.core.messages.custody_commands import Hold, Unhold
from locker.core.model import Use
from locker.core.reasons import RefusalReason, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils import Database

    from locker.core.events.record import Recorded
    from locker.engine import Engine
    from locker.journal.store import Journal

log = logging.getLogger(__name__)

WANTED, HELD, RETIRED = "wanted", "held", "retired"
_RELEASING = frozenset(
    {
        *("VisitEnded", "ParcelStored", "ParcelCollected", "ParcelEnded", "DepositCancelled", "CompartmentCleared"),
        *("CompartmentRestored", "HoldEnded", "ContentUnknown", "ParcelMoved"),
    }
)
"""Events behind which a door may be as nobody wanted it: looked at again."""


class Freezer:
    """Freezes for cases, and lets go. `doors`: which compartments are frozen, and for which case."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal
        self.doors: dict[str, str] = {}
        self._wanted: dict[str, tuple[str, str]] = {}

    async def load(self) -> None:
        """Take up what was frozen before. Call once at start."""
        rows = await self._journal.read(_all)
        self.doors = {door: number for number, door, parcel, _ in rows if door and not parcel}
        self._wanted = {parcel: (number, door) for number, door, parcel, state in rows if parcel and state == WANTED}

    async def hold(self, number: str, parcel: str, by: str) -> bool:
        """Hold a parcel for a case; False when it must wait until nobody is at its door. One that has left stays."""
        there = self._engine.site.parcels.get(parcel)
        if there is None or not there.state.live or there.held:
            return False
        await self._write(number, "", parcel, WANTED)
        return await self._try_hold(number, "", parcel, by)

    async def freeze(self, number: str, doors: Iterable[str], by: str) -> None:
        """Serve nobody at these doors for as long as the case says."""
        names = [name for name in doors if name in self._engine.site.compartments]
        for name in names:
            self.doors[name] = number
            await self._write(number, name, "", WANTED)
        for name in names:
            await self._freeze_door(number, name, by)

    async def let_go(self, number: str, by: str) -> None:
        """End all that was frozen for this case. What cannot be let go by itself, staff let go by hand."""
        rows = [row for row in await self._journal.read(_all) if row[0] == number]
        self.doors = {door: case for door, case in self.doors.items() if case != number}
        self._wanted = {parcel: of for parcel, of in self._wanted.items() if of[0] != number}
        for _, door, parcel, state in rows:
            try:
                if state == HELD and self._holds(number, parcel):
                    await self._engine.ask(Unhold(by=by, parcel=parcel))
                elif state == RETIRED and self._retires(number, door):
                    await self._engine.ask(Restore(by=by, compartment=door))
            except Refused as refused:
                if refused.reason is RefusalReason.SEALED:
                    raise
                log.warning("case %s: %s stays as it is: %s", number, parcel or door, refused.reason)
        await self._journal.write_when_possible(
            lambda db: db.execute("delete from case_freeze where number = ?", [number])
        )

    async def look_again(self, recorded: Recorded) -> None:
        """Freeze what an event has made free to be frozen."""
        if recorded.kind not in _RELEASING or not (self.doors or self._wanted):
            return
        body = recorded.body()
        door, parcel = str(body.get("compartment") or ""), str(body.get("parcel") or "")
        if door in self.doors:
            await self._freeze_door(self.doors[door], door, "cabinet")
        elif parcel in self._wanted:
            number, of_door = self._wanted[parcel]
            await self._try_hold(number, of_door, parcel, "cabinet")

    async def finish(self) -> None:
        """Go on with what was wanted before a restart."""
        for door, number in list(self.doors.items()):
            await self._freeze_door(number, door, "cabinet")
        for parcel, (number, door) in list(self._wanted.items()):
            await self._try_hold(number, door, parcel, "cabinet")

    async def _freeze_door(self, number: str, name: str, by: str) -> None:
        compartment = self._engine.site.compartments[name]
        for parcel in compartment.parcels:
            there = self._engine.site.parcels.get(parcel)
            if there is not None and there.state.live and not there.held:
                await self._write(number, name, parcel, WANTED)
                await self._try_hold(number, name, parcel, by)
        if self._retires(number, name):  # before a restart that came before it was written down
            await self._write(number, name, "", RETIRED)
        if self._engine.site.compartments[name].use is not Use.FREE:
            return
        try:
            await self._engine.ask(Retire(by=by, compartment=name, reason=reason(number)))
        except Refused as refused:
            log.warning("case %s: door %s is not frozen yet: %s", number, name, refused.reason)
            return
        await self._write(number, name, "", RETIRED)

    async def _try_hold(self, number: str, door: str, parcel: str, by: str) -> bool:
        self._wanted[parcel] = number, door
        try:
            await self._engine.ask(Hold(by=by, parcel=parcel, reason=reason(number)))
        except Refused as refused:
            if refused.reason is RefusalReason.UNKNOWN:
                self._wanted.pop(parcel, None)
            if not self._holds(number, parcel):  # else before a restart that came before it was written down
                return False
        self._wanted.pop(parcel, None)
        await self._write(number, door, parcel, HELD)
        return True

    def _holds(self, number: str, parcel: str) -> bool:
        there = self._engine.site.parcels.get(parcel)
        return there is not None and there.held == reason(number)

    def _retires(self, number: str, door: str) -> bool:
        compartment = self._engine.site.compartments.get(door)
        return compartment is not None and compartment.use is Use.RETIRED and compartment.reason == reason(number)

    async def _write(self, number: str, door: str, parcel: str, state: str) -> None:
        def work(db: Database) -> None:
            db.execute(
                "insert or replace into case_freeze (number, compartment, parcel, state) values (?, ?, ?, ?)",
                [number, door, parcel, state],
            )

        await self._journal.write_when_possible(work)


def reason(number: str) -> str:
    """Why something is frozen, as the journal says it."""
    return f"case {number}"


def _all(db: Database) -> list[tuple[str, str, str, str]]:
    sql = "select number, compartment, parcel, state from case_freeze order by number, compartment, parcel"
    return [tuple(row) for row in db.execute(sql).fetchall()]
