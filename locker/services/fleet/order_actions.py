"""What the operator of many lockers may order here: each action asks as a person would, and is refused as one is."""

from __future__ import annotations

import asyncio
import json
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from locker.core.messages.command import Once
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass
from locker.services.fleet.signed_orders import DOOR_LIFETIME, LONGEST_LIFETIME, BadOrder, OrderFault
from locker.services.policies import BODIES, NewVersion, RuleKind, VersionTaken

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from locker.services.command_service import CommandService
    from locker.services.fleet.signed_orders import Order
    from locker.services.mass_openings import MassOpenings
    from locker.services.policies import RuleBook

BY = "fleet"
"""How the journal names whoever orders from the centre; which person it was stands in `OrderTaken`. One name for all of
them, so that the brake on many doors counts them as one."""
UPDATE = "update"
UPDATE_LIFETIME = timedelta(minutes=15)
_Reason = Annotated[str, Field(min_length=1, max_length=200)]
_Name = Annotated[str, Field(min_length=1, max_length=64)]


class OrderBody(BaseModel):
    """What an action is told; each has its own."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class _Door(OrderBody):
    compartment: _Name
    reason: _Reason


class _DoorAlone(OrderBody):
    compartment: _Name


class _Doors(OrderBody):
    reason: _Reason
    compartments: list[_Name] | None = Field(default=None, min_length=1, max_length=1000)


class _Opening(OrderBody):
    opening: _Name


class _Reasoned(OrderBody):
    reason: _Reason


class _Update(OrderBody):
    version: Annotated[str, Field(pattern=r"^[0-9][0-9A-Za-z.+~-]{0,60}$")]
    reason: _Reason


class _Rule(OrderBody):
    kind: RuleKind
    version: Annotated[int, Field(ge=1, le=999_999)]
    body: dict[str, Any]
    reason: _Reason
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    review_on: date | None = None


class _Undo(OrderBody):
    kind: RuleKind
    version: Annotated[int, Field(ge=1, le=999_999)]
    reason: _Reason


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that may be ordered: what its body is, what it does, and how long an order for it may be good."""

    body: type[OrderBody]
    perform: Callable[[Any, Order], Awaitable[Mapping[str, Any]]]
    lifetime: timedelta = LONGEST_LIFETIME


class OrderActions:
    """The table of actions over the services that do them.

    `restart`: lets this program end soon, so that its keeper starts it anew; raises Refused while somebody is there.
    `update`: hands an order for another version to whoever puts it in place; raises Refused while one is under way.
    Without it there is no such action here.
    """

    def __init__(
        self,
        commands: CommandService,
        openings: MassOpenings,
        rules: RuleBook,
        restart: Callable[[], None],
        update: Callable[[Order], None] | None = None,
    ) -> None:
        self._commands = commands
        self._openings = openings
        self._rules = rules
        self._update = update
        self._restart = restart
        self.table: dict[str, Action] = {
            "open": Action(_Door, self._open, DOOR_LIFETIME),
            "ask-many": Action(_Doors, self._ask_many, DOOR_LIFETIME),
            "stop-many": Action(_Opening, self._stop_many),
            "retire": Action(_Door, self._retire),
            "restore": Action(_DoorAlone, self._restore),
            "add-rule": Action(_Rule, self._add_rule),
            "undo-rule": Action(_Undo, self._undo_rule),
            "restart": Action(_Reasoned, self._restarting),
        }
        if update is not None:
            self.table[UPDATE] = Action(_Update, self._updating, UPDATE_LIFETIME)

    async def perform(self, order: Order, body: OrderBody) -> Mapping[str, Any]:
        """Do what was ordered; what came of it. Raises Refused as for anybody who asks, BadOrder for a body."""
        return await self.table[order.action].perform(body, order)

    async def _open(self, body: _Door, order: Order) -> Mapping[str, Any]:
        answer = await self._commands.open_compartment(body.compartment, body.reason, BY, _once(order))
        return {"compartment": answer.id, "use": answer.use}

    async def _ask_many(self, body: _Doors, _: Order) -> Mapping[str, Any]:
        """Nothing opens yet: somebody at the cabinet's own panel has to approve."""
        opening = await self._openings.ask(body.compartments, body.reason, BY)
        return {"opening": opening.id, "state": opening.state.value}

    async def _stop_many(self, body: _Opening, _: Order) -> Mapping[str, Any]:
        opening = await self._openings.stop(body.opening, BY)
        return {"opening": opening.id, "state": opening.state.value}

    async def _retire(self, body: _Door, order: Order) -> Mapping[str, Any]:
        answer = await self._commands.retire(body.compartment, body.reason, BY, _once(order))
        return {"compartment": answer.id, "use": answer.use}

    async def _restore(self, body: _DoorAlone, order: Order) -> Mapping[str, Any]:
        answer = await self._commands.restore(body.compartment, BY, _once(order))
        return {"compartment": answer.id, "use": answer.use}

    async def _add_rule(self, body: _Rule, _: Order) -> Mapping[str, Any]:
        try:
            said = BODIES[body.kind].read(json.dumps(body.body))
            asked = NewVersion(body.version, said, body.reason, body.starts_at, body.ends_at, body.review_on)
            version = await self._rules.add(asked, BY)
        except VersionTaken:
            raise Refused(RefusalReason.NOT_NOW) from None
        except ValueError as wrong:
            raise BadOrder(OrderFault.BODY, where=f"body.{str(wrong).partition(':')[0]}"[:60]) from None
        return {"rule": version.kind.value, "version": version.version, "starts_at": _text(version.starts_at)}

    async def _undo_rule(self, body: _Undo, _: Order) -> Mapping[str, Any]:
        """Take back this version while it is the newest and came by an order; asked again, tell what took it back."""
        standing = self._rules.versions(body.kind)
        last = standing[-1] if standing else None
        if last is not None and (last.version, last.author, last.reason) == (body.version + 1, BY, body.reason):
            return {"rule": last.kind.value, "version": last.version, "starts_at": _text(last.starts_at)}
        if last is None or (last.version, last.author) != (body.version, BY):  # what people here wrote stays
            raise Refused(RefusalReason.NOT_NOW)
        try:
            made = await self._rules.undo(body.kind, body.reason, BY)
        except VersionTaken:
            raise Refused(RefusalReason.NOT_NOW) from None
        except ValueError as wrong:
            raise BadOrder(OrderFault.BODY, where=str(wrong)[:60]) from None
        return {"rule": made.kind.value, "version": made.version, "starts_at": _text(made.starts_at)}

    async def _updating(self, body: _Update, order: Order) -> Mapping[str, Any]:
        """It is handed on; what comes of it is told later, by whatever version runs then."""
        if self._update is not None:
            await asyncio.to_thread(self._update, order)
        return {"program": body.version}

    async def _restarting(self, _: _Reasoned, __: Order) -> Mapping[str, Any]:
        self._restart()
        return {}


def _once(order: Order) -> Once:
    return Once(f"{BY}:{order.id}", order.sha256)


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
