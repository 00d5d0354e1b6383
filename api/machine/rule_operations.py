"""The calls about rules, for the table of all operations."""

from __future__ import annotations

from api.machine import rule_models, rules
from api.machine.operation import Operation
from api.machine.problems import VERSION_TAKEN
from locker.core.reasons import RefusalReason
from locker.services.people import Scope

RULE_OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/rules", rules.listing, list[rule_models.RuleView], Scope.READ),
    Operation("GET", "/rules/{kind}", rules.show, rule_models.RuleDetail, Scope.READ, 200, (RefusalReason.UNKNOWN,)),
    Operation(
        "PUT",
        "/rules/{kind}/{version}",
        rules.add,
        rule_models.RuleVersionView,
        Scope.STAFF,
        200,
        (RefusalReason.UNKNOWN, RefusalReason.SEALED, VERSION_TAKEN),
    ),
)
