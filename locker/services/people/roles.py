"""What a role may do on the panel: the one table of roles and rights."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody is at this site."""

    OPERATOR = "operator"
    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


class Right(StrEnum):
    """What a role may do beyond looking at the cabinet and its parcels."""

    OPEN = "open"
    CLEAR = "clear"
    RETIRE = "retire"
    RESTORE = "restore"
    SHOW = "show"
    ALONE = "alone"
    JOURNAL = "journal"
    ACCESS = "access"
    RULES = "rules"
    WAIVE = "waive"
    CASES = "cases"
    HANDLE = "handle"
    APPROVE = "approve"
    PEOPLE = "people"
    TASKS = "tasks"
    DUTY = "duty"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OPERATOR: frozenset(
        {
            *(Right.OPEN, Right.CLEAR, Right.SHOW, Right.WAIVE, Right.CASES, Right.HANDLE, Right.PEOPLE),
            Right.TASKS,
        }
    ),
    Role.TECHNICIAN: frozenset({Right.OPEN, Right.RETIRE, Right.RESTORE, Right.TASKS}),
    Role.SUPERVISOR: frozenset(Right),
    Role.AUDITOR: frozenset({Right.JOURNAL}),
}
"""The one table of rights. SHOW is seeing a name or a phone unmasked, which is recorded. ALONE is saying by word what
is behind a door, where no switch can tell, without a second person. JOURNAL is reading who did what, of everybody.
ACCESS is seeing whom the cabinet lets in (tokens of machines, couriers, sessions of others), and shutting one out.
RULES is writing versions of rules; to read them is everybody's. WAIVE is letting go of a fee. CASES is working on what
people complain of, with what they wrote; APPROVE is agreeing to what somebody else has decided to pay. HANDLE is
holding, moving and handing out parcels, and all else that the page of a parcel offers. PEOPLE is keeping the list of
who lives here and who delivers, masked; who of them is let in with a PIN is ACCESS. TASKS is seeing to what needs
somebody and leaving notes for the next person; DUTY is saying who works when."""
