"""The log's end can be proven: signed checkpoints, daily, when a case is opened, and when the daemon ends.

A chain shows that nothing before its end was changed, not that its end was not cut off. Whoever holds a checkpoint, or
the short form of one on a receipt, can show later what the log was. Nobody at a door waits for any of this.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.core.reasons import RefusalReason, Refused
from locker.errors import HardwareFault
from locker.journal.event_tree import EventTree, keep
from locker.journal.store import CannotWrite, JournalBroken
from locker.signed_note import Checkpoint, NoteSigner, read_checkpoint

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.ports import StampAuthority
    from locker.vault import Vault

log = logging.getLogger(__name__)

LOOK_SECONDS = 60
DAILY, AT_STOP, AT_CASE, ASKED = "daily", "stop", "case", "asked"


class ChainProof:
    """Signs what the log is."""

    def __init__(self, engine: Engine, journal: Journal, vault: Vault, site: str) -> None:
        self._engine = engine
        self._journal = journal
        self._vault = vault
        self._name = f"lockerd/{site}"
        self._day = ""
        self._stamp_at: datetime | None = None
        self.authority: StampAuthority | None = None
        """Who outside says when a checkpoint was; set once there is one."""

    @property
    def signer(self) -> NoteSigner:
        """Who signs in the name of this cabinet. Raises Refused while its key is missing."""
        if not self._vault.has_key:
            raise Refused(RefusalReason.SEALED)
        return NoteSigner(self._name, self._vault.signing_seed)

    async def run(self) -> None:
        """Sign for as long as the daemon lives, and once more when it ends."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._at_cases(), name="checkpoints of cases")
                while True:
                    await self._daily()
                    await self._stamp_daily()
                    await asyncio.sleep(LOOK_SECONDS)
        finally:
            with suppress(CannotWrite, JournalBroken, Refused):
                await self.checkpoint(AT_STOP)

    async def _daily(self) -> None:
        day = rfc3339(self._engine.now())[:10]
        if day == self._day:
            return
        with suppress(CannotWrite, Refused):
            await self.checkpoint(DAILY)
            self._day = day

    async def _at_cases(self) -> None:
        while True:
            async with self._engine.follow() as events:
                async for recorded in events:
                    if recorded.kind == "CaseOpened":
                        with suppress(CannotWrite, Refused):
                            await self.checkpoint(AT_CASE)

    async def checkpoint(self, cause: str = ASKED) -> str:
        """A signed note of what the log is now; the one that there is where nothing was recorded since.

        Raises Refused while the key is missing, CannotWrite, JournalBroken.
        """
        signer = self.signer
        await self._keep_blocks()
        now = rfc3339(self._engine.now())
        known, size, root = await self._journal.read(_state)
        if known:
            return known
        note = signer.note(Checkpoint(signer.name, size, root, now).text)

        def work(db: Database) -> None:
            db.execute(
                "insert or ignore into checkpoint (size, at, cause, note) values (?, ?, ?, ?)", [size, now, cause, note]
            )

        await self._journal.write(work)
        return note

    async def _stamp_daily(self) -> None:
        """Have the newest checkpoint stamped once a day; an authority that is away is asked again in an hour."""
        now = self._engine.now()
        if self.authority is None or (self._stamp_at is not None and now < self._stamp_at):
            return
        note = await self._journal.read(_newest)
        stamped = bool(note) and await self.stamp(note) is not None
        self._stamp_at = now + (timedelta(days=1) if stamped else timedelta(hours=1))

    async def stamp(self, note: str) -> bytes | None:
        """What the authority outside said of this checkpoint, now or before; None where there is none or it is away."""
        size = read_checkpoint(note.partition("\n\n")[0] + "\n").size
        known = await self._journal.read(lambda db: _stamp_of(db, size))
        if known is not None or self.authority is None:
            return known
        try:
            answer = await self.authority.stamp(note.encode())
        except HardwareFault as fault:
            log.warning("a checkpoint is not stamped: %s", fault)
            return None
        now = rfc3339(self._engine.now())
        values = [size, now, answer]
        with suppress(CannotWrite):
            sql = "insert or ignore into checkpoint_stamp (size, at, answer) values (?, ?, ?)"
            await self._journal.write(lambda db: db.execute(sql, values) and None)
        return answer

    async def receipt(self) -> str:
        """The short form of a checkpoint of now, for the paper that somebody takes away."""
        note = await self.checkpoint()
        return read_checkpoint(note.partition("\n\n")[0] + "\n").short

    async def _keep_blocks(self) -> None:
        while blocks := await self._journal.read(lambda db: EventTree(db).missing_blocks()):
            await self._journal.write(lambda db: keep(db, blocks))
        upper = await self._journal.read(lambda db: EventTree(db).upper_blocks())
        if upper:
            await self._journal.write(lambda db: keep(db, upper))


def _state(db: Database) -> tuple[str, int, bytes]:
    tree = EventTree(db)
    size = tree.size
    row = db.execute("select note from checkpoint where size = ?", [size]).fetchone()
    return ("" if row is None else str(row[0])), size, b"" if row is not None else tree.root(size)


def _newest(db: Database) -> str:
    row = db.execute("select note from checkpoint order by size desc limit 1").fetchone()
    return "" if row is None else str(row[0])


def _stamp_of(db: Database, size: int) -> bytes | None:
    row = db.execute("select answer from checkpoint_stamp where size = ?", [size]).fetchone()
    return None if row is None else bytes(row[0])
