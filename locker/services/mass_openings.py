"""Orders for many doors: one person or program asks, somebody else approves, and the doors open one after another.

A request waits in memory for a quarter of an hour; a restart forgets it, for no order is ever given again. While doors
are opening anybody who may open one may stop it.
"""

from __future__ import annotations

import asyncio
from dataclasses import field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locker.engine import Engine
    from locker.services.command_service import CommandService

WAITS = timedelta(minutes=15)
BETWEEN_DOORS_SECONDS = 2.0
MOST_WAITING = 8
_MOST_KEPT = 32


class OpeningState(StrEnum):
    """How far a request has come."""

    WAITING = "waiting"
    OPENING = "opening"
    DONE = "done"
    STOPPED = "stopped"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class MassOpening:
    """One request for many doors. `ordered` and `refused` are those that had their turn."""

    id: str
    by: str
    reason: str
    compartments: tuple[str, ...]
    asked_at: datetime
    state: OpeningState = OpeningState.WAITING
    approved_by: str = ""
    ordered: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(slots=True)
class MassOpenings:
    """All requests that are known, the newest last. `run` opens the doors of those that were approved."""

    engine: Engine
    commands: CommandService
    _openings: dict[str, MassOpening] = field(default_factory=dict)
    _approved: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def listed(self) -> list[MassOpening]:
        """Every request that is still known, the newest first."""
        return [self._current(each) for each in reversed(self._openings.values())]

    def find(self, opening: str) -> MassOpening:
        """One request. Raises Refused (unknown)."""
        if opening not in self._openings:
            raise Refused(RefusalReason.UNKNOWN)
        return self._current(self._openings[opening])

    async def ask(self, compartments: Sequence[str] | None, reason: str, by: str) -> MassOpening:
        """Ask for these doors, None for all. Raises Refused: unknown, not-now while too many wait, sealed."""
        known = self.engine.site.compartments
        wanted = tuple(known) if compartments is None else tuple(dict.fromkeys(compartments))
        if not wanted or any(each not in known for each in wanted):
            raise Refused(RefusalReason.UNKNOWN)
        if sum(each.state is OpeningState.WAITING for each in self.listed()) >= MOST_WAITING:
            raise Refused(RefusalReason.NOT_NOW)
        opening = MassOpening(self.engine.new_id("o"), by, reason, wanted, self.engine.now())
        await self.engine.note("openings-asked", f"{opening.id}: {' '.join(wanted)}", by)
        self._openings[opening.id] = opening
        while len(self._openings) > _MOST_KEPT:
            del self._openings[next(iter(self._openings))]
        return opening

    async def approve(self, opening: str, by: str) -> MassOpening:
        """Let these doors open. Raises Refused: witness-needed for whoever asked, not-now when it waits no more."""
        found = self.find(opening)
        if found.by == by:
            raise Refused(RefusalReason.WITNESS_NEEDED)
        if found.state is not OpeningState.WAITING:
            raise Refused(RefusalReason.NOT_NOW)
        await self.engine.note("openings-approved", found.id, by)
        if self.find(opening).state is not OpeningState.WAITING:  # somebody was quicker
            raise Refused(RefusalReason.NOT_NOW)
        self._openings[found.id] = replace(found, state=OpeningState.OPENING, approved_by=by)
        self._approved.put_nowait(found.id)
        return self._openings[found.id]

    async def stop(self, opening: str, by: str) -> MassOpening:
        """No further door of it. What has ended stays as it is; it stops also while nothing can be recorded."""
        found = self.find(opening)
        if found.state in {OpeningState.WAITING, OpeningState.OPENING}:
            self._openings[found.id] = found = replace(self._openings[found.id], state=OpeningState.STOPPED)
            try:
                await self.engine.note("openings-stopped", found.id, by)
            except Refused as refused:
                if refused.reason is not RefusalReason.SEALED:
                    raise
        return found

    async def run(self) -> None:
        """Open the doors of what was approved, one request after the other, until cancelled."""
        while True:
            opening = await self._approved.get()
            for door in self._openings[opening].compartments:
                if self._openings[opening].state is not OpeningState.OPENING:
                    break
                await self._open(opening, door)
                await asyncio.sleep(BETWEEN_DOORS_SECONDS)
            if self._openings[opening].state is OpeningState.OPENING:
                self._openings[opening] = replace(self._openings[opening], state=OpeningState.DONE)

    async def _open(self, opening: str, door: str) -> None:
        one = self._openings[opening]
        try:
            await self.commands.open_compartment(door, one.reason, one.by, approver=one.approved_by)
        except Refused:
            self._openings[opening] = replace(self._openings[opening], refused=(*one.refused, door))
        else:
            self._openings[opening] = replace(self._openings[opening], ordered=(*one.ordered, door))

    def _current(self, opening: MassOpening) -> MassOpening:
        waits = opening.state is OpeningState.WAITING
        over = waits and self.engine.now() >= opening.asked_at + WAITS
        return replace(opening, state=OpeningState.EXPIRED) if over else opening
