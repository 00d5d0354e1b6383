"""All that staff do about what goes out, made in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.frozen import dataclass
from locker.services.outbound.consumables import ConsumableStock
from locker.services.outbound.dispatch_desk import DispatchDesk

if TYPE_CHECKING:
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.people import CourierAccounts
    from locker.services.policies import RuleBook


@dataclass(frozen=True, slots=True)
class OutboundDesk:
    """Who fetches it, and what it is packed with."""

    dispatch: DispatchDesk
    stock: ConsumableStock

    @staticmethod
    def of(engine: Engine, journal: Journal, couriers: CourierAccounts, rules: RuleBook, timezone: str) -> OutboundDesk:
        """Both, for one site."""
        return OutboundDesk(DispatchDesk(engine, journal, couriers, rules, timezone), ConsumableStock(engine, journal))
