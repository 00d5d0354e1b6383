"""The one place where panel and machine API turn words about a parcel in custody into commands for the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from locker.core.custody_commands import (
    Announced,
    CustodyAnswer,
    CustodyCommand,
    DeadlineFilter,
    DeadlinesAnswer,
    EndExpected,
    Expect,
    ExpectedAnswer,
    Extend,
    Hold,
    ShiftDeadlines,
    StandingAnswer,
    Unhold,
)
from locker.core.expected import announced_parcel
from locker.core.reasons import RefusalReason, Refused
from locker.journal.history import announcement, parcel_row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from locker.core.command import Once
    from locker.core.model import Flag, Size
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.people import ResidentDirectory
    from locker.vault import Vault

A = TypeVar("A", bound=CustodyAnswer)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelNotice:
    """A parcel as a carrier announces it. The recipient is named by unit (and name), or by phone."""

    tracking: str = field(repr=False)
    size: Size
    carrier: str
    until: datetime
    unit: str | None = None
    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    flags: frozenset[Flag] = frozenset()
    needs: frozenset[str] = frozenset()


class CustodyService:
    """What staff and others may say about a parcel that is here. Every method raises Refused."""

    def __init__(self, engine: Engine, journal: Journal, directory: ResidentDirectory, vault: Vault) -> None:
        self._engine = engine
        self._journal = journal
        self._directory = directory
        self._vault = vault

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

    async def expect(self, parcels: Sequence[ParcelNotice], by: str, once: Once | None = None) -> ExpectedAnswer:
        """Keep room for all of these parcels, or for none."""
        announced = tuple(self._announced(each) for each in parcels)
        return await self._ask(Expect(by=by, once=once, parcels=announced), ExpectedAnswer)

    def _announced(self, told: ParcelNotice) -> Announced:
        recipients = self._directory.meant(told.unit, told.name, told.phone)
        resident = self._engine.site.residents.get(recipients[0]) if recipients else None
        return Announced(
            parcel=self._engine.new_id("p"),
            size=told.size,
            recipients=recipients,
            label_hash=self._vault.label_hash(told.tracking),
            company=told.carrier,
            until=told.until,
            flags=told.flags,
            needs=told.needs,
            tracking=told.tracking,
            unit=resident.unit if resident is not None else "",
        )

    async def end_expected(self, tracking: str, by: str, *, staff: bool) -> StandingAnswer:
        """Expect it no more. Who announced it may say so, and `staff`; to others it is unknown."""
        parcel = announced_parcel(self._engine.site, self._vault.label_hash(tracking))
        if parcel is None:
            raise Refused(RefusalReason.UNKNOWN)
        if not staff:
            told = await self._journal.read(lambda db: announcement(db, parcel.id))
            if told is None or told.by != by:
                raise Refused(RefusalReason.UNKNOWN)
        return await self._about(parcel.id, EndExpected(by=by, parcel=parcel.id))

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
