"""Couriers are sent for what residents give to carriers: asked, answered for, asked the next, told when they come.

Nobody at a door waits for it, and a parcel is handed over to whoever its carrier sends, asked or not.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.core.events.dispatch_events import CourierExpected, DispatchAnswered, DispatchOffered
from locker.core.events.service_events import Noted
from locker.core.model import Direction
from locker.core.reasons import RefusalReason, Refused
from locker.errors import LockerError
from locker.journal.store import CannotWrite
from locker.services.outbound import order_rows
from locker.services.outbound.assignment import assign
from locker.services.outbound.dispatch_board import AWAY_FOR, HERE, WAITS, DispatchBoard
from locker.services.outbound.order_rows import ACCEPTED, OFFERED, OutboundOrder
from locker.services.policies import DispatchRules
from locker.services.regular_look import look_regularly

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.events.service_events import ServiceEvent
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.outbound.dispatch_board import Chosen
    from locker.services.outbound.order_rows import CourierShift, Seen
    from locker.services.people import CourierAccounts
    from locker.services.policies import RuleBook

log = logging.getLogger(__name__)

LOOK_SECONDS = 30
CLOCKS_DIFFER = timedelta(minutes=5)
LONGEST_WAY = timedelta(days=2)


class Answer(StrEnum):
    """What a courier says to an offer; TIMED_OUT: nothing."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TIMED_OUT = "timed-out"


