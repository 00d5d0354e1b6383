"""The calls about what goes out beside its door, for the table of all operations."""

from __future__ import annotations

from api.machine import dispatch, dispatch_models
from api.machine.operation import Operation
from locker.core.reasons import RefusalReason
from locker.services.people import Scope

_ONE = "/outbound/{parcel}"
_STANDS = dispatch_models.OutboundView
_SAID = (RefusalReason.UNKNOWN, RefusalReason.NOT_NOW, RefusalReason.SEALED)

DISPATCH_OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/outbound", dispatch.board, list[dispatch_models.OutboundView], Scope.READ),
    Operation("GET", "/delivery-price", dispatch.price, dispatch_models.PriceView, Scope.READ),
    Operation(
        "POST",
        "/dispatch",
        dispatch.dispatch,
        list[dispatch_models.OfferView],
        Scope.STAFF,
        200,
        (RefusalReason.NOT_NOW, RefusalReason.SEALED),
    ),
    Operation("GET", _ONE, dispatch.show, _STANDS, Scope.READ, 200, (RefusalReason.UNKNOWN,)),
    Operation("POST", f"{_ONE}/offer", dispatch.offer, _STANDS, Scope.STAFF, 200, _SAID),
    Operation("POST", f"{_ONE}/answer", dispatch.answer, _STANDS, Scope.DEPOSIT, 200, _SAID),
    Operation("POST", f"{_ONE}/eta", dispatch.eta, _STANDS, Scope.DEPOSIT, 200, _SAID),
    Operation("POST", f"{_ONE}/news", dispatch.news, _STANDS, Scope.DEPOSIT, 200, _SAID),
)
