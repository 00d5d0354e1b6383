"""All that one camera keeps for disputes: stills at once, and clips a little later."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from locker.services.evidence.clip_recorder import ClipRecorder
from locker.services.evidence.snapshot_recorder import SnapshotRecorder

if TYPE_CHECKING:
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.ports import Camera

_MB = 1024 * 1024


class CameraEvidence:
    """`budget_mb` is for stills, `clip_budget_mb` for clips; without room for any, no clip is made."""

    def __init__(
        self, engine: Engine, journal: Journal, camera: Camera, *, budget_mb: int, clip_budget_mb: int
    ) -> None:
        self._snapshots = SnapshotRecorder(engine, journal, camera, budget_mb * _MB)
        self._clips = ClipRecorder(engine, journal, camera, clip_budget_mb * _MB) if clip_budget_mb else None

    async def run(self) -> None:
        """Follow events for as long as the daemon lives."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._snapshots.run(), name="snapshots")
            if self._clips is not None:
                group.create_task(self._clips.run(), name="clips")

    def recount(self) -> None:
        """Pictures went otherwise: their bytes are counted anew."""
        self._snapshots.recount()
        if self._clips is not None:
            self._clips.recount()
