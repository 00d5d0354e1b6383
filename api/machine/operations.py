"""The table of all operations of the machine API: what is served and what is documented come from here."""

from __future__ import annotations

from typing import Any

from api.machine import (
    cabinet,
    deposits,
    events,
    mass_openings,
    parcels,
    pickups,
    residents,
    response_models,
    signatures,
    snapshots,
)
from api.machine.broadcasts import BROADCAST_OPERATIONS
from api.machine.call_operations import CALL_OPERATIONS
from api.machine.case_operations import CASE_OPERATIONS
from api.machine.crm import CRM_OPERATIONS
from api.machine.custody_operations import CUSTODY_OPERATIONS
from api.machine.deposit_rights import DEPOSIT_RIGHT_OPERATIONS
from api.machine.desk_operations import DESK_OPERATIONS
from api.machine.dispatch_operations import DISPATCH_OPERATIONS
from api.machine.entries import ENTRY_OPERATIONS
from api.machine.fee_operations import FEE_OPERATIONS
from api.machine.incident import INCIDENT_OPERATIONS
from api.machine.operation import Operation
from api.machine.parcel_operations import PARCEL_OPERATIONS
from api.machine.phone_status import PHONE_OPERATIONS
from api.machine.redelivery import REDELIVERY_OPERATIONS
from api.machine.rule_operations import RULE_OPERATIONS
from api.machine.webhooks import WEBHOOK_OPERATIONS
from locker.core.reasons import RefusalReason
from locker.services.people import Scope

_DEPOSIT = (
    RefusalReason.UNKNOWN_CODE,
    RefusalReason.SECOND_NEEDED,
    RefusalReason.THROTTLED,
    RefusalReason.DOOR_UNSEEN,
    RefusalReason.NOT_EXPECTED,
    RefusalReason.CLOSED,
    RefusalReason.WEATHER,
    RefusalReason.NO_SPACE,
    RefusalReason.CONSENT_NEEDED,
    RefusalReason.IN_PERSON_ONLY,
    RefusalReason.DAMAGED,
    RefusalReason.DUPLICATE_TRACKING,
    RefusalReason.UNKNOWN_RECIPIENT,
    RefusalReason.TOO_LARGE,
    RefusalReason.BUSY,
    RefusalReason.SEALED,
)
_CANCEL = (RefusalReason.UNKNOWN, RefusalReason.NOT_NOW, RefusalReason.SEALED)
_RESIZE = (
    RefusalReason.UNKNOWN,
    RefusalReason.NOT_NOW,
    RefusalReason.NO_SPACE,
    RefusalReason.TOO_LARGE,
    RefusalReason.SEALED,
)
_REOPEN = (
    RefusalReason.UNKNOWN,
    RefusalReason.HELD,
    RefusalReason.NOT_NOW,
    RefusalReason.DOOR_UNSEEN,
    RefusalReason.SEALED,
)
_PICKUP = (
    RefusalReason.STAFF_ONLY,
    RefusalReason.HELD,
    RefusalReason.CLOSED,
    RefusalReason.UNKNOWN_CODE,
    RefusalReason.SECOND_NEEDED,
    RefusalReason.THROTTLED,
    RefusalReason.DOOR_UNSEEN,
    RefusalReason.BUSY,
    RefusalReason.HELD,
    RefusalReason.NOT_NOW,
    RefusalReason.SEALED,
)
_OPEN = (RefusalReason.UNKNOWN, RefusalReason.BUSY, RefusalReason.TOO_MANY_DOORS, RefusalReason.SEALED)
_RESTORE = (RefusalReason.UNKNOWN, RefusalReason.NOT_NOW, RefusalReason.DOOR_UNSEEN, RefusalReason.SEALED)
_CLEAR = (*_RESTORE, RefusalReason.BUSY, RefusalReason.WITNESS_NEEDED)
_RETIRE = (RefusalReason.UNKNOWN, RefusalReason.BUSY, RefusalReason.NOT_NOW, RefusalReason.SEALED)
_ONE = (RefusalReason.UNKNOWN,)
_ASK = (RefusalReason.UNKNOWN, RefusalReason.NOT_NOW, RefusalReason.SEALED)

_DEPOSITS, _DEPOSIT_ID = "/deposits", "/deposits/{deposit}"
_COMPARTMENTS, _COMPARTMENT_ID = "/compartments", "/compartments/{compartment}"

_MANY, _MANY_DOORS = "/mass-openings", response_models.MassOpeningView

OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", "/pickups", pickups.start, response_models.PickupView, Scope.PICKUP, 201, _PICKUP),
    Operation("POST", _DEPOSITS, deposits.start, response_models.DepositView, Scope.DEPOSIT, 201, _DEPOSIT),
    Operation("GET", _DEPOSIT_ID, deposits.show, response_models.DepositView, Scope.DEPOSIT, 200, _ONE),
    Operation(
        "POST", f"{_DEPOSIT_ID}/cancel", deposits.cancel, response_models.DepositView, Scope.DEPOSIT, 200, _CANCEL
    ),
    Operation(
        "POST", f"{_DEPOSIT_ID}/resize", deposits.resize, response_models.DepositView, Scope.DEPOSIT, 200, _RESIZE
    ),
    Operation(
        "POST", f"{_DEPOSIT_ID}/reopen", deposits.reopen, response_models.DepositView, Scope.DEPOSIT, 200, _REOPEN
    ),
    Operation("GET", "/health", cabinet.health, response_models.HealthView, None),
    Operation("GET", _COMPARTMENTS, cabinet.listing, list[response_models.CompartmentView], Scope.READ),
    Operation("GET", _COMPARTMENT_ID, cabinet.show, response_models.CompartmentView, Scope.READ, 200, _ONE),
    Operation(
        "POST", f"{_COMPARTMENT_ID}/open", cabinet.open_door, response_models.CompartmentView, Scope.STAFF, 201, _OPEN
    ),
    Operation(
        "POST", f"{_COMPARTMENT_ID}/clear", cabinet.clear, response_models.CompartmentView, Scope.STAFF, 200, _CLEAR
    ),
    Operation(
        "POST", f"{_COMPARTMENT_ID}/retire", cabinet.retire, response_models.CompartmentView, Scope.STAFF, 200, _RETIRE
    ),
    Operation(
        "POST",
        f"{_COMPARTMENT_ID}/restore",
        cabinet.restore,
        response_models.CompartmentView,
        Scope.STAFF,
        200,
        _RESTORE,
    ),
    Operation("POST", _MANY, mass_openings.ask, _MANY_DOORS, Scope.STAFF, 201, _ASK),
    Operation("GET", f"{_MANY}/{{opening}}", mass_openings.show, _MANY_DOORS, Scope.STAFF, 200, _ONE),
    Operation(
        "POST",
        "/mass-openings/{opening}/stop",
        mass_openings.stop,
        response_models.MassOpeningView,
        Scope.STAFF,
        200,
        _ONE,
    ),
    Operation(
        "PUT", "/residents", residents.save, response_models.ResidentView, Scope.STAFF, 200, (RefusalReason.SEALED,)
    ),
    *DISPATCH_OPERATIONS,
    *PARCEL_OPERATIONS,
    *WEBHOOK_OPERATIONS,
    Operation("GET", "/parcels", parcels.listing, response_models.ParcelPage, Scope.READ),
    Operation("GET", "/parcels/{parcel}", parcels.show, response_models.ParcelDetail, Scope.READ, 200, _ONE),
    Operation(
        "GET",
        "/parcels/{parcel}/snapshots",
        snapshots.listing,
        list[response_models.SnapshotView],
        Scope.READ,
        200,
        _ONE,
    ),
    Operation(
        "GET", "/parcels/{parcel}/signature", signatures.show, signatures.PickupSignatureView, Scope.READ, 200, _ONE
    ),
    Operation("GET", "/snapshots/{sha256}", snapshots.show, None, Scope.READ, 200, (*_ONE, RefusalReason.SEALED)),
    Operation("GET", "/events", events.listing, list[response_models.EventView], Scope.READ),
    Operation("GET", "/events/stream", events.stream, None, Scope.READ),
    Operation("GET", "/events/schema", events.schema, dict[str, Any], Scope.READ),
    *CUSTODY_OPERATIONS,
    *DESK_OPERATIONS,
    *DEPOSIT_RIGHT_OPERATIONS,
    *INCIDENT_OPERATIONS,
    *RULE_OPERATIONS,
    *CASE_OPERATIONS,
    *CALL_OPERATIONS,
    *FEE_OPERATIONS,
    *BROADCAST_OPERATIONS,
    *REDELIVERY_OPERATIONS,
    *ENTRY_OPERATIONS,
    *PHONE_OPERATIONS,
    *CRM_OPERATIONS,
)
