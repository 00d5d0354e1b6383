"""What the operator of many lockers gets of this one, and what they may order here."""

from __future__ import annotations

from locker.services.fleet.cloud_events import BATCH_TYPE, TYPE_PREFIX, WITHHELD, actor_kind, cloud_event, event_batch
from locker.services.fleet.event_feed import EventFeed, stir_on_events
from locker.services.fleet.event_hooks import DeadLetter, EventHook, EventHooks, HookState, UnknownHook
from locker.services.fleet.order_actions import UPDATE, UPDATE_LIFETIME, OrderActions
from locker.services.fleet.order_desk import OrderDesk
from locker.services.fleet.signed_orders import (
    DOOR_LIFETIME,
    ORDER_TYPE,
    BadOrder,
    Order,
    OrderFault,
    check_time,
    read_order,
)
from locker.services.fleet.state_document import cabinet_state

__all__ = [
    "BATCH_TYPE",
    "DOOR_LIFETIME",
    "ORDER_TYPE",
    "TYPE_PREFIX",
    "UPDATE",
    "UPDATE_LIFETIME",
    "WITHHELD",
    "BadOrder",
    "DeadLetter",
    "EventFeed",
    "EventHook",
    "EventHooks",
    "HookState",
    "Order",
    "OrderActions",
    "OrderDesk",
    "OrderFault",
    "UnknownHook",
    "actor_kind",
    "cabinet_state",
    "check_time",
    "cloud_event",
    "event_batch",
    "read_order",
    "stir_on_events",
]
