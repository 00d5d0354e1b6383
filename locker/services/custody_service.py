"""The one place where panel and machine API turn words about a parcel in custody into commands for the engine."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING, TypeVar

from locker.core.messages.custody_commands import (
    Announced,
    CheckSender,
    CustodyAnswer,
    CustodyCommand,
    DeadlineFilter,
    DeadlinesAnswer,
    EndExpected,
    Expect,
    ExpectedAnswer,
    Extend,
    Hold,
    Move,
    NotFetched,
    PlaceParcel,
    Reassign,
    Release,
    ShiftDeadlines,
    StandingAnswer,
    TakeOver,
    Unhold,
    Withdraw,
)
from locker.core.model import Direction
from locker.core.parcel_words import ParcelType
from locker.core.parcels.expected import announced_parcel
from locker.core.parcels.places import lying
from locker.core.place import Place, PlaceKind
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass
from locker.journal.history import announcement, deposit_start, parcel_row
from locker.services.code_mint import CodeMint, again_while_taken
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from datetime import datetime

    from locker.core.messages.command import Once
    from locker.core.model import Flag, Size
    from locker.core.parcel_words import IdentityCheck
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.people import ResidentDirectory
    from locker.vault import Vault

A = TypeVar("A", bound=CustodyAnswer)
TOUCHSCREEN = "kiosk"
"""Whoever stands before the cabinet: the source of what is done at its screen."""


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
    window: tuple[datetime, datetime] | None = None
    type: ParcelType = ParcelType.PARCEL
    details: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedParcel:
    """A parcel that staff put at a place. Who brought it, for whom it is: what was announced may be left out."""

    place: str
    tracking: str = field(repr=False)
    company: str
    courier: str = field(repr=False)
    size: Size | None = None
    unit: str | None = None
    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    direction: Direction = Direction.IN
    flags: frozenset[Flag] = frozenset()
    type: ParcelType | None = None
    details: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawingCourier:
    """Who takes a parcel out: a courier of a company, and who says so. `staff`: a program that stands for staff."""

    by: str
    company: str
    name: str = field(repr=False)
    staff: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RightRecipient:
    """For whom a parcel is: named by unit (and name), or by phone."""

    unit: str | None = None
    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """A place and the ids of the parcels that lie there."""

    place: Place
    parcels: tuple[str, ...]


class CustodyService:
    """What staff and others may say about a parcel that is here. Every method raises Refused."""

    def __init__(self, engine: Engine, journal: Journal, directory: ResidentDirectory, vault: Vault) -> None:
        self._engine = engine
        self._journal = journal
        self._directory = directory
        self._vault = vault
        self._mint = CodeMint(engine, vault)

    async def hold(self, parcel: str, reason: str, by: str, once: Once | None = None) -> StandingAnswer:
        """Let nothing take this parcel out."""
        return await self._about(parcel, Hold(by=by, once=once, parcel=parcel, reason=reason))

    async def unhold(self, parcel: str, by: str, once: Once | None = None) -> StandingAnswer:
        """End the hold."""
        return await self._about(parcel, Unhold(by=by, once=once, parcel=parcel))

    async def check_sender(
        self, parcel: str, checked_by: IdentityCheck, by: str, once: Once | None = None
    ) -> StandingAnswer:
        """Note that somebody has seen who sends this parcel: by whom and when, never a document (OB-15)."""
        return await self._about(parcel, CheckSender(by=by, once=once, parcel=parcel, checked_by=checked_by))

    async def extend(self, parcel: str, hours: int, by: str, once: Once | None = None) -> StandingAnswer:
        """Let it stay longer, once."""
        return await self._about(parcel, Extend(by=by, once=once, parcel=parcel, hours=hours))

    async def prolong(self, parcel: str, hours: int, reason: str, by: str, once: Once | None = None) -> StandingAnswer:
        """Let one parcel stay longer because staff have a reason, which is kept; as often as there is one."""
        return await self._about(parcel, Extend(by=by, once=once, parcel=parcel, hours=hours, reason=reason))

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
            type=told.type,
            details=told.details,
            tracking=told.tracking,
            unit=resident.unit if resident is not None else "",
            window=told.window,
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

    async def end_booking(self, parcel: str, by: str) -> StandingAnswer:
        """Its resident does not send what was booked."""
        return await self._about(parcel, EndExpected(by=by, parcel=parcel))

    async def put(self, told: PlacedParcel, by: str, once: Once | None = None) -> StandingAnswer:
        """Note that staff put a parcel at a place; what was announced fills itself in."""
        label_hash = self._vault.label_hash(told.tracking)
        expected = announced_parcel(self._engine.site, label_hash)
        named = told.unit is not None or told.phone is not None
        recipients = self._directory.meant(told.unit, told.name, told.phone) if named else None
        resident = self._engine.site.residents.get(recipients[0]) if recipients else None
        command = PlaceParcel(
            by=by,
            once=once,
            parcel=expected.id if expected is not None else self._engine.new_id("p"),
            place=told.place,
            size=told.size,
            recipients=recipients,
            label_hash=label_hash,
            company=told.company,
            direction=told.direction,
            flags=told.flags,
            type=told.type,
            details=told.details,
            tracking=told.tracking,
            unit=resident.unit if resident is not None else "",
            courier=told.courier,
        )
        return await self._ask(command, StandingAnswer)

    async def move(self, parcel: str, to: str, by: str, once: Once | None = None) -> StandingAnswer:
        """Take a parcel to another door or place."""
        site = self._engine.site
        there = site.parcels.get(parcel)
        mint = there is not None and there.code_dead and to in site.compartments
        return await self._about(
            parcel,
            Move(
                by=by,
                once=once,
                parcel=parcel,
                to=to,
                new_code=self._mint.fresh() if mint else None,
            ),
        )

    async def withdraw(self, parcel: str, courier: WithdrawingCourier, once: Once | None = None) -> StandingAnswer:
        """Let a courier take a parcel out: soon after bringing it, or any of the company when it is overdue.

        To a program that did not begin its deposit a parcel is unknown, unless it stands for staff.
        """
        row = await self._journal.read(lambda db: parcel_row(db, parcel))
        began = await self._journal.read(lambda db: deposit_start(db, parcel))
        by_same = began is not None and began.by == courier.by
        if row is None or not (by_same or courier.staff or courier.by.startswith("courier:")):
            raise Refused(RefusalReason.UNKNOWN)
        command = Withdraw(
            by=courier.by,
            once=once,
            staff=courier.staff,
            parcel=parcel,
            company=courier.company,
            courier=courier.name,
            own=by_same and folded_name(str(row["courier"])) == folded_name(courier.name),
        )
        return await self._about(parcel, command)

    async def not_fetched(self, parcel: str, courier: WithdrawingCourier, *, missing: bool) -> StandingAnswer:
        """Let a parcel stay whose door was opened for its courier; `missing`: it is not in there."""
        return await self._about(
            parcel, NotFetched(by=courier.by, parcel=parcel, company=courier.company, missing=missing)
        )

    async def release(
        self, parcel: str, reason: str, by: str, once: Once | None = None, *, source: str = ""
    ) -> StandingAnswer:
        """Hand a parcel out to somebody whose identity was seen; `source` as Release has it."""
        pickup = self._engine.new_id("k")
        return await self._about(
            parcel, Release(by=by, once=once, parcel=parcel, pickup=pickup, reason=reason, source=source)
        )

    async def take_over(self, parcel: str, by: str, once: Once | None = None) -> StandingAnswer:
        """Staff fetch what a resident left for them, or take back what they left for a resident."""
        pickup = self._engine.new_id("k")
        return await self._about(parcel, TakeOver(by=by, once=once, parcel=parcel, pickup=pickup))

    async def reassign(
        self, parcel: str, to: RightRecipient, reason: str, by: str, once: Once | None = None
    ) -> StandingAnswer:
        """Let a parcel be for whom it is; a new code goes to them, and those before hear that it was not theirs."""
        recipients = self._directory.meant(to.unit, to.name, to.phone)
        resident = self._engine.site.residents.get(recipients[0]) if recipients else None

        def ask() -> Awaitable[StandingAnswer]:
            command = Reassign(
                by=by,
                once=once,
                parcel=parcel,
                recipients=recipients,
                unit=resident.unit if resident is not None else "",
                reason=reason,
                new_code=self._mint.fresh(),
            )
            return self._about(parcel, command)

        return await again_while_taken(ask)

    def places(self) -> list[PlaceAnswer]:
        """Every place of the site file with what lies there, and places that left it while something does."""
        site = self._engine.site
        gone = sorted({p.place for p in site.parcels.values() if p.place and p.state.live} - site.places.keys())
        known = [*site.places.values(), *(Place(name, name, PlaceKind.SHELF, 0) for name in gone)]
        return [PlaceAnswer(place, tuple(p.id for p in lying(site, place.id))) for place in known]

    async def _about(self, parcel: str, command: CustodyCommand) -> StandingAnswer:
        """Ask about one parcel: one that has left is known, but nothing can be done any more."""
        try:
            return await self._ask(command, StandingAnswer)
        except Refused as refused:
            if refused.reason is not RefusalReason.UNKNOWN or parcel in self._engine.site.parcels:
                raise
        left = await self._journal.read(lambda db: parcel_row(db, parcel))
        raise Refused(RefusalReason.UNKNOWN if left is None else RefusalReason.NOT_NOW)

    async def _ask(self, command: CustodyCommand, kind: type[A]) -> A:
        answer = await self._engine.ask(command)
        if not isinstance(answer, kind):
            raise Refused(RefusalReason.KEY_REUSED)
        return answer
