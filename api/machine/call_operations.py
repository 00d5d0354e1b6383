"""The calls about telephone calls, for the table of all operations."""

from __future__ import annotations

from api.machine import call_models, calls
from api.machine.operation import Operation
from locker.core.reasons import RefusalReason
from locker.services.people import Scope

_UNDO = (RefusalReason.UNKNOWN, RefusalReason.NOT_NOW, RefusalReason.SEALED)

CALL_OPERATIONS: tuple[Operation, ...] = (
    Operation("POST", "/call-records", calls.take, call_models.CallsView, Scope.STAFF, 200, (RefusalReason.SEALED,)),
    Operation("DELETE", "/call-records/{name}", calls.undo, call_models.CallListView, Scope.STAFF, 200, _UNDO),
    Operation("GET", "/answer-waits", calls.waits, call_models.AnswerWaitsView, Scope.READ),
)
