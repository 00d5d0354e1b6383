"""Carriers' rights to put parcels in: signed by the carrier, shown as a QR, counted here (docs/deposit-rights.md)."""

from __future__ import annotations

from locker.services.rights.carrier_keys import CarrierKey, CarrierKeys, TooManyKeys, read_public_key
from locker.services.rights.right_desk import RightDesk, ShownRight, TooManyRevoked
from locker.services.rights.signed_right import SignedRight, is_deposit_right, read_right

__all__ = [
    "CarrierKey",
    "CarrierKeys",
    "RightDesk",
    "ShownRight",
    "SignedRight",
    "TooManyKeys",
    "TooManyRevoked",
    "is_deposit_right",
    "read_public_key",
    "read_right",
]
