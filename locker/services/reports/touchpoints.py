"""Where people and the service touch: each event by stage, channel, pair of actors, element and mode of service. Pure.

Tables, so that whoever doubts a figure reads here what was counted as what.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Stage(StrEnum):
    """Whether a customer sees it."""

    FRONT = "front"
    BACK = "back"


class Pair(StrEnum):
    """Who meets whom."""

    PEOPLE = "human-human"
    MIXED = "human-device"
    DEVICES = "device-device"


class Element(StrEnum):
    """Which element of the service it is."""

    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"
    TANGIBLE = "tangible"


class Mode(StrEnum):
    """Who does the work."""

    SELF = "self"
    ASSISTED = "assisted"
    STAFFED = "staffed"
    REMOTE = "remote"


class Party(StrEnum):
    """Whose word decided: the rules of the house, the discretion of staff, or the customer."""

    RULES = "rules"
    STAFF = "staff"
    CUSTOMER = "customer"


class Touch(NamedTuple):
    """One touchpoint."""

    stage: Stage
    pair: Pair
    element: Element
    mode: Mode

    @property
    def part(self) -> str:
        """How facts spell it."""
        return ".".join(each.value for each in self)


_FRONT = {
    "DepositStarted": Element.SYSTEM,
    "PickupStarted": Element.SYSTEM,
    "ParcelStored": Element.TANGIBLE,
    "ParcelCollected": Element.CUSTOMER,
    "DoorOpened": Element.TANGIBLE,
    "DoorLeftOpen": Element.TANGIBLE,
    "CodeRejected": Element.SYSTEM,
    "HelpAsked": Element.STAFF,
    "VisitRated": Element.CUSTOMER,
    "ResidentReported": Element.CUSTOMER,
    "CaseOpened": Element.CUSTOMER,
    "CaseSaid": Element.STAFF,
    "ParcelReleased": Element.STAFF,
    "ParcelPlaced": Element.STAFF,
    "OutboundBooked": Element.CUSTOMER,
    "DeadlineShifted": Element.CUSTOMER,
    "RedeliveryAsked": Element.CUSTOMER,
    "CredentialAdded": Element.CUSTOMER,
    "BroadcastSent": Element.STAFF,
    "ReminderDue": Element.SYSTEM,
    "ContactTried": Element.STAFF,
    "ParcelNotAccepted": Element.STAFF,
}
_BACK = {
    "ParcelExpected": Element.SYSTEM,
    "CourierRoundEnded": Element.STAFF,
    "HandOverChecked": Element.STAFF,
    "CompartmentCleared": Element.STAFF,
    "CompartmentRetired": Element.TANGIBLE,
    "CompartmentRestored": Element.TANGIBLE,
    "LockFault": Element.TANGIBLE,
    "SwitchFault": Element.TANGIBLE,
    "BankFault": Element.TANGIBLE,
    "HealthWarned": Element.SYSTEM,
    "TemperatureOut": Element.TANGIBLE,
    "CaseForwarded": Element.STAFF,
    "CaseClosed": Element.STAFF,
    "BackupMade": Element.SYSTEM,
    "SnapshotTaken": Element.TANGIBLE,
    "NoticeFailed": Element.SYSTEM,
}
_FACE_TO_FACE = frozenset({"ParcelReleased", "ParcelPlaced", "CaseSaid", "HelpAsked", "ContactTried", "BroadcastSent"})
_DEVICES = frozenset({"cabinet", "camera", ""})
_AT_THE_DESK = frozenset({"ParcelReleased", "ParcelPlaced"})
_HELPED = frozenset({"HelpAsked", "CompartmentCleared", "ResidentReported"})
_BY_RULE = frozenset({"ReminderDue", "ParcelOverdue", "BookingLapsed", "CaseWarned", "CodeRejected"})
_BY_STAFF = frozenset(
    {"ParcelReleased", "FeeWaived", "CompartmentCleared", "ParcelHeld", "HoldEnded", "RuleAdded", "CompartmentRetired"}
)
_BY_CUSTOMER = frozenset(
    {"CredentialAdded", "RedeliveryAsked", "OutboundBooked", "PutBackSaid", "PickupRejected", "PickupAccepted"}
)


def channel_of(by: str) -> str:
    """By which way somebody came, from how the journal names them."""
    if by == "kiosk" or by.startswith("courier:"):
        return "kiosk"
    if by.startswith("staff:"):
        return "panel"
    if by.startswith("resident:"):
        return "page"
    return "api" if by.startswith("token:") else "cabinet"


def touch_of(kind: str, by: str) -> Touch | None:
    """The touchpoint that an event is; None for one that touches nobody."""
    stage = Stage.FRONT if kind in _FRONT else Stage.BACK
    element = _FRONT.get(kind) or _BACK.get(kind)
    return None if element is None else Touch(stage, _pair(kind, by), element, _mode(kind, by))


def party_of(kind: str, by: str, cause: str = "") -> Party | None:
    """Whose word decided here; None where nobody had a choice. `cause`: why a deadline moved."""
    if kind == "DeadlineShifted":
        return Party.STAFF if by.startswith("staff:") else Party.RULES if cause == "downtime" else Party.CUSTOMER
    if kind in _BY_STAFF:
        return Party.STAFF
    if kind in _BY_CUSTOMER:
        return Party.STAFF if by.startswith("staff:") else Party.CUSTOMER
    return Party.RULES if kind in _BY_RULE else None


def _pair(kind: str, by: str) -> Pair:
    if kind in _FACE_TO_FACE:
        return Pair.PEOPLE
    return Pair.DEVICES if by in _DEVICES or by.startswith("token:") else Pair.MIXED


def _mode(kind: str, by: str) -> Mode:
    if kind in _AT_THE_DESK:
        return Mode.STAFFED
    if kind in _HELPED:
        return Mode.ASSISTED
    return Mode.REMOTE if by.startswith(("staff:", "token:")) else Mode.SELF