class DispatchDesk:
    """See the module. Lives on the loop. What changes something raises Refused: unknown, not-now, sealed."""

    def __init__(
        self, engine: Engine, journal: Journal, couriers: CourierAccounts, rules: RuleBook, timezone: str
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._couriers = couriers
        self._rules = rules
        self.board = DispatchBoard(engine, journal, couriers, rules, timezone)
        self.unwanted: frozenset[str] = frozenset()
        """Parcels that nobody takes, as the last look found them: a task for staff."""

    # --- what is said ---------------------------------------------------------------------------

    async def choose(self, parcel: str, chosen: Chosen, weight_g: int | None) -> None:
        """Keep what a sender chose; the same again changes nothing."""
        known = self._engine.site.parcels.get(parcel)
        if known is None or known.direction is not Direction.OUT:
            raise Refused(RefusalReason.UNKNOWN)
        estimate, _ = self.board.price(chosen, known.company, weight_g)

        def work(db: Database) -> None:
            if order_rows.order_of(db, parcel) is None:
                order = OutboundOrder(
                    parcel=parcel,
                    service=chosen.service,
                    lane=chosen.lane,
                    window_from=chosen.window_from,
                    window_to=chosen.window_to,
                    estimate=estimate,
                )
                order_rows.write_order(db, order)

        try:
            await self._journal.write(work)
        except CannotWrite:
            raise Refused(RefusalReason.SEALED) from None

    async def dispatch(self, by: str) -> Mapping[str, str]:
        """Ask a courier for every parcel that waits for one; who was asked, by parcel."""
        board = await self.board.read()
        jobs = [self.board.job(each.order) for each in board.here if self.board.waits_for_courier(each.order)]
        found = await asyncio.to_thread(assign, jobs, board.couriers)
        for parcel, courier in found.items():
            await self._offer(parcel, courier, by)
        return found

    async def offer(self, parcel: str, courier: str, by: str) -> None:
        """Ask this courier, whoever was asked before; a courier who was asked already is not asked twice."""
        waiting = {each.id: each for each in self.board.going_out(WAITS)}
        people = {each.id: each for each in await self._couriers.listed()}
        job, person = waiting.get(parcel), people.get(courier)
        if job is None or person is None:
            raise Refused(RefusalReason.UNKNOWN)
        if not self.board.may_fetch(person, job.company):
            raise Refused(RefusalReason.NOT_NOW)
        await self._offer(parcel, courier, by, staff=True)

    async def answer(self, parcel: str, courier: str, answer: Answer, by: str) -> OutboundOrder:
        """What the courier who was asked says; after a no the next is asked. The same again changes nothing."""

        def work(db: Database, now: datetime) -> tuple[ServiceEvent, OutboundOrder]:
            order = order_rows.order_of(db, parcel)
            if order is None or order.courier != courier or order.state not in {OFFERED, ACCEPTED}:
                raise Refused(RefusalReason.NOT_NOW)
            if order.state == ACCEPTED and answer is Answer.ACCEPTED:
                raise _Known(order)
            if order.answer_by is not None and order.answer_by <= now and answer is Answer.ACCEPTED:
                raise Refused(RefusalReason.NOT_NOW)
            after = order.accepted() if answer is Answer.ACCEPTED else order.given_back()
            order_rows.write_order(db, after)
            return DispatchAnswered(parcel=parcel, courier=courier, answer=answer.value), after

        try:
            order = await self._engine.record_with(work, by)
        except _Known as known:
            return known.order
        if answer is not Answer.ACCEPTED:
            await self._ask_next(parcel, by)
        return order

    async def expect(self, parcel: str, courier: str, at: datetime, by: str) -> None:
        """The courier who took the job says when they will be here; the sender hears it."""
        now = self._engine.now()
        if not now - CLOCKS_DIFFER <= at <= now + LONGEST_WAY:
            raise Refused(RefusalReason.NOT_NOW)

        def work(db: Database, now: datetime) -> tuple[ServiceEvent, None]:
            order = order_rows.order_of(db, parcel)
            if order is None or order.state != ACCEPTED or order.courier != courier or order.taken_at is not None:
                raise Refused(RefusalReason.NOT_NOW)
            if order.eta == at:
                raise _Known(order)
            order_rows.write_order(db, replace(order, eta=at, eta_at=now))
            company = self.board.company(parcel)
            event = CourierExpected(parcel=parcel, courier=courier, company=company, at=at, again=order.eta is not None)
            return event, None

        try:
            await self._engine.record_with(work, by)
        except _Known:
            return

    async def news(self, parcel: str, seen: Seen, *, delivered: bool, by: str) -> OutboundOrder:
        """What a carrier's feed says of a parcel that it has taken; older news than what is known changes nothing."""

        def work(db: Database, now: datetime) -> tuple[ServiceEvent, OutboundOrder]:
            order = order_rows.order_of(db, parcel)
            if order is None:
                raise Refused(RefusalReason.UNKNOWN)
            if order.taken_at is None or not now - AWAY_FOR <= seen.at <= now + CLOCKS_DIFFER:
                raise Refused(RefusalReason.NOT_NOW)
            newer = order.seen is None or seen.at > order.seen.at
            after = replace(order, seen=seen) if newer and seen.somewhere else order
            if delivered and order.delivered_at is None:
                after = replace(after, delivered_at=seen.at)
            if after == order:
                raise _Known(order)
            order_rows.write_order(db, after)
            return Noted(what="carrier-delivered" if delivered else "carrier-news", about=parcel), after

        try:
            return await self._engine.record_with(work, by)
        except _Known as known:
            return known.order

    async def set_shifts(self, said: Iterable[CourierShift], by: str) -> None:
        """Say when couriers work, in place of what was said before."""
        lines = list(said)

        def work(db: Database, _: datetime) -> tuple[ServiceEvent, None]:
            order_rows.write_shifts(db, lines)
            return Noted(what="courier-shifts-set", about=str(len(lines))), None

        await self._engine.record_with(work, by)

    async def shifts(self) -> Mapping[str, CourierShift]:
        """When couriers work, of whom somebody said so."""
        return await self._journal.read(order_rows.shifts)

    # --- what happens by itself -------------------------------------------------------------------

    async def run(self) -> None:
        """Look for as long as the daemon lives."""
        await look_regularly(self.look, LOOK_SECONDS, log, "no courier is sent now")

    async def look(self) -> None:
        """Keep what was handed over, ask the next where nobody answered, and share out what waits, if it is wished."""
        await self._settle()
        now = self._engine.now()
        for order in await self._journal.read(order_rows.orders_here):
            if order.state == OFFERED and order.answer_by is not None and order.answer_by <= now:
                await self.answer(order.parcel, order.courier, Answer.TIMED_OUT, "cabinet")
        if self._rules.body(DispatchRules).automatic:
            await self.dispatch("cabinet")
        self.unwanted = (await self.board.read()).unwanted if self.board.going_out(WAITS) else frozenset()

    async def _settle(self) -> None:
        """Keep when each parcel was handed over, and what goes out without anybody having said more of it."""
        here = {each.id for each in self.board.going_out(HERE)}

        def changed(db: Database) -> list[OutboundOrder | str]:
            known = order_rows.orders_here(db)
            found: list[OutboundOrder | str] = [OutboundOrder(parcel=each) for each in here - {o.parcel for o in known}]
            for order in known:
                if order.parcel in here:
                    continue
                taken = order_rows.hand_over_of(db, order.parcel)
                found.append(order.parcel if taken is None else replace(order, taken_at=taken[0], weight_g=taken[1]))
            return found

        if await self._journal.read(changed):
            await self._journal.write(lambda db: _keep(db, changed(db)))

    async def _ask_next(self, parcel: str, by: str) -> None:
        board = await self.board.read()
        order = next((each.order for each in board.here if each.order.parcel == parcel), None)
        if order is None or not self.board.waits_for_courier(order):
            return
        for courier in (await asyncio.to_thread(assign, [self.board.job(order)], board.couriers)).values():
            await self._offer(parcel, courier, by)

    async def _offer(self, parcel: str, courier: str, by: str, *, staff: bool = False) -> None:
        until = self._engine.now() + timedelta(minutes=self._rules.body(DispatchRules).answer_minutes)

        def work(db: Database, now: datetime) -> tuple[ServiceEvent, None]:
            order = order_rows.order_of(db, parcel) or OutboundOrder(parcel=parcel)
            if order.taken_at is not None or (order.state and not staff):
                raise Refused(RefusalReason.NOT_NOW)
            if order.state and order.courier == courier:
                raise _Known(order)
            order_rows.write_order(db, order.offered(courier, now, until))
            event = DispatchOffered(
                parcel=parcel,
                courier=courier,
                company=self.board.company(parcel),
                answer_by=until,
                window_from=order.window_from,
                window_to=order.window_to,
            )
            return event, None

        try:
            await self._engine.record_with(work, by)
        except _Known:
            return


class _Known(LockerError):
    """This was said before."""

    def __init__(self, order: OutboundOrder) -> None:
        super().__init__("known")
        self.order = order


def _keep(db: Database, news: Iterable[OutboundOrder | str]) -> None:
    for each in news:
        if isinstance(each, str):
            order_rows.forget_order(db, each)
        else:
            order_rows.write_order(db, each)
