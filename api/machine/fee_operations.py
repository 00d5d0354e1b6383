"""The calls about fees, for the table of all operations."""

from __future__ import annotations

from api.machine import fee_models, fees
from api.machine.operation import Operation
from locker.core.reasons import RefusalReason
from locker.services.people import Scope

_FEE = "/parcels/{parcel}/fee"

FEE_OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", _FEE, fees.show, fee_models.FeeView, Scope.READ, 200, (RefusalReason.UNKNOWN,)),
    Operation(
        "PUT",
        f"{_FEE}/waiver",
        fees.waive,
        fee_models.FeeView,
        Scope.STAFF,
        200,
        (RefusalReason.UNKNOWN, RefusalReason.SEALED),
    ),
)
