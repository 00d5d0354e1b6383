"""Pictures for disputes: what the cabinet's front looked like when a door mattered.

Follows live events only: a picture taken later shows nothing. A camera that fails or is covered
delays no door; the journal then says that the picture is missing, and why.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from locker.core.events.picture_events import SnapshotMissed, SnapshotTaken
from locker.core.reasons import Refused
from locker.errors import HardwareFault
from locker.journal.store import CannotWrite
from locker.services.evidence.moments import cause_of
from locker.services.evidence.picture_budget import PictureBudget
from locker.services.evidence.snapshot_store import SnapshotStore

if TYPE_CHECKING:
    from locker.core.events.record import Recorded
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.ports import Camera

log = logging.getLogger(__name__)

BY = "camera"


class SnapshotRecorder:
    """Takes, saves and records snapshots. `budget_bytes`: above it the oldest pictures go."""

    def __init__(self, engine: Engine, journal: Journal, camera: Camera, budget_bytes: int) -> None:
        self._engine = engine
        self._camera, self._journal = camera, journal
        self._store = SnapshotStore(journal.folder)
        self._budget = PictureBudget(journal, self._store, budget_bytes)

    async def run(self) -> None:
        """Follow events for as long as the daemon lives."""
        while True:  # a reader that fell far behind is cut off and begins anew
            async with self._engine.follow() as events:
                async for recorded in events:
                    cause = cause_of(recorded)
                    if cause is not None:
                        await self._record(recorded, cause)
                    elif recorded.kind == "SnapshotTaken" and recorded.by != BY:
                        await self._count(recorded)

    async def _record(self, recorded: Recorded, cause: str) -> None:
        body = recorded.body()
        compartment = str(body.get("compartment", ""))
        known = self._engine.site.compartments.get(compartment)
        parcel = str(body.get("parcel") or (known.parcel if known is not None else None) or "")
        try:
            picture = await self._camera.still()
            saved = await asyncio.to_thread(self._store.save, picture, recorded.at[:10])
            event: SnapshotTaken | SnapshotMissed = SnapshotTaken(
                compartment=compartment,
                parcel=parcel,
                cause=cause,
                of=recorded.seq,
                sha256=saved.sha256,
                day=saved.day,
                size=saved.size,
                lens=self._camera.lens,
            )
        except (HardwareFault, OSError) as fault:
            log.warning("no snapshot of event %d: %s", recorded.seq, fault)
            event = SnapshotMissed(
                compartment=compartment, parcel=parcel, cause=cause, of=recorded.seq, fault=str(fault)
            )
        try:
            await self._engine.record(event, BY)
            if isinstance(event, SnapshotTaken):
                await self._budget.keep(event.size)
        except (Refused, CannotWrite) as unwritten:
            log.warning("snapshot of event %d is not recorded: %s", recorded.seq, unwritten)

    async def _count(self, recorded: Recorded) -> None:
        """A picture that somebody else took, of a label, takes room as well."""
        body = recorded.body()
        sql, which = "select bytes from snapshot where of = ? and cause = ?", [body["of"], body["cause"]]
        row = await self._journal.read(lambda db: db.execute(sql, which).fetchone())
        try:
            await self._budget.keep(int(row[0]) if row else 0)
        except (Refused, CannotWrite) as unwritten:
            log.warning("pictures make no room: %s", unwritten)

    def recount(self) -> None:
        """Pictures went that it did not let go itself: their bytes are counted anew at the next one."""
        self._budget.recount()
