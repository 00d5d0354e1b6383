"""How much room pictures may take: above it the oldest go, never what somebody holds."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from locker.services.evidence.snapshot_store import mark_oldest, stored_bytes

if TYPE_CHECKING:
    from locker.journal.store import Journal
    from locker.services.evidence.snapshot_store import SnapshotStore


class PictureBudget:
    """Of stills or of clips: each have their own, for a clip is as large as many stills."""

    def __init__(self, journal: Journal, store: SnapshotStore, most_bytes: int, *, clips: bool = False) -> None:
        self._journal = journal
        self._store = store
        self._most = most_bytes
        self._clips = clips
        self._stored: int | None = None

    def recount(self) -> None:
        """Pictures went otherwise: their bytes are counted anew at the next one."""
        self._stored = None

    async def keep(self, added: int) -> None:
        """Count what was added, and let the oldest go. The sum is read once and kept from then on."""
        if self._stored is None:
            self._stored = await self._journal.read(partial(stored_bytes, clips=self._clips))
        else:
            self._stored += added
        while (excess := self._stored - self._most) > 0:
            freed, files = await self._journal.write(partial(mark_oldest, excess_bytes=excess, clips=self._clips))
            self._stored -= freed
            for day, sha256 in files:
                await asyncio.to_thread(self._store.remove, day, sha256)
            if not freed:
                return
