"""What couriers hand over and take over: weights, the round, and the receipt of it."""

from __future__ import annotations

from locker.services.handover.courier_round import (
    CourierRound,
    Receipt,
    RoundParcel,
    end_round,
    missing,
    missing_parcels,
    round_of_courier,
)
from locker.services.handover.hand_over import declared_weight, keep_hand_over, taken_out_by

__all__ = [
    "CourierRound",
    "Receipt",
    "RoundParcel",
    "declared_weight",
    "end_round",
    "keep_hand_over",
    "missing",
    "missing_parcels",
    "round_of_courier",
    "taken_out_by",
]
