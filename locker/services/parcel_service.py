"""What people ask about one parcel beside its door: credentials, what is said at the open door, what goes out."""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from locker.core.messages.commands import CommandAnswer, DepositAnswer, PickupAnswer
from locker.core.messages.parcel_commands import (
    Accept,
    AddDelegate,
    Book,
    BookingAnswer,
    BringReturn,
    CredentialAnswer,
    EndCredential,
    HandOver,
    PickupParcelsAnswer,
    PutBack,
    Reject,
    ReplaceCode,
)
from locker.core.model import Direction, ParcelState, VisitKind, deposit_id
from locker.core.parcel_words import ParcelType, parcel_of_booking
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass
from locker.journal.credential_history import credential_history
from locker.journal.history import codes_renewed
from locker.services.code_mint import CodeMint, again_while_taken
from locker.text_folding import visible_name
from locker.vault import CannotUnseal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from locker.core.messages.command import Once
    from locker.core.messages.commands import AnyCommand
    from locker.core.model import Flag, Size
    from locker.core.parcel_words import Contents, OutboundType, RejectReason
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.command_service import CommandService
    from locker.services.people import ResidentDirectory
    from locker.vault import Vault

A = TypeVar("A", bound=CommandAnswer)

MOST_RESENT = 3
"""How often one parcel gets another code at the touchscreen: somebody who plays with it costs no more messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks, whether by staff's right, and whether it is one and the same request."""

    by: str
    staff: bool = False
    once: Once | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRequest:
    """What a resident wants to give to a carrier. `return_code`: what the carrier gave for a return.

    `direction` desk: to give to staff; there is no carrier then.
    """

    unit: str
    name: str = field(repr=False)
    carrier: str
    size: Size
    type: OutboundType | ParcelType
    direction: Direction = Direction.OUT
    declared: int | None = None
    declared_weight_g: int | None = None
    flags: frozenset[Flag] = frozenset()
    return_code: str | None = field(default=None, repr=False)
    contents: Contents | None = None


