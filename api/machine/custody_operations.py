"""The calls about parcels in custody, for the table of all operations."""

from __future__ import annotations

from api.machine import custody, custody_models, expected, expected_models
from api.machine.operation import Operation
from locker.core.reasons import RefusalReason
from locker.services.people import Scope

_UNHOLD = (RefusalReason.UNKNOWN, RefusalReason.NOT_NOW, RefusalReason.SEALED)
_HOLD = (*_UNHOLD, RefusalReason.BUSY)
_EXTEND = (*_HOLD, RefusalReason.HELD)
_EXPECT = (
    RefusalReason.NO_SPACE,
    RefusalReason.TOO_LARGE,
    RefusalReason.DUPLICATE_TRACKING,
    RefusalReason.UNKNOWN_RECIPIENT,
    RefusalReason.NOT_NOW,
    RefusalReason.SEALED,
)
_RELEASE = (*_EXTEND, RefusalReason.DOOR_UNSEEN)
_WITHDRAW = (*_RELEASE, RefusalReason.CLOSED, RefusalReason.STAFF_ONLY)
_MOVE = (*_RELEASE, RefusalReason.NO_SPACE, RefusalReason.TOO_LARGE, RefusalReason.TOO_MANY_DOORS)
_REASSIGN = (*_EXTEND, RefusalReason.UNKNOWN_RECIPIENT, RefusalReason.CONSENT_NEEDED)
_PUT = (
    RefusalReason.NOT_EXPECTED,
    RefusalReason.UNKNOWN,
    RefusalReason.NO_SPACE,
    RefusalReason.DUPLICATE_TRACKING,
    RefusalReason.UNKNOWN_RECIPIENT,
    RefusalReason.SEALED,
)
_PARCEL_ID = "/parcels/{parcel}"
_STANDS = custody_models.CustodyView

CUSTODY_OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", f"{_PARCEL_ID}/hold", custody.hold, _STANDS, Scope.STAFF, 200, _HOLD),
    Operation("POST", f"{_PARCEL_ID}/unhold", custody.unhold, _STANDS, Scope.STAFF, 200, _UNHOLD),
    Operation("POST", f"{_PARCEL_ID}/sender-check", custody.check_sender, _STANDS, Scope.DEPOSIT, 200, _UNHOLD),
    Operation("POST", f"{_PARCEL_ID}/extend", custody.extend, _STANDS, Scope.PICKUP, 200, _EXTEND),
    Operation(
        "POST",
        "/expected",
        expected.announce,
        expected_models.ExpectedIdView | list[expected_models.ExpectedIdView],
        Scope.DEPOSIT,
        201,
        _EXPECT,
    ),
    Operation("GET", "/expected", expected.listing, list[expected_models.ExpectedView], Scope.READ),
    Operation("DELETE", "/expected/{tracking}", expected.end, _STANDS, Scope.DEPOSIT, 200, _UNHOLD),
    Operation("POST", f"{_PARCEL_ID}/move", custody.move, _STANDS, Scope.STAFF, 200, _MOVE),
    Operation("POST", f"{_PARCEL_ID}/reassign", custody.reassign, _STANDS, Scope.STAFF, 200, _REASSIGN),
    Operation("POST", f"{_PARCEL_ID}/withdraw", custody.withdraw, _STANDS, Scope.DEPOSIT, 200, _WITHDRAW),
    Operation("POST", f"{_PARCEL_ID}/release", custody.release, _STANDS, Scope.STAFF, 200, _RELEASE),
    Operation("GET", "/places", custody.places, list[custody_models.PlaceView], Scope.READ),
    Operation("POST", "/places/{place}/parcels", custody.put, _STANDS, Scope.STAFF, 201, _PUT),
    Operation(
        "POST",
        "/deadlines",
        custody.shift_deadlines,
        custody_models.DeadlinesView,
        Scope.STAFF,
        200,
        (RefusalReason.SEALED,),
    ),
)
