"""What residents give to carriers: who fetches it, what was promised and asked for it, and what it is packed with.

`DispatchDesk` sends couriers, its `board` shows all of it; `assignment` and `delivery` are the rules.
"""

from __future__ import annotations

from locker.services.outbound.assignment import A_DAY, IMPOSSIBLE, Job, OnDuty, assign, cost
from locker.services.outbound.consumables import Consumable, ConsumableStock
from locker.services.outbound.delivery import Promised, minutes_late, promised
from locker.services.outbound.dispatch_board import Board, BoardLine, Chosen, DispatchBoard
from locker.services.outbound.dispatch_desk import Answer, DispatchDesk
from locker.services.outbound.imported_tables import read_shifts, read_stock
from locker.services.outbound.order_rows import ACCEPTED, OFFERED, CourierShift, OutboundOrder, Seen
from locker.services.outbound.outbound_desk import OutboundDesk

__all__ = [
    "ACCEPTED",
    "A_DAY",
    "IMPOSSIBLE",
    "OFFERED",
    "Answer",
    "Board",
    "BoardLine",
    "Chosen",
    "Consumable",
    "ConsumableStock",
    "CourierShift",
    "DispatchBoard",
    "DispatchDesk",
    "Job",
    "OnDuty",
    "OutboundDesk",
    "OutboundOrder",
    "Promised",
    "Seen",
    "assign",
    "cost",
    "minutes_late",
    "promised",
    "read_shifts",
    "read_stock",
]
