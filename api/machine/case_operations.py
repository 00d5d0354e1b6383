"""The calls about cases and proofs, for the table of all operations."""

from __future__ import annotations

from typing import Any

from api.machine import case_models, cases, delivery_proof
from api.machine.operation import Operation
from locker.core.reasons import RefusalReason
from locker.services.people import Scope

_ONE = (RefusalReason.UNKNOWN,)
_LOOK = (RefusalReason.UNKNOWN, RefusalReason.SEALED)
_CHANGE = (RefusalReason.UNKNOWN, RefusalReason.NOT_NOW, RefusalReason.SEALED)
_OPEN = (RefusalReason.UNKNOWN, RefusalReason.UNKNOWN_RECIPIENT, RefusalReason.SEALED)
_APPROVE = (*_CHANGE, RefusalReason.SECOND_PERSON)
_NUMBER = "/cases/{number}"
_DETAIL = case_models.CaseDetail


def _change(path: str, endpoint: Any, refusals: tuple[RefusalReason, ...] = _CHANGE) -> Operation:
    return Operation("POST", f"{_NUMBER}/{path}", endpoint, _DETAIL, Scope.STAFF, 200, refusals)


CASE_OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", "/cases", cases.open_case, case_models.CaseReceiptView, Scope.STAFF, 201, _OPEN),
    Operation("GET", "/cases", cases.listing, case_models.CasePage, Scope.READ),
    Operation("GET", _NUMBER, cases.show, _DETAIL, Scope.READ, 200, _ONE),
    _change("words", cases.write),
    _change("stage", cases.stage),
    _change("fields", cases.fill),
    _change("owner", cases.assign),
    _change("urgent", cases.mark_urgent),
    _change("forwards", cases.send_on),
    _change("forwards/{entry}/return", cases.returned),
    _change("compensation", cases.compensate),
    _change("compensation/approval", cases.approval, _APPROVE),
    _change("close", cases.close, (*_CHANGE, RefusalReason.FIELDS_MISSING)),
    _change("photos", cases.add_photo),
    Operation(
        "GET", f"{_NUMBER}/photos/{{sha256}}", cases.photo, None, Scope.STAFF, 200, (*_ONE, RefusalReason.SEALED)
    ),
    Operation("GET", "/case-reports/{month}", cases.report, None, Scope.READ, 200, _ONE, "text/csv"),
    Operation(
        "GET",
        "/parcels/{parcel}/delivery-proof",
        delivery_proof.show,
        delivery_proof.DeliveryProofView,
        Scope.READ,
        200,
        (RefusalReason.UNKNOWN, RefusalReason.NOT_NOW, RefusalReason.SEALED),
    ),
    Operation("GET", "/emergencies", cases.emergencies, list[case_models.WarningView], Scope.READ),
    Operation("POST", "/emergencies", cases.declare, case_models.CaseReceiptView, Scope.STAFF, 201, _OPEN),
    Operation("POST", "/emergencies/{number}/end", cases.end_emergency, _DETAIL, Scope.STAFF, 200, _CHANGE),
    Operation(
        "PUT",
        "/working-days/{year}",
        cases.working_days,
        case_models.WorkingDaysView,
        Scope.STAFF,
        200,
        (RefusalReason.UNKNOWN, RefusalReason.SEALED),
    ),
    Operation(
        "POST",
        "/rules/peak/{version}/approval",
        cases.approve_peak,
        case_models.PeakApprovalView,
        Scope.STAFF,
        200,
        _APPROVE,
    ),
)
