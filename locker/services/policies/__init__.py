"""Rules as data: what a person may change without a new site file, in versions that are added and never changed.

`RuleBook` keeps them; `rule_bodies` says what each kind of rule may say, `rule_versions` which version holds when.
"""

from __future__ import annotations

from locker.services.policies.acceptance import accept, to_accept
from locker.services.policies.operation_rules import (
    AreaContact,
    Automation,
    AutomationRule,
    Effect,
    EmergencyContacts,
    Pilot,
    PilotFunction,
    SalesEvent,
    SalesEvents,
    Trigger,
)
from locker.services.policies.procedures import PROCEDURES, Procedure
from locker.services.policies.rule_bodies import (
    Allocation,
    CourierBoard,
    Grouping,
    NoticeTexts,
    PeakProfile,
    Promise,
    PromiseTable,
    PromiseUnit,
    Retention,
    RoundSchedule,
    RuleBody,
    RuleKind,
    Tariff,
    Terms,
    WeatherCause,
    WeatherMode,
)
from locker.services.policies.rule_book import BodyCheck, NewVersion, RuleBook, VersionTaken
from locker.services.policies.rule_catalogue import BODIES
from locker.services.policies.rule_versions import Difference, RuleVersion, differences, holding, to_come
from locker.services.policies.team_rules import Queue, Team, Teams

__all__ = [
    "BODIES",
    "PROCEDURES",
    "Allocation",
    "AreaContact",
    "Automation",
    "AutomationRule",
    "BodyCheck",
    "CourierBoard",
    "Difference",
    "Effect",
    "EmergencyContacts",
    "Grouping",
    "NewVersion",
    "NoticeTexts",
    "PeakProfile",
    "Pilot",
    "PilotFunction",
    "Procedure",
    "Promise",
    "PromiseTable",
    "PromiseUnit",
    "Queue",
    "Retention",
    "RoundSchedule",
    "RuleBody",
    "RuleBook",
    "RuleKind",
    "RuleVersion",
    "SalesEvent",
    "SalesEvents",
    "Tariff",
    "Team",
    "Teams",
    "Terms",
    "Trigger",
    "VersionTaken",
    "WeatherCause",
    "WeatherMode",
    "accept",
    "differences",
    "holding",
    "to_accept",
    "to_come",
]