class ParcelService:
    """Commands about parcels with the ids, codes and people that they need. Every method raises Refused."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        directory: ResidentDirectory,
        vault: Vault,
        commands: CommandService,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._directory = directory
        self._vault = vault
        self._commands = commands
        self._mint = CodeMint(engine, vault)

    # --- credentials ----------------------------------------------------------------------------

    async def add_delegate(
        self, parcel: str, name: str, until: datetime, caller: Caller
    ) -> tuple[CredentialAnswer, tuple[str, str]]:
        """Send somebody for this parcel; the credential, and its code and token, which are told only now."""
        credential = self._engine.new_id("g")

        def command() -> AddDelegate:
            return AddDelegate(
                by=caller.by,
                once=caller.once,
                staff=caller.staff,
                parcel=parcel,
                credential=credential,
                name=visible_name(name),
                until=until,
                new_code=self._mint.fresh(),
            )

        answer = await self._ask_with_new_code(command, CredentialAnswer)
        return answer, self._unsealed(answer.sealed)

    async def replace_code(self, parcel: str, caller: Caller) -> CredentialAnswer:
        """Give the parcel another code, which goes out by notice and is told to nobody here."""
        return await self._ask_with_new_code(
            lambda: ReplaceCode(
                by=caller.by, once=caller.once, staff=caller.staff, parcel=parcel, new_code=self._mint.fresh()
            ),
            CredentialAnswer,
        )

    async def renew_code(self, parcel: str, caller: Caller) -> CredentialAnswer:
        """Give the parcel another code because its resident wants one. Raises Refused: throttled after MOST_RESENT."""
        if await self._journal.read(partial(codes_renewed, parcel=parcel)) >= MOST_RESENT:
            raise Refused(RefusalReason.THROTTLED)
        return await self.replace_code(parcel, caller)

    async def send_lost_codes(self, unit: str, tail: str, caller: Caller) -> None:
        """Give every parcel that waits for this unit another code, if one of its residents' phones ends so.

        The codes go out by notice. Whether there were any is told to nobody. At most three in a day for a parcel.
        """
        people = {one.id for one in self._directory.find(unit) if one.phone_tail == tail}
        for parcel in list(self._engine.site.parcels.values()):
            if not people & set(parcel.recipients) or parcel.state is not ParcelState.STORED:
                continue
            if await self._journal.read(partial(codes_renewed, parcel=parcel.id)) >= MOST_RESENT:
                continue
            with suppress(Refused):
                await self.replace_code(parcel.id, caller)

    async def end_credential(self, parcel: str, credential: str, caller: Caller) -> dict[str, Any]:
        """Revoke a credential; how it stands now among the others."""
        await self._ask(EndCredential(by=caller.by, parcel=parcel, credential=credential), CredentialAnswer)
        return next(one for one in reversed(await self.credentials(parcel)) if one["id"] == credential)

    async def credentials(self, parcel: str) -> list[dict[str, Any]]:
        """All that ever opened this parcel, and how it ended. Raises Refused (unknown)."""
        found = await self._journal.read(lambda db: credential_history(db, parcel, self._engine.now()))
        if found is None:
            raise Refused(RefusalReason.UNKNOWN)
        return found

    # --- at the open door -----------------------------------------------------------------------

    async def put_back(self, pickup: str, parcel: str | None, caller: Caller) -> PickupParcelsAnswer:
        """The resident says that the parcel stays, or all of this pickup."""
        command = PutBack(by=caller.by, once=caller.once, pickup=pickup, source=caller.by, parcel=parcel)
        return await self._ask(command, PickupParcelsAnswer)

    async def reject(self, pickup: str, why: RejectReason, parcel: str | None, caller: Caller) -> PickupParcelsAnswer:
        """The resident says what is wrong; the parcel is held and staff are told."""
        named = parcel or self._only_parcel_of(pickup)
        command = Reject(by=caller.by, once=caller.once, pickup=pickup, source=caller.by, why=why, parcel=named)
        return await self._ask(command, PickupParcelsAnswer)

    async def accept(self, pickup: str, parcel: str | None, caller: Caller) -> PickupParcelsAnswer:
        """The resident says that all is well."""
        command = Accept(by=caller.by, once=caller.once, pickup=pickup, source=caller.by, parcel=parcel)
        return await self._ask(command, PickupParcelsAnswer)

    def _only_parcel_of(self, pickup: str) -> str | None:
        visits = [v for v in self._engine.site.visits.values() if v.id == pickup and v.kind is VisitKind.PICKUP]
        parcels = [one for visit in visits for one in visit.parcels]
        return parcels[0] if len(parcels) == 1 else None

    # --- what goes out --------------------------------------------------------------------------

    async def book(self, request: BookingRequest, caller: Caller) -> tuple[BookingAnswer, str]:
        """Expect a resident's parcel for a carrier; the booking, and its code, which is told only now."""
        found = self._directory.find(request.unit, request.name)
        sender = found[0] if len(found) == 1 else None
        parcel = self._engine.new_id("p")

        def command() -> Book:
            return Book(
                by=caller.by,
                once=caller.once,
                staff=caller.staff,
                parcel=parcel,
                sender=sender.id if sender is not None else "",
                company=visible_name(request.carrier) if request.carrier else "",
                size=request.size,
                type=ParcelType(request.type.value),
                direction=request.direction,
                declared=request.declared,
                declared_weight_g=request.declared_weight_g,
                flags=request.flags,
                contents=request.contents,
                new_code=self._mint.fresh(),
                label_hash=self._vault.label_hash(request.return_code) if request.return_code else "",
                tracking=request.return_code or "",
                unit=sender.unit if sender is not None else "",
            )

        answer = await self._ask_with_new_code(command, BookingAnswer)
        return answer, self._unsealed(answer.sealed)[0]

    async def deposit_booked(self, booking: str, code: str, caller: Caller) -> DepositAnswer:
        """Open a door for what was booked, by the booking's code."""
        parcel = parcel_of_booking(booking) or ""
        pickup = await self._commands.pickup(
            source=caller.by, by=caller.by, code=code, once=caller.once, staff=caller.staff, booked=parcel
        )
        stands = await self._commands.deposit_state(deposit_id(parcel))
        if stands is None:
            door = pickup.openings[0][1]
            return DepositAnswer(deposit_id(parcel), parcel, door, ParcelState.DEPOSITING.value)
        return stands

    async def bring_return(self, parcel: str, caller: Caller) -> DepositAnswer:
        """Open a door for a booked return whose carrier's code was shown."""
        return await self._ask(BringReturn(by=caller.by, once=caller.once, parcel=parcel), DepositAnswer)

    async def hand_over(
        self, parcel: str, courier: tuple[str, str], weight_g: int | None, caller: Caller
    ) -> PickupAnswer:
        """Open the door of an outbound parcel for its carrier's courier, named by company and name."""
        company, name = courier
        command = HandOver(
            by=caller.by,
            once=caller.once,
            staff=caller.staff,
            pickup=self._engine.new_id("k"),
            parcel=parcel,
            company=company,
            courier=name,
            source=caller.by,
            weight_g=weight_g,
        )
        return await self._ask(command, PickupAnswer)

    # --- the engine -----------------------------------------------------------------------------

    async def _ask_with_new_code(self, command: Callable[[], AnyCommand], kind: type[A]) -> A:
        """Try again with another code when the one that was made is taken."""
        return await again_while_taken(lambda: self._ask(command(), kind))

    async def _ask(self, command: AnyCommand, kind: type[A]) -> A:
        answer = await self._engine.ask(command)
        if not isinstance(answer, kind):
            raise Refused(RefusalReason.KEY_REUSED)
        return answer

    def _unsealed(self, sealed: str) -> tuple[str, str]:
        """Code and token of an answer. Raises Refused (sealed) without the key that sealed them."""
        try:
            return self._vault.unseal(base64.b64decode(sealed))
        except CannotUnseal:
            raise Refused(RefusalReason.SEALED) from None
