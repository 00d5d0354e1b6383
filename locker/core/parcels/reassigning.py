"""A parcel that was put in for the wrong resident: staff say whose it is, and nothing that was told before opens it.

Laws:

1. From this moment nothing opens it that was told to whoever had it: not their code, not that of somebody they sent.
2. Whose it is now has it as if it had come now: another code, and the whole of the free time.
3. It lies alone behind its door: a code that opened the door of others too would only move the mistake.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.credential import CredentialEnd, CredentialKind
from locker.core.events.custody_events import DeadlineShifted, MoreTime, ParcelReassigned
from locker.core.events.parcel_events import CredentialEnded
from locker.core.model import Direction, ParcelState
from locker.core.parcels.credentials import must_be_new, renewed
from locker.core.parcels.custody import known, nobody_at_its_door
from locker.core.reasons import RefusalReason, Refused
from locker.core.site_questions import behind

if TYPE_CHECKING:
    from locker.core.messages.custody_commands import Reassign
    from locker.core.model import Parcel, Site
    from locker.core.outcome import Draft

_HERE = frozenset({ParcelState.STORED, ParcelState.CHECK})
_TOLD = frozenset({CredentialKind.CODE, CredentialKind.TOKEN, CredentialKind.DELEGATE})


def may_be_reassigned(site: Site, parcel: Parcel) -> bool:
    """True for what came for a resident and lies still, alone behind its door, at a place, or is only announced."""
    compartment = behind(site, parcel)
    alone = compartment is None or compartment.parcels == (parcel.id,)
    still = parcel.state in {ParcelState.EXPECTED, *_HERE} and parcel.compartment not in site.visits
    return parcel.direction is Direction.IN and still and alone and not parcel.held


def reassign(draft: Draft, command: Reassign) -> None:
    """Let it be for these residents. Raises Refused.

    held: what is held is so for a reason, which is settled first. consent-needed: one of them does not want parcels
    in the locker; staff who know of no answer have asked.
    """
    parcel = known(draft, command.parcel)
    nobody_at_its_door(draft.site, parcel)
    if parcel.held:
        raise Refused(RefusalReason.HELD)
    if not may_be_reassigned(draft.site, parcel) or set(command.recipients) == set(parcel.recipients):
        raise Refused(RefusalReason.NOT_NOW)
    if not command.recipients:
        raise Refused(RefusalReason.UNKNOWN_RECIPIENT)
    if any(draft.site.residents[one].consent is False for one in command.recipients):
        raise Refused(RefusalReason.CONSENT_NEEDED)
    must_be_new(draft, command.new_code)
    draft.add(
        ParcelReassigned(
            parcel=parcel.id,
            compartment=parcel.compartment,
            recipients=command.recipients,
            before=parcel.recipients,
            reason=command.reason,
            unit=command.unit,
        )
    )
    _what_was_told_ends(draft, parcel)
    if parcel.compartment:
        draft.add(renewed(parcel, command.new_code))
    _whole_time(draft, parcel)


def _what_was_told_ends(draft: Draft, parcel: Parcel) -> None:
    """Behind a door its own code gives way to the new one; at a place there is none until it goes behind a door."""
    for credential in parcel.credentials:
        if credential.kind in _TOLD and not (credential.own and parcel.compartment):
            draft.add(CredentialEnded(parcel=parcel.id, credential=credential.id, end=CredentialEnd.REVOKED))


def _whole_time(draft: Draft, parcel: Parcel) -> None:
    hours = draft.site.policy.free_hours if parcel.free_hours is None else parcel.free_hours
    deadline = draft.now + timedelta(hours=hours)
    if parcel.deadline is not None and parcel.deadline < deadline:
        draft.add(
            DeadlineShifted(
                parcel=parcel.id, compartment=parcel.compartment, deadline=deadline, cause=MoreTime.REASSIGNED
            )
        )
