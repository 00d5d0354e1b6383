"""What stands on a label: one cleaning step for every scanner, camera, key and program that names a parcel.

Pure functions of text. Everything behind them sees a number as it is printed for people, or a pickup token.
"""

from __future__ import annotations

from locker.labels.carriers import Carrier, carrier_named, carriers_of, number_doubts, other_carrier
from locker.labels.check_digits import check_digit_doubts
from locker.labels.pickup_tokens import TOKEN_PREFIX, is_pickup_token
from locker.labels.scans import Code, as_scan, cleaned_scan, codes_in, pickup_token
from locker.labels.shipments import Piece, piece_of
from locker.labels.tracking_numbers import printed_tracking, tracking_number
from locker.labels.transport_label import TransportLabel, transport_label

__all__ = [
    "TOKEN_PREFIX",
    "Carrier",
    "Code",
    "Piece",
    "TransportLabel",
    "as_scan",
    "carrier_named",
    "carriers_of",
    "check_digit_doubts",
    "cleaned_scan",
    "codes_in",
    "is_pickup_token",
    "number_doubts",
    "other_carrier",
    "pickup_token",
    "piece_of",
    "printed_tracking",
    "tracking_number",
    "transport_label",
]
