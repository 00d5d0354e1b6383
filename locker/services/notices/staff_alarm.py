"""Which events call staff, away from the panel, and how the outbox names whom they call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CASE_KINDS = ("CaseWarned", "EmergencyDeclared", "WorkingDaysMissing")
CERTIFICATE_KINDS = ("CertificateRenewed", "CertificateEnding", "CertificateFault")
ALARM_KINDS = (
    "DoorForced",
    "DoorLeftOpen",
    "SwitchFault",
    "LockFault",
    "BankFault",
    "PickupRejected",
    "HelpAsked",
    "HealthWarned",
    "UpdateEnded",
    "TaskUnseen",
    "EntryReported",
    "AutomationFired",
    *CERTIFICATE_KINDS,
    *CASE_KINDS,
)
STAFF_GROUP = "group"
"""Stands among the addresses of staff for the chat group that all of them read."""
_STAFF_PREFIX = "staff:"
_PICKUP_VISIT = "k"


def calls_staff(kind: str, body: Mapping[str, object]) -> bool:
    """True when this event is one for which somebody must come.

    Of lock faults those that keep a parcel in; of rules of automation those that call; of a bank that is not believed
    the first, not each new reading; of certificates each but the cabinet's first, which whoever installs it sees.
    """
    if kind == "LockFault":
        return str(body.get("visit", "")).startswith(_PICKUP_VISIT)
    if kind == "CertificateRenewed":
        return not body.get("first", False)
    if kind == "UpdateEnded":
        return not body.get("kept", False)
    if kind == "EntryReported":
        return bool(body.get("calls", False))
    if kind == "AutomationFired":
        return body.get("then") == "call"
    if kind == "BankFault":
        return not body.get("again", False)
    return kind in ALARM_KINDS


def staff_recipients(count: int) -> list[str]:
    """How the outbox names the staff of the site file: by place, so that no number stands in the database."""
    return [f"{_STAFF_PREFIX}{number}" for number in range(1, count + 1)]


def staff_address(recipient: str, staff: Sequence[str]) -> str | None:
    """The phone or mailbox of a staff name; None when it is no staff name. Empty: nobody stands there any more."""
    if not recipient.startswith(_STAFF_PREFIX):
        return None
    number = int(recipient.removeprefix(_STAFF_PREFIX))
    return staff[number - 1] if number <= len(staff) else ""
