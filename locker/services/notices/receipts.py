"""What gateways tell later of notices that they took: delivered, or not, and then the next channel is tried.

Each message bears a token that only its gateway was given; who shows it tells of that notice and of no other.
"""

from __future__ import annotations

import hmac
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.vault import Vault


class Receipt(StrEnum):
    """What became of a notice at the recipient's end."""

    DELIVERED = "delivered"
    FAILED = "failed"


class ReceiptDesk:
    """Takes receipts, each as often as it comes. `wake` is called when a notice waits again."""

    def __init__(self, engine: Engine, journal: Journal, vault: Vault) -> None:
        self._engine = engine
        self._journal = journal
        self._vault = vault
        self.wake: Callable[[], None] = lambda: None

    async def take(self, notice: str, token: str, receipt: Receipt) -> bool:
        """Note what became of this notice; False when the token is not its own. Waits for the disk."""
        if not hmac.compare_digest(self._vault.receipt_token(notice).encode(), token.encode("utf-8", "replace")):
            return False
        now = self._engine.now()
        take = _delivered if receipt is Receipt.DELIVERED else _not_delivered
        await self._journal.write_when_possible(lambda db: take(db, notice, now))
        self.wake()
        return True


def _delivered(db: Database, notice: str, now: datetime) -> None:
    """It was read or at least arrived. One that we took for unsent, because the answer was lost, is sent by that."""
    db.execute(
        "update outbox set receipt = 'delivered', receipt_at = ?, state = 'sent', done_at = coalesce(done_at, ?),"
        " last_fault = '' where id = ? and state in ('sent', 'waiting') and receipt <> 'delivered' and tries > 0",
        [rfc3339(now), rfc3339(now), notice],
    )


def _not_delivered(db: Database, notice: str, now: datetime) -> None:
    """It did not arrive by the channel that took it: the notice waits again, for another one."""
    db.execute(
        "update outbox set receipt = 'failed', receipt_at = ?, state = 'waiting', due_at = ?, done_at = null,"
        " last_fault = 'refused: the gateway could not deliver it', shunned = trim(shunned || ' ' || channel)"
        " where id = ? and state = 'sent' and receipt = ''",
        [rfc3339(now), rfc3339(now), notice],
    )
