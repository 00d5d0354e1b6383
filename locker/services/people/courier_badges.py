"""Badges of couriers: what a reader sends of a QR code or a card, kept as a keyed hash only.

A badge signs in alone, or only together with its courier's PIN, as staff said when they enrolled it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events.service_events import Noted
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.labels import cleaned_scan, is_pickup_token

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.vault import Vault

SHORTEST, LONGEST = 8, 200


class BadgeTaken(LockerError):
    """Another courier has this badge."""


@dataclass(frozen=True, slots=True)
class Badge:
    """Whose badge it is. `alone`: it signs in without a PIN."""

    courier: str
    alone: bool


class CourierBadges:
    """All badges of this cabinet, in memory as the couriers' table has them."""

    def __init__(self, journal: Journal, engine: Engine, vault: Vault) -> None:
        self._journal = journal
        self._engine = engine
        self._vault = vault
        self._by_hash: dict[str, Badge] = {}

    async def load(self) -> None:
        """Read the table. Call once at start, and after somebody else wrote to it."""
        self._by_hash = await self._journal.read(_badges)

    @property
    def any(self) -> bool:
        """True when somebody may show one here."""
        return bool(self._by_hash)

    def shown(self, text: str) -> Badge | None:
        """Whose badge a reader has read; None for anything else."""
        return self._by_hash.get(self._vault.badge_hash(text)) if self._by_hash else None

    def needed(self, courier: str) -> bool:
        """True for a courier whose PIN signs in only after the badge."""
        return any(one.courier == courier and not one.alone for one in self._by_hash.values())

    async def enrol(self, courier: str, text: str, by: str, *, alone: bool) -> None:
        """Give a courier this badge in place of any before.

        Raises BadgeTaken, and ValueError with what to write instead.
        """
        said = cleaned_scan(text)
        if not SHORTEST <= len(said) <= LONGEST or is_pickup_token(said):
            raise ValueError(f"a badge is what the reader sends of it: one line of {SHORTEST} to {LONGEST} characters")
        digest = self._vault.badge_hash(said)

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            if db.execute("select 1 from courier where badge_hash = ? and id <> ?", [digest, courier]).fetchone():
                raise BadgeTaken("Another courier has or had this badge.")
            values = [digest, int(alone), courier]
            db.execute("update courier set badge_hash = ?, badge_alone = ? where id = ?", values)
            return Noted(what="courier-badge-enrolled", about=courier), None

        await self._engine.record_with(work, by)
        await self.load()

    async def end(self, courier: str, by: str) -> None:
        """Take the badge from a courier: it signs nobody in any more."""

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            db.execute("update courier set badge_hash = null, badge_alone = 0 where id = ?", [courier])
            return Noted(what="courier-badge-ended", about=courier), None

        await self._engine.record_with(work, by)
        await self.load()


def _badges(db: Database) -> dict[str, Badge]:
    sql = "select badge_hash, id, badge_alone from courier where badge_hash is not null and active = 1"
    return {digest: Badge(courier, bool(alone)) for digest, courier, alone in db.execute(sql).fetchall()}
