"""The calls about what passes over the desk, for the table of all operations."""

from __future__ import annotations

from api.machine import custody_models, desk, parcel_bodies, response_models
from api.machine.operation import Operation
from locker.core.reasons import RefusalReason
from locker.services.people import Scope

_HAND_IN = (
    RefusalReason.NO_SPACE,
    RefusalReason.TOO_LARGE,
    RefusalReason.CONSENT_NEEDED,
    RefusalReason.IN_PERSON_ONLY,
    RefusalReason.DUPLICATE_TRACKING,
    RefusalReason.UNKNOWN_RECIPIENT,
    RefusalReason.SEALED,
)
_BOOK_FOR_STAFF = (
    RefusalReason.NO_SPACE,
    RefusalReason.TOO_LARGE,
    RefusalReason.UNKNOWN_RECIPIENT,
    RefusalReason.BUSY,
    RefusalReason.SEALED,
)
_TAKE_OVER = (
    RefusalReason.UNKNOWN,
    RefusalReason.NOT_NOW,
    RefusalReason.BUSY,
    RefusalReason.HELD,
    RefusalReason.DOOR_UNSEEN,
    RefusalReason.SEALED,
)

DESK_OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", "/desk", desk.hand_in, response_models.DepositView, Scope.STAFF, 201, _HAND_IN),
    Operation("POST", "/desk/bookings", desk.book, parcel_bodies.BookingView, Scope.DEPOSIT, 201, _BOOK_FOR_STAFF),
    Operation(
        "POST", "/parcels/{parcel}/take-over", desk.take_over, custody_models.CustodyView, Scope.STAFF, 200, _TAKE_OVER
    ),
)
