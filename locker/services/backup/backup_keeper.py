"""The daemon's backups: made by a child when due and nobody is at a door, recorded, and told when they fail."""

from __future__ import annotations

import asyncio
import logging
import shutil
from dataclasses import field
from typing import TYPE_CHECKING

from locker.core.events.record import moment
from locker.core.events.service_events import BackupFailed, BackupMade, RestoreDrilled
from locker.core.reasons import Refused
from locker.errors import SettingsError
from locker.frozen import dataclass
from locker.journal.history import newest_backup_lines
from locker.journal.store import CannotWrite
from locker.measures import Measure
from locker.services.backup.schedule import backup_name, next_backup

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime, time

    from locker.engine import Engine
    from locker.journal.store import Journal

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 60
VISITS_AT_MOST = 30
"""Looks that a backup waits for the last visitor; a cabinet that is never empty is backed up all the same."""

_DRAFTS = (".backup-*", ".sealed-*")


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """One try: where the backup is now, and for each place that did not take it one sentence."""

    name: str
    size: int = 0
    sha256: str = ""
    delivered: Sequence[str] = ()
    faults: Sequence[str] = field(default=())


class BackupKeeper:
    """Makes backups by `make`, which is given their name and raises nothing. Without it it only remembers."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        site: str,
        at: time,
        zone: str,
        make: Callable[[str], Awaitable[MadeBackup]] | None,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._site = site
        self._at = at
        self._zone = zone
        self._make = make
        self._under_way = asyncio.Lock()
        self.made: datetime | None = None
        self.failed: datetime | None = None
        self.drilled: datetime | None = None
        self.first: datetime | None = None

    async def load(self) -> None:
        """Take up what the journal tells of before."""
        lines = await self._journal.read(newest_backup_lines)
        self.made, self.failed, self.drilled, self.first = (
            moment(lines[kind]) if kind in lines else None
            for kind in ("BackupMade", "BackupFailed", "RestoreDrilled", "first")
        )

    async def run(self) -> None:
        """Make backups when they are due, for as long as the daemon lives."""
        await self.load()
        if self._make is None:
            return
        started, waited = self._engine.now(), 0
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            due = next_backup(self.made, self.failed, started, self._at, self._zone)
            if self._engine.sealed is not None or self._engine.now() < due:
                continue
            if self._engine.site.visits and waited < VISITS_AT_MOST:
                waited += 1
                continue
            waited = 0
            await self.make_now()

    async def make_now(self) -> MadeBackup:
        """Make one now, one at a time; what became of it is recorded. Raises SettingsError where none are asked for."""
        if self._make is None:
            raise SettingsError(["backup.recipients: the site file does not say to whom backups are sealed"])
        async with self._under_way:
            await self.load()
            for pattern in _DRAFTS:  # what a power cut left of the last one
                for draft in self._journal.folder.glob(pattern):
                    shutil.rmtree(draft, ignore_errors=True)
            made = await self._make(backup_name(self._site, self._engine.now()))
            try:
                await self._record(made)
            except (Refused, CannotWrite) as unwritten:
                log.warning("backup: not recorded: %s", unwritten)
            return made

    async def _record(self, made: MadeBackup) -> None:
        for fault in made.faults:
            log.warning("backup: %s", fault)
        if made.delivered:
            event = BackupMade(name=made.name, size=made.size, sha256=made.sha256, places=tuple(made.delivered))
            await self._engine.record(event, "machine")
            self.made = self._engine.now()
            self.first = self.first or self.made
        if made.faults and (made.delivered or not self._is_failing):
            # Once, not for every hour that a stick is out; again behind what another place took.
            await self._engine.record(BackupFailed(fault="; ".join(made.faults)[:300]), "machine")
        if made.faults:
            self.failed = self._engine.now()
        elif made.delivered:
            self.failed = None

    @property
    def _is_failing(self) -> bool:
        return self.failed is not None

    async def drilled_now(self, drill: RestoreDrilled, by: str) -> None:
        """Record the result of a restore for trial. Raises Refused."""
        await self._engine.record(drill, by)
        if not drill.fault:
            self.drilled = self._engine.now()

    async def read(self) -> Mapping[Measure, float]:
        """Ages in seconds, and whether the last one failed; nothing where no backups are asked for."""
        if self._make is None:
            return {}
        now = self._engine.now()
        found = {
            Measure.BACKUP_FAILED: float(self._is_failing),
            Measure.BACKUP_DRILLED: float(self.drilled is not None),
        }
        if self.made is not None:
            found[Measure.BACKUP_AGE_SECONDS] = (now - self.made).total_seconds()
        if (since := self.drilled or self.first) is not None:
            found[Measure.DRILL_AGE_SECONDS] = (now - since).total_seconds()
        return found
