"""The calls about one parcel beside its door, for the table of all operations."""

from __future__ import annotations

from api.machine import credentials, dispatch_models, outbound, parcel_bodies, pickups, response_models
from api.machine.operation import Operation
from locker.core.reasons import RefusalReason
from locker.services.people import Scope

_UNKNOWN = (RefusalReason.UNKNOWN, RefusalReason.NOT_NOW, RefusalReason.SEALED)
_SAID = (*_UNKNOWN, RefusalReason.DOOR_UNSEEN)
_REJECTED = (*_SAID, RefusalReason.WHICH_PARCEL)
_CREDENTIAL = (*_UNKNOWN, RefusalReason.BUSY, RefusalReason.HELD, RefusalReason.IN_PERSON_ONLY)
_BOOK = (
    RefusalReason.PROHIBITED,
    RefusalReason.NO_SPACE,
    RefusalReason.TOO_LARGE,
    RefusalReason.DUPLICATE_TRACKING,
    RefusalReason.UNKNOWN_RECIPIENT,
    RefusalReason.BUSY,
    RefusalReason.SEALED,
)
_HAND_OVER = (
    *_SAID,
    RefusalReason.BUSY,
    RefusalReason.HELD,
    RefusalReason.CLOSED,
    RefusalReason.SENDER_UNCHECKED,
)
_PICKUP_ID, _CREDENTIALS = "/pickups/{pickup}", "/parcels/{parcel}/credentials"
_STANDS = parcel_bodies.PickupParcelsView

PARCEL_OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", f"{_PICKUP_ID}/put-back", pickups.put_back, _STANDS, Scope.PICKUP, 200, _SAID),
    Operation("POST", f"{_PICKUP_ID}/reject", pickups.reject, _STANDS, Scope.PICKUP, 200, _REJECTED),
    Operation("POST", f"{_PICKUP_ID}/accept", pickups.accept, _STANDS, Scope.PICKUP, 200, _REJECTED),
    Operation(
        "POST", _CREDENTIALS, credentials.create, parcel_bodies.MadeCredentialView, Scope.STAFF, 201, _CREDENTIAL
    ),
    Operation(
        "GET",
        _CREDENTIALS,
        credentials.listing,
        list[parcel_bodies.CredentialView],
        Scope.READ,
        200,
        (RefusalReason.UNKNOWN,),
    ),
    Operation(
        "DELETE",
        f"{_CREDENTIALS}/{{credential}}",
        credentials.end,
        parcel_bodies.CredentialView,
        Scope.STAFF,
        200,
        _UNKNOWN,
    ),
    Operation("POST", "/outbound", outbound.book, dispatch_models.OutboundBookingView, Scope.DEPOSIT, 201, _BOOK),
    Operation(
        "POST",
        "/parcels/{parcel}/hand-over",
        outbound.hand_over,
        response_models.PickupView,
        Scope.DEPOSIT,
        201,
        _HAND_OVER,
    ),
)
