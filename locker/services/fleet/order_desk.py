"""Takes the operator's orders: each is written down before it is followed, and followed once at most.

An order that comes again gets the answer of the first time. One that a power cut caught between the writing and the
answer is `interrupted`: nobody repeats it, whoever gave it looks and gives another.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from locker.core.events.fleet_events import OrderAnswered, OrderRefused, OrderTaken
from locker.core.events.record import rfc3339
from locker.core.reasons import RefusalReason, Refused
from locker.journal.store import CannotWrite
from locker.services.fleet.order_actions import BY, OrderActions
from locker.services.fleet.signed_orders import BadOrder, OrderFault, check_time, read_order

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.fleet.order_actions import OrderBody
    from locker.services.fleet.signed_orders import Order

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=30)
"""So long an order is known again, much longer than any is good."""
RECORD_REFUSED_EVERY = timedelta(minutes=1)
"""Refused ones are told of now and then, so that nobody fills the disk with them."""
_INTERRUPTED = json.dumps({"state": "interrupted"})
_IN_THE_EVENT = ("state", "why", "where", "version", "opening")


class _Known(Exception):
    """This order was taken before."""


class OrderDesk:
    """`operator_key`: the public Ed25519 key of the operator, 32 bytes."""

    def __init__(self, journal: Journal, engine: Engine, actions: OrderActions, operator_key: bytes, site: str) -> None:
        self._journal = journal
        self._engine = engine
        self._actions = actions
        self._key = operator_key
        self._site = site
        self._one_by_one = asyncio.Lock()
        self._refused_at: datetime | None = None
        self._refused_since = 0

    async def load(self) -> None:
        """What was taken and not answered when the daemon ended will never be. Call once at start."""
        for order in await self._journal.read(_unanswered):
            with suppress(CannotWrite, Refused):  # then it stands there without an answer, which means the same
                await self._record_answer(order, "", {"state": "interrupted"})

    async def take(self, message: bytes) -> bytes:
        """Follow one order, or not; what the operator is told, as JSON. Never raises but for a disk that failed."""
        async with self._one_by_one:
            try:
                order = read_order(message, self._key, self._site)
                told = await self._take(order)
            except BadOrder as bad:
                await self._record_refused(bad, message)
                told = {"id": bad.order, "state": "refused", "why": bad.fault.value}
                if bad.where:
                    told["where"] = bad.where
            except Refused as refused:  # sealed: it was not even written down
                told = {"id": order.id, "state": "refused", "why": refused.reason.value}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()

    async def _take(self, order: Order) -> dict[str, Any]:
        if (before := await self._journal.read(lambda db: _answer(db, order))) is not None:
            return before
        body = self._checked(order)
        try:
            await self._write_down(order)
        except _Known:
            return await self._journal.read(lambda db: _answer(db, order)) or {"id": order.id, "state": "interrupted"}
        try:
            outcome: Mapping[str, Any] = {"state": "done", **await self._actions.perform(order, body)}
        except Refused as refused:
            outcome = {"state": "refused", "why": refused.reason.value}
        except BadOrder as bad:
            outcome = {"state": "refused", "why": bad.fault.value, "where": bad.where}
        try:
            await self._record_answer(order.id, order.action, outcome)
        except (CannotWrite, Refused):  # no room for an event: the answer at least, as soon as there is room for that
            await self._journal.write_when_possible(lambda db: _store_answer(db, order.id, outcome))
        return {"id": order.id, **outcome}

    async def _record_answer(self, order: str, action: str, outcome: Mapping[str, Any]) -> None:
        """Write down what came of it with the event that tells the operator, however often the wire loses it."""
        known = {name: outcome[name] for name in _IN_THE_EVENT if name in outcome}
        event = OrderAnswered(order=order, action=action, **known)

        def work(db: Database, _: datetime) -> tuple[OrderAnswered, None]:
            _store_answer(db, order, outcome)
            return event, None

        await self._engine.record_with(work, BY)

    def _checked(self, order: Order) -> OrderBody:
        """Its body, once all is known to be as it should be. Raises BadOrder."""
        action = self._actions.table.get(order.action)
        if action is None:
            raise BadOrder(OrderFault.ACTION, order.id)
        if self._engine.clock_disbelieved:
            raise BadOrder(OrderFault.CLOCK, order.id)
        check_time(order, self._engine.now(), action.lifetime)
        try:
            return action.body.model_validate_json(json.dumps(dict(order.body)))
        except ValidationError as wrong:
            where = ".".join(str(part) for part in wrong.errors()[0]["loc"])
            raise BadOrder(OrderFault.BODY, order.id, where[:60]) from None

    async def _write_down(self, order: Order) -> None:
        def work(db: Database, now: datetime) -> tuple[OrderTaken, None]:
            db.execute("delete from fleet_order where at < ?", [rfc3339(now - KEPT_FOR)])
            found = db.execute("select 1 from fleet_order where id = ?", [order.id]).fetchone()
            if found is not None:
                raise _Known
            row = [order.id, order.sha256, rfc3339(now)]
            db.execute("insert into fleet_order (id, sha256, at, answer) values (?, ?, ?, '')", row)
            event = OrderTaken(order=order.id, action=order.action, operator=order.operator, sha256=order.sha256)
            return event, None

        await self._engine.record_with(work, BY)

    async def _record_refused(self, bad: BadOrder, message: bytes) -> None:
        now = self._engine.now()
        if self._refused_at is not None and now < self._refused_at + RECORD_REFUSED_EVERY:
            self._refused_since += 1
            return
        digest = hashlib.sha256(message).hexdigest()
        event = OrderRefused(cause=bad.fault.value, order=bad.order, sha256=digest, more=self._refused_since)
        try:
            await self._engine.record(event, BY)
        except Refused as refused:
            if refused.reason is not RefusalReason.SEALED:
                raise
            log.warning("an order was refused, and nothing can be recorded: %s", bad.fault.value)
            return
        self._refused_at, self._refused_since = now, 0


def _store_answer(db: Database, order: str, outcome: Mapping[str, Any]) -> None:
    answer = json.dumps(dict(outcome), separators=(",", ":"))
    db.execute("update fleet_order set answer = ? where id = ?", [answer, order])


def _unanswered(db: Database) -> list[str]:
    return [str(row[0]) for row in db.execute("select id from fleet_order where answer = ''")]


def _answer(db: Database, order: Order) -> dict[str, Any] | None:
    """What was answered to this order before; None when it was never seen. Raises BadOrder for another of its id."""
    row = db.execute("select sha256, answer from fleet_order where id = ?", [order.id]).fetchone()
    if row is None:
        return None
    if row[0] != order.sha256:
        raise BadOrder(OrderFault.REPEATED, order.id)
    return {"id": order.id, **json.loads(row[1] or _INTERRUPTED), "again": True}
