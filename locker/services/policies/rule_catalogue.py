"""Every kind of rule with the class of its body."""

from __future__ import annotations

from locker.services.policies.opening_rules import OpeningWeek
from locker.services.policies.operation_rules import Automation, CrmFields, EmergencyContacts, Pilot, SalesEvents
from locker.services.policies.outbound_rules import Carriage, DeliveryTimes, DispatchRules
from locker.services.policies.procedures import PROCEDURES
from locker.services.policies.rule_bodies import (
    Allocation,
    CourierBoard,
    NoticeTexts,
    PeakProfile,
    PromiseTable,
    Retention,
    RoundSchedule,
    RuleBody,
    RuleKind,
    Tariff,
    Terms,
    WeatherMode,
)
from locker.services.policies.team_rules import Teams

_CLASSES: tuple[type[RuleBody], ...] = (
    Tariff,
    WeatherMode,
    OpeningWeek,
    Retention,
    NoticeTexts,
    PromiseTable,
    PeakProfile,
    Terms,
    CourierBoard,
    Allocation,
    RoundSchedule,
    Teams,
    EmergencyContacts,
    SalesEvents,
    Automation,
    Pilot,
    CrmFields,
    DeliveryTimes,
    Carriage,
    DispatchRules,
    *PROCEDURES,
)
BODIES: dict[RuleKind, type[RuleBody]] = {cls.kind: cls for cls in _CLASSES}
