"""The one place where panel and machine API turn words about a parcel in custody into commands for the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from locker.core.custody_commands import (
    CustodyAnswer,
    CustodyCommand,
    DeadlineFilter,
    DeadlinesAnswer,
    Extend,
    Hold,
    ShiftDeadlines,
    StandingAnswer,
    Unhold,
)
from locker.core.reasons import RefusalReason, Refused
from locker.journal.history import parcel_row

if TYPE_CHECKING:
    from locker.core.command import Once
    from locker.engine import Engine
    from locker.journal.store import Journal

A = TypeVar("A", bound=CustodyAnswer)


class CustodyService:
    """What staff and others may say about a parcel that is here. Every method raises Refused."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal

    async def hold(self, parcel: str, reason: str, by: str, once: Once | None = None) -> StandingAnswer:
        """Let nothing take this parcel out."""
        return await self._about(parcel, Hold(by=by, once=once, parcel=parcel, reason=reason))

    async def unhold(self, parcel: str, by: str, once: Once | None = None) -> StandingAnswer:
        """End the hold."""
        return await self._about(parcel, Unhold(by=by, once=once, parcel=parcel))

    async def extend(self, parcel: str, hours: int, by: str, once: Once | None = None) -> StandingAnswer:
        """Let it stay longer, once."""
        return await self._about(parcel, Extend(by=by, once=once, parcel=parcel, hours=hours))

    async def shift_deadlines(
        self, hours: int, reason: str, only: DeadlineFilter, by: str, once: Once | None = None
    ) -> DeadlinesAnswer:
        """Let many stay longer."""
        return await self._ask(ShiftDeadlines(by=by, once=once, hours=hours, reason=reason, only=only), DeadlinesAnswer)

    async def _about(self, parcel: str, command: CustodyCommand) -> StandingAnswer:
        """Ask about one parcel: one that has left is known, but nothing can be done any more."""
        try:
            return await self._ask(command, StandingAnswer)
        except Refused as refused:
            if refused.reason is not RefusalReason.UNKNOWN:
                raise
        left = await self._journal.read(lambda db: parcel_row(db, parcel))
        raise Refused(RefusalReason.UNKNOWN if left is None else RefusalReason.NOT_NOW)

    async def _ask(self, command: CustodyCommand, kind: type[A]) -> A:
        answer = await self._engine.ask(command)
        if not isinstance(answer, kind):
            raise Refused(RefusalReason.KEY_REUSED)
        return answer
