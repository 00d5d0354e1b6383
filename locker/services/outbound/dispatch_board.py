"""The board of what goes out: each parcel with what was chosen, promised and weighed, and who may fetch it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from locker.core.model import Direction, ParcelState
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass
from locker.services.outbound import order_rows
from locker.services.outbound.assignment import A_DAY, Job, OnDuty, assign
from locker.services.outbound.order_rows import CourierShift, OutboundOrder
from locker.services.policies import Carriage, DeliveryTimes, DispatchRules, Grouping
from locker.services.unit_groups import group_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlite_utils import Database

    from locker.core.model import Parcel
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.people import CourierAccounts, ListedCourier
    from locker.services.policies import DeliveryTime, RuleBook

WAITS = frozenset({ParcelState.EXPECTED, ParcelState.DEPOSITING, ParcelState.STORED})
AWAY_FOR = timedelta(days=60)
"""So long a carrier may have something without saying that it arrived."""
HERE = WAITS | {ParcelState.COLLECTING, ParcelState.CHECK}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a sender chose when it was booked; empty where nobody asked."""

    service: str = ""
    lane: str = ""
    window_from: datetime | None = None
    window_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One parcel that goes out as the board shows it; `parcel` is None once it has left.

    `time`: what is promised for it; `declared_g`: what its sender says that it weighs.
    """

    order: OutboundOrder
    parcel: Parcel | None
    zone: str
    declared_g: int | None
    time: DeliveryTime | None
    company: str


@dataclass(frozen=True, slots=True)
class Board:
    """All that goes out, and who may fetch it. `unwanted`: parcels that every courier of their carrier passed on."""

    here: Sequence[BoardLine]
    away: Sequence[BoardLine]
    couriers: Sequence[OnDuty]
    people: Mapping[str, ListedCourier]
    unwanted: frozenset[str]


class DispatchBoard:
    """Reads the board. Lives on the loop."""

    def __init__(
        self, engine: Engine, journal: Journal, couriers: CourierAccounts, rules: RuleBook, timezone: str
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._couriers = couriers
        self._rules = rules
        self._zone = ZoneInfo(timezone)

    async def read(self) -> Board:
        """Everything that goes out now."""
        known, away, companies, weights, shifts = await self._journal.read(self._read)
        here = [known.get(each.id, OutboundOrder(parcel=each.id)) for each in self.going_out(HERE)]
        people = {each.id: each for each in await self._couriers.listed()}
        duty = self._on_duty(people.values(), shifts, here)
        lines = [self._line(each, companies, weights) for each in here]
        gone = [self._line(each, companies, weights) for each in away]
        unwanted = frozenset(each.order.parcel for each in lines if self._is_unwanted(each.order, duty))
        return Board(lines, gone, duty, people, unwanted)

    def _read(
        self, db: Database
    ) -> tuple[dict[str, OutboundOrder], list[OutboundOrder], dict[str, str], dict[str, int], dict[str, CourierShift]]:
        known = {each.parcel: each for each in order_rows.orders_here(db)}
        away = order_rows.orders_away(db, self._engine.now() - AWAY_FOR)
        asked = {*known, *(each.parcel for each in away), *(each.id for each in self.going_out(HERE))}
        companies = {each.parcel: order_rows.company_of(db, each.parcel) for each in away}
        return known, away, companies, order_rows.declared_weights(db, asked), order_rows.shifts(db)

    async def one(self, parcel: str) -> BoardLine:
        """One parcel that goes out, or went."""

        def work(db: Database) -> tuple[OutboundOrder | None, str, dict[str, int]]:
            weights = order_rows.declared_weights(db, [parcel])
            return order_rows.order_of(db, parcel), order_rows.company_of(db, parcel), weights

        order, company, weights = await self._journal.read(work)
        known = self._engine.site.parcels.get(parcel)
        if order is None and (known is None or known.direction is not Direction.OUT):
            raise Refused(RefusalReason.UNKNOWN)
        return self._line(order or OutboundOrder(parcel=parcel), {parcel: company}, weights)

    def _line(self, order: OutboundOrder, companies: Mapping[str, str], weights: Mapping[str, int]) -> BoardLine:
        parcel = self._engine.site.parcels.get(order.parcel)
        company = parcel.company if parcel is not None else companies.get(order.parcel, "")
        table = self._rules.body(DeliveryTimes, order.taken_at)
        time = table.time(order.service, order.lane, company) if order.service or order.lane else None
        zone = self._zone_of(parcel) if parcel is not None else ""
        return BoardLine(order, parcel, zone, weights.get(order.parcel), time, company)

    def price(self, chosen: Chosen, company: str, weight_g: int | None) -> tuple[int | None, Carriage]:
        """What it costs about, by the table that holds now."""
        table = self._rules.body(Carriage)
        return table.estimate(chosen.service, chosen.lane, company, weight_g), table

    def time(self, chosen: Chosen, company: str) -> DeliveryTime | None:
        """What is promised now for what was chosen; None where nothing was."""
        table = self._rules.body(DeliveryTimes)
        return table.time(chosen.service, chosen.lane, company) if chosen.service or chosen.lane else None

    def going_out(self, states: frozenset[ParcelState]) -> list[Parcel]:
        """Outbound parcels in one of these states."""
        parcels = self._engine.site.parcels.values()
        return [each for each in parcels if each.direction is Direction.OUT and each.state in states]

    def company(self, parcel: str) -> str:
        """The carrier that a parcel is for; empty when it is not here."""
        known = self._engine.site.parcels.get(parcel)
        return known.company if known is not None else ""

    def _zone_of(self, parcel: Parcel) -> str:
        people = (self._engine.site.residents.get(each) for each in parcel.recipients)
        unit = next((each.unit for each in people if each is not None), "")
        return group_of(unit, Grouping.BUILDING)

    def waits_for_courier(self, order: OutboundOrder) -> bool:
        """True while nobody is asked for a parcel that is to be fetched."""
        parcel = self._engine.site.parcels.get(order.parcel)
        return parcel is not None and parcel.state in WAITS and not order.state

    def may_fetch(self, courier: ListedCourier, company: str) -> bool:
        """Whether a courier may take this company's parcels out now."""
        now = self._engine.now()
        ended = courier.ends_at is not None and courier.ends_at <= now
        return courier.active and not ended and courier.company == company and self._couriers.rights(company).takes_out

    def _is_unwanted(self, order: OutboundOrder, duty: Sequence[OnDuty]) -> bool:
        return bool(order.passed) and self.waits_for_courier(order) and not assign([self.job(order)], duty)

    def job(self, order: OutboundOrder) -> Job:
        """What a courier is asked to do."""
        parcel = self._engine.site.parcels[order.parcel]
        begins, ends = 0, A_DAY
        if order.window_from is not None and order.window_to is not None:
            begins, ends = self._minute(order.window_from), self._minute(order.window_to)
        return Job(parcel.id, parcel.company, self._zone_of(parcel), begins, ends, order.passed)

    def _minute(self, at: datetime) -> int:
        local = at.astimezone(UTC).astimezone(self._zone)
        return local.hour * 60 + local.minute

    def _on_duty(
        self, people: Iterable[ListedCourier], shifts: Mapping[str, CourierShift], orders: Iterable[OutboundOrder]
    ) -> list[OnDuty]:
        jobs = Counter(each.courier for each in orders if each.state)
        most = self._rules.body(DispatchRules).most_jobs
        found = []
        for each in people:
            if not self.may_fetch(each, each.company):
                continue
            shift = shifts.get(each.id, CourierShift(each.id, frozenset(), 0, A_DAY, most))
            found.append(
                OnDuty(each.id, each.company, shift.zones, shift.begins, shift.ends, jobs[each.id], shift.most)
            )
        return found
