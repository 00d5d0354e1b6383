"""The one place where kiosk, panel and machine API turn what people ask into commands for the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from locker.core.messages.answers import compartment_answer, deposit_answer
from locker.core.messages.command import NewCode
from locker.core.messages.commands import (
    AnyCommand,
    Cancel,
    Clear,
    ClearByWord,
    Collect,
    CommandAnswer,
    CompartmentAnswer,
    Deposit,
    DepositAnswer,
    PickupAnswer,
    Reopen,
    ResidentAnswer,
    Resize,
    Restore,
    Retire,
    StaffOpen,
)
from locker.core.model import Content, Flag, Size, parcel_of_deposit
from locker.core.parcels.expected import announced_parcel
from locker.core.reasons import RefusalReason, Refused
from locker.core.visits.allocation import offered
from locker.journal.history import deposit_start, parcel_row
from locker.services.code_mint import CodeMint, again_while_taken
from locker.services.command_requests import DepositActor, DepositRequest, ResidentDetails, ResidentTaken
from locker.services.policies import Allocation, WeatherMode
from locker.services.resident_records import ResidentRecords
from locker.services.turned_away import TurnedAway
from locker.services.unit_groups import columns_of
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.core.messages.command import Once
    from locker.core.model import Parcel
    from locker.core.reasons import NotStored
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.people import DepositWishes, ResidentDirectory
    from locker.services.policies import RuleBook
    from locker.services.spoken_content import SpokenContent
    from locker.vault import PickupSecrets, Vault

A = TypeVar("A", bound=CommandAnswer)


__all__ = ["CommandService", "DepositActor", "DepositRequest", "ResidentDetails", "ResidentTaken"]


class CommandService:
    """Commands with the ids, codes and recipients that the engine needs. Every method raises Refused."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        directory: ResidentDirectory,
        vault: Vault,
        wishes: DepositWishes,
        rules: RuleBook,
        language: str,
    ) -> None:
        """`language`: of a resident for whom nobody said one."""
        self._engine = engine
        self._journal = journal
        self._directory = directory
        self._vault = vault
        self._wishes = wishes
        self._rules = rules
        self._mint = CodeMint(engine, vault)
        self._turned_away = TurnedAway(engine)
        self.residents = ResidentRecords(engine, directory, language)
        self._older_lengths: frozenset[int] = frozenset()

    async def load(self) -> None:
        """Read the lengths of the codes that live parcels have. Call once at start: new codes are of the site's own."""

        def work(db: Database) -> frozenset[int]:
            rows = db.execute("select s.blob from sealed s join parcel p on p.id = s.parcel where p.in_site = 1")
            return frozenset(self._vault.code_digits(row[0]) for row in rows.fetchall())

        self._older_lengths = await self._journal.read(work)

    @property
    def code_lengths(self) -> tuple[int, ...]:
        """How many digits a code may have: as the site file says now, and as live parcels had it at the start."""
        return tuple(sorted({self._engine.site.policy.code_digits} | self._older_lengths))

    async def deposit(self, request: DepositRequest) -> DepositAnswer:
        """Take a compartment for a parcel; its door is ordered open."""
        recipients = self._recipients(request)
        try:
            return await again_while_taken(
                lambda: self._ask(self._deposit(request, recipients, self._mint.secrets()), DepositAnswer)
            )
        except Refused as refused:
            if refused.reason in {RefusalReason.NO_SPACE, RefusalReason.TOO_LARGE}:
                await self._turned_away.keep(
                    request.by, request.tracking, request.company, request.size, refused.reason
                )
            raise

    def _deposit(self, request: DepositRequest, recipients: tuple[str, ...] | None, secrets: PickupSecrets) -> Deposit:
        label_hash = self._vault.label_hash(request.tracking) if request.tracking else ""
        announced = self._announced(request, label_hash) if label_hash else None
        meant = recipients if recipients is not None else announced.recipients if announced is not None else ()
        wished = self._wishes.of(meant, self._engine.now())
        if wished.refused:
            raise Refused(RefusalReason.CONSENT_NEEDED)
        weather = self._rules.body(WeatherMode)
        size = request.size or (announced.size if announced is not None else None)
        flags = request.flags | (announced.flags if announced is not None else frozenset())
        if weather.refuses(size, flags):
            raise Refused(RefusalReason.WEATHER)
        resident = self._engine.site.residents.get(recipients[0]) if recipients else None
        return Deposit(
            by=request.by,
            once=request.once,
            staff=request.staff,
            parcel=announced.id if announced is not None else self._engine.new_id("p"),
            size=request.size,
            recipients=recipients,
            label_hash=label_hash,
            code_hash=secrets.code_hash,
            token_hash=secrets.token_hash,
            sealed=secrets.sealed,
            tracking=request.tracking,
            unit=resident.unit if resident is not None else "",
            company=request.company,
            courier=request.courier,
            consent=request.consent,
            flags=request.flags | {Flag.IN_PERSON} if wished.in_person else request.flags,
            needs=request.needs,
            damaged=request.damaged,
            join=request.join,
            avoid=frozenset(weather.features),
            confirmed=request.confirmed,
            near=columns_of(self._engine.site, meant, self._rules.body(Allocation).group),
            keep_until=wished.keep_until,
            direction=request.direction,
            type=request.type,
            details=request.details,
            right=request.right,
        )

    def _recipients(self, request: DepositRequest) -> tuple[str, ...] | None:
        """Ids of who is meant; None when the courier names nobody, for then it is as it was announced."""
        if request.resident is not None:
            return (request.resident,) if request.resident in self._engine.site.residents else ()
        if request.unit is None and request.phone is None:
            return None
        return self._directory.meant(request.unit, request.name, request.phone)

    def _announced(self, request: DepositRequest, label_hash: str) -> Parcel | None:
        """The parcel that the same carrier announced under this number."""
        parcel = announced_parcel(self._engine.site, label_hash)
        same = parcel is not None and folded_name(parcel.company) == folded_name(request.company)
        return parcel if same else None

    async def cancel(
        self, deposit: str, actor: DepositActor, once: Once | None = None, reason: NotStored | None = None
    ) -> DepositAnswer:
        """Give a deposit up, and perhaps say why."""
        parcel = await self._parcel_of(deposit, actor)
        return await self._ask(Cancel(by=actor.by, once=once, parcel=parcel, reason=reason), DepositAnswer)

    async def resize(self, deposit: str, size: Size, actor: DepositActor, once: Once | None = None) -> DepositAnswer:
        """Go on at another compartment of this size or larger."""
        parcel = await self._parcel_of(deposit, actor)
        return await self._ask(Resize(by=actor.by, once=once, parcel=parcel, size=size), DepositAnswer)

    async def reopen(
        self, deposit: str, actor: DepositActor, once: Once | None = None, *, take_back: bool = False
    ) -> DepositAnswer:
        """Order the deposit's door again."""
        parcel = await self._parcel_of(deposit, actor)
        return await self._ask(Reopen(by=actor.by, once=once, parcel=parcel, take_back=take_back), DepositAnswer)

    async def own_deposit(self, deposit: str, actor: DepositActor) -> DepositAnswer:
        """How a deposit of this actor stands now, or ended. Raises Refused (unknown), for another's too."""
        state = await self.deposit_state(deposit)
        if state is None or not await self._may_go_on(state.parcel, actor):
            raise Refused(RefusalReason.UNKNOWN)
        return state

    async def deposit_state(self, deposit: str) -> DepositAnswer | None:
        """How a deposit stands now, or ended; None when there was none of this id."""
        parcel_id = parcel_of_deposit(deposit)
        if parcel_id is None:
            return None
        parcel = self._engine.site.parcels.get(parcel_id)
        if parcel is not None:
            return deposit_answer(parcel)
        row = await self._journal.read(lambda db: parcel_row(db, parcel_id))
        if row is None:
            return None
        return DepositAnswer(deposit, row["id"], row["compartment"], row["state"])

    async def _parcel_of(self, deposit: str, actor: DepositActor) -> str:
        return (await self.own_deposit(deposit, actor)).parcel

    async def _may_go_on(self, parcel: str, actor: DepositActor) -> bool:
        if actor.staff:
            return True
        began = await self._journal.read(lambda db: deposit_start(db, parcel))
        if began is None:
            return False
        colleagues = actor.company and began.by.startswith("courier:")
        return began.by == actor.by or bool(
            colleagues and folded_name(str(began.body()["company"])) == folded_name(actor.company)
        )

    async def pickup(
        self,
        *,
        source: str,
        by: str,
        code: str | None = None,
        second: str | None = None,
        token: str | None = None,
        every: bool = False,
        booked: str | None = None,
        once: Once | None = None,
        staff: bool = False,
        ask_second: bool = False,
    ) -> PickupAnswer:
        """Open the door of the parcel that a code, or a QR's token, belongs to; `every`, `ask_second`: see Collect."""
        hashed = self._vault.token_hash(token) if token is not None else self._vault.code_hash(code or "")
        command = Collect(
            by=by,
            once=once,
            staff=staff,
            pickup=self._engine.new_id("k"),
            hash=hashed,
            token=token is not None,
            source=source,
            second=second,
            every=every,
            booked=booked,
            ask_second=ask_second,
        )
        return await self._ask(command, PickupAnswer)

    async def pickup_also(self, parcel: str, *, source: str, by: str) -> PickupAnswer:
        """Open the door of another parcel of people whose own code has just opened one of theirs at this source."""
        found = self._engine.site.parcels.get(parcel)
        credentials = () if found is None else found.credentials
        tokens = [each.token_hash for each in credentials if each.own and each.token_hash]
        if not tokens:
            raise Refused(RefusalReason.NOT_NOW)
        pickup = self._engine.new_id("k")
        command = Collect(by=by, pickup=pickup, hash=tokens[0], token=True, source=source)
        return await self._ask(command, PickupAnswer)

    def free_counts(self) -> dict[Size, int]:
        """How many compartments of each size could be given now, sizes that the cabinet has only."""
        site = self._engine.site
        counts = {size: 0 for size in Size if any(c.size is size for c in site.compartments.values())}
        for compartment in offered(site):
            counts[compartment.size] += 1
        return counts

    def compartment(self, name: str) -> CompartmentAnswer | None:
        """How a compartment stands; None for an unknown one."""
        site = self._engine.site
        return compartment_answer(site, name) if name in site.compartments else None

    def compartments(self) -> list[CompartmentAnswer]:
        """How all stand, in the order of the site file."""
        site = self._engine.site
        return [compartment_answer(site, name) for name in site.compartments]

    async def open_compartment(
        self, compartment: str, reason: str, by: str, once: Once | None = None, approver: str = ""
    ) -> CompartmentAnswer:
        """Order a door by a person's word; of many doors it is one that `approver` has approved."""
        order = self._engine.new_id("s")
        command = StaffOpen(by=by, once=once, order=order, compartment=compartment, reason=reason, approved_by=approver)
        return await self._ask(command, CompartmentAnswer)

    async def clear(
        self,
        compartment: str,
        content: Content,
        by: str,
        once: Once | None = None,
        *,
        found: frozenset[str] | None = None,
    ) -> CompartmentAnswer:
        """Say what is behind a door that was in doubt, of several parcels which. For a dead code there is a new one."""
        command = Clear(
            by=by,
            once=once,
            compartment=compartment,
            content=content,
            found=found,
            new_codes=self._new_codes(compartment, content),
        )
        return await self._ask(command, CompartmentAnswer)

    async def clear_by_word(
        self, compartment: str, said: SpokenContent, by: str, once: Once | None = None
    ) -> CompartmentAnswer:
        """Say it where no switch can tell that the door is shut. A parcel whose code is dead gets a new one."""
        command = ClearByWord(
            by=by,
            once=once,
            compartment=compartment,
            content=said.content,
            found=said.found,
            reason=said.reason,
            witness=said.witness,
            supervisor=said.supervisor,
            new_codes=self._new_codes(compartment, said.content),
        )
        return await self._ask(command, CompartmentAnswer)

    def _new_codes(self, compartment: str, content: Content) -> dict[str, NewCode]:
        """A new code for each parcel that is found here and whose own is dead (after a restore)."""
        site = self._engine.site
        there = site.compartments.get(compartment)
        if content is not Content.PARCEL or there is None:
            return {}
        dead = [one for one in there.parcels if one in site.parcels and site.parcels[one].code_dead]
        return {one: self._mint.fresh() for one in dead}

    async def retire(self, compartment: str, reason: str, by: str, once: Once | None = None) -> CompartmentAnswer:
        """Take a compartment out of use."""
        return await self._ask(Retire(by=by, once=once, compartment=compartment, reason=reason), CompartmentAnswer)

    async def restore(self, compartment: str, by: str, once: Once | None = None) -> CompartmentAnswer:
        """Put a compartment back into use."""
        return await self._ask(Restore(by=by, once=once, compartment=compartment), CompartmentAnswer)

    async def save_resident(self, details: ResidentDetails, by: str) -> ResidentAnswer:
        """Create the resident of this unit and name, or change that one.

        Raises ResidentTaken when somebody else of this name has a record in this unit.
        """
        return await self.residents.save(details, by)

    async def _ask(self, command: AnyCommand, kind: type[A]) -> A:
        answer = await self._engine.ask(command)
        if not isinstance(answer, kind):
            raise Refused(RefusalReason.KEY_REUSED)
        return answer
