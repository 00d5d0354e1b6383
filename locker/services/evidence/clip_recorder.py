"""Clips for disputes: what happened before the camera from 5 s before a moment that matters to 10 s after it.

Follows live events only, and waits for the 10 s itself. Nothing is written while somebody is at a door: a clip is a
megabyte, and whoever waits for a lock must not wait for the disk.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from locker.clip_file import make_clip
from locker.core.events.picture_events import ClipTaken, SnapshotMissed
from locker.core.reasons import Refused
from locker.errors import HardwareFault
from locker.frozen import dataclass
from locker.journal.store import CannotWrite
from locker.services.evidence.moments import cause_of
from locker.services.evidence.picture_budget import PictureBudget
from locker.services.evidence.snapshot_recorder import BY
from locker.services.evidence.snapshot_store import SnapshotStore

if TYPE_CHECKING:
    from locker.core.events.record import Recorded
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.ports import Camera

log = logging.getLogger(__name__)

BEFORE_SECONDS, AFTER_SECONDS = 5.0, 10.0
PATIENCE_SECONDS = 20.0
"""For the doors to be quiet; then it is written all the same, for frames are held in memory until then."""

MOST_WAITING = 50
MOST_HELD = 8
"""Clips that are in memory, each about a megabyte. More than these do not wait for the doors to be quiet."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the camera saw around an event, or why it shows nothing. `at`: when it was asked, on the loop's clock."""

    recorded: Recorded
    cause: str
    parcel: str
    at: float
    pictures: list[tuple[int, bytes]]
    fault: str = ""


class ClipRecorder:
    """Asks for, saves and records clips. `budget_bytes`: above it the oldest clips go."""

    def __init__(self, engine: Engine, journal: Journal, camera: Camera, budget_bytes: int) -> None:
        self._engine = engine
        self._camera = camera
        self._store = SnapshotStore(journal.folder)
        self._budget = PictureBudget(journal, self._store, budget_bytes, clips=True)
        self._waiting: asyncio.Queue[tuple[float, Recorded, str, str]] = asyncio.Queue(MOST_WAITING)
        self._held: asyncio.Queue[_Seen] = asyncio.Queue(MOST_HELD)

    async def run(self) -> None:
        """Follow events for as long as the daemon lives."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._ask_for_all(), name="clips asked for")
            group.create_task(self._keep_all(), name="clips kept")
            while True:  # a reader that fell far behind is cut off and begins anew
                async with self._engine.follow() as events:
                    async for recorded in events:
                        cause = cause_of(recorded)
                        if cause is not None:
                            self._take_note(recorded, cause)

    def recount(self) -> None:
        """Clips went that it did not let go itself."""
        self._budget.recount()

    def _take_note(self, recorded: Recorded, cause: str) -> None:
        body = recorded.body()
        known = self._engine.site.compartments.get(str(body.get("compartment", "")))
        parcel = str(body.get("parcel") or (known.parcel if known is not None else None) or "")
        try:
            self._waiting.put_nowait((asyncio.get_running_loop().time(), recorded, cause, parcel))
        except asyncio.QueueFull:
            log.warning("no clip of event %d: too many wait", recorded.seq)

    async def _ask_for_all(self) -> None:
        """Ask for each in time, for the camera forgets after half a minute; that no door is quiet delays none."""
        loop = asyncio.get_running_loop()
        while True:
            at, recorded, cause, parcel = await self._waiting.get()
            await asyncio.sleep(max(0.0, at + AFTER_SECONDS - loop.time()))
            pictures, why = list[tuple[int, bytes]](), ""
            try:
                pictures = await self._pictures(loop.time() - at)
            except HardwareFault as fault:
                why = str(fault)
            await self._held.put(_Seen(recorded, cause, parcel, loop.time(), pictures, why))

    async def _keep_all(self) -> None:
        while True:
            seen = await self._held.get()
            try:
                await self._keep(seen)
            except (Refused, CannotWrite) as unwritten:
                log.warning("clip of event %d is not recorded: %s", seen.recorded.seq, unwritten)

    async def _keep(self, seen: _Seen) -> None:
        recorded, cause, parcel = seen.recorded, seen.cause, seen.parcel
        compartment = str(recorded.body().get("compartment", ""))
        await self._quiet_doors(seen.at + PATIENCE_SECONDS)
        fault, saved = seen.fault, None
        if not fault:
            try:
                saved = await asyncio.to_thread(self._store.save_clip, make_clip(seen.pictures), recorded.at[:10])
            except OSError as unsaved:
                fault = str(unsaved)
        if saved is None:
            log.warning("no clip of event %d: %s", recorded.seq, fault)
            cause = f"clip-{cause}"
            missed = SnapshotMissed(compartment=compartment, parcel=parcel, cause=cause, of=recorded.seq, fault=fault)
            await self._engine.record(missed, BY)
            return
        taken = ClipTaken(
            compartment=compartment,
            parcel=parcel,
            cause=cause,
            of=recorded.seq,
            sha256=saved.sha256,
            frames=len(seen.pictures),
            day=saved.day,
            size=saved.size,
        )
        await self._engine.record(taken, BY)
        await self._budget.keep(saved.size)

    async def _pictures(self, passed: float) -> list[tuple[int, bytes]]:
        """Frames by milliseconds from the event, `passed` seconds ago. Raises HardwareFault, also for none."""
        seen = await self._camera.frames(BEFORE_SECONDS + passed)
        moments = [(moment + round(passed * 1000), picture) for moment, picture in seen]
        pictures = [each for each in moments if each[0] <= AFTER_SECONDS * 1000]
        if not pictures:
            raise HardwareFault("The camera has shown nothing yet.")
        return pictures

    async def _quiet_doors(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        while self._engine.site.visits and loop.time() < until and not self._held.full():  # noqa: ASYNC110  visits end without a word
            await asyncio.sleep(0.5)
