"""What keeping a parcel behind its free time costs, what was paid of it and what was waived.

Off unless a tariff charges. A debt never keeps a parcel: no rule of the core knows of fees.
"""

from __future__ import annotations

from locker.services.fees.fee_desk import FeeDesk, ParcelFee, WrongPayment
from locker.services.fees.signed_callback import BadSignature, check_signature, secret_key, signature
from locker.services.fees.storage_fee import Stay, StorageFee, storage_fee

__all__ = [
    "BadSignature",
    "FeeDesk",
    "ParcelFee",
    "Stay",
    "StorageFee",
    "WrongPayment",
    "check_signature",
    "secret_key",
    "signature",
    "storage_fee",
]
