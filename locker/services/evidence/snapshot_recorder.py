"""Pictures for disputes: what the cabinet's front looked like when a door mattered.

Follows live events only: a picture taken later shows nothing. A camera that fails or is covered
delays no door; the journal then says that the picture is missing, and why.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING

from locker.core.events.service_events import SnapshotMissed, SnapshotTaken
from locker.core.reasons import Refused
from locker.errors import HardwareFault
from locker.journal.store import CannotWrite
from locker.services.evidence.snapshot_store import SnapshotStore, mark_oldest, stored_bytes

if TYPE_CHECKING:
    from locker.core.events.record import Recorded
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.ports import Camera

log = logging.getLogger(__name__)

BY = "camera"
_CAUSE_OF_KIND = {
    "ParcelStored": "stored",
    "ParcelCollected": "collected",
    "DoorForced": "forced",
    "DoorLeftOpen": "left-open",
}
_CAUSE_OF_VISIT = {"k": "opened", "s": "staff"}
"""Openings that are pictured, by the first letter of the visit: a pickup's, and one ordered by staff."""


class SnapshotRecorder:
    """Takes, saves and records snapshots. `budget_bytes`: above it the oldest pictures go."""

    def __init__(self, engine: Engine, journal: Journal, camera: Camera, budget_bytes: int) -> None:
        self._engine = engine
        self._journal = journal
        self._camera = camera
        self._budget = budget_bytes
        self._store = SnapshotStore(journal.folder)
        self._stored: int | None = None

    async def run(self) -> None:
        """Follow events for as long as the daemon lives."""
        while True:  # a reader that fell far behind is cut off and begins anew
            async with self._engine.follow() as events:
                async for recorded in events:
                    cause = cause_of(recorded)
                    if cause is not None:
                        await self._record(recorded, cause)

    async def _record(self, recorded: Recorded, cause: str) -> None:
        body = recorded.body()
        compartment = str(body["compartment"])
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
            )
        except (HardwareFault, OSError) as fault:
            log.warning("no snapshot of event %d: %s", recorded.seq, fault)
            event = SnapshotMissed(
                compartment=compartment, parcel=parcel, cause=cause, of=recorded.seq, fault=str(fault)
            )
        try:
            await self._engine.record(event, BY)
            if isinstance(event, SnapshotTaken):
                await self._keep_to_budget(event.size)
        except (Refused, CannotWrite) as unwritten:
            log.warning("snapshot of event %d is not recorded: %s", recorded.seq, unwritten)

    def recount(self) -> None:
        """Pictures went that it did not let go itself: their bytes are counted anew at the next one."""
        self._stored = None

    async def _keep_to_budget(self, added: int) -> None:
        """Count what was added, and let the oldest go. The sum is read once and kept from then on."""
        self._stored = await self._journal.read(stored_bytes) if self._stored is None else self._stored + added
        while (excess := self._stored - self._budget) > 0:
            freed, files = await self._journal.write(partial(mark_oldest, excess_bytes=excess))
            self._stored -= freed
            for day, sha256 in files:
                await asyncio.to_thread(self._store.remove, day, sha256)
            if not freed:
                return


def cause_of(recorded: Recorded) -> str | None:
    """Why this event is worth a picture; None when it is not."""
    if recorded.kind in _CAUSE_OF_KIND:
        return _CAUSE_OF_KIND[recorded.kind]
    if recorded.kind == "DoorOpened":
        return _CAUSE_OF_VISIT.get(str(recorded.body()["visit"])[:1])
    return None
