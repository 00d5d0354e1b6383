"""What opens a parcel besides its own code: delegates, and another code when the first was lost.

Used, expired and revoked are three ends here; whoever shows such a code is told of none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.credential import CredentialEnd, CredentialKind
from locker.core.events.parcel_events import CredentialAdded, CredentialEnded
from locker.core.events.visit_events import CodeRenewed
from locker.core.model import Flag, ParcelState
from locker.core.reasons import RefusalReason, Refused
from locker.core.site_questions import behind

if TYPE_CHECKING:
    from locker.core.messages.command import NewCode
    from locker.core.messages.parcel_commands import AddDelegate, EndCredential, ReplaceCode
    from locker.core.model import Parcel
    from locker.core.outcome import Draft

DELEGATES = 5
"""How many people one parcel may be entrusted to at once."""
_FETCHED = frozenset({ParcelState.STORED, ParcelState.COLLECTING})
_REVOCABLE = frozenset({CredentialKind.CODE, CredentialKind.TOKEN, CredentialKind.DELEGATE})


def add_delegate(draft: Draft, command: AddDelegate) -> None:
    """Let somebody fetch this one parcel, until then. Raises Refused.

    Never one that asks for its recipient in person, and never where others lie behind the same door.
    """
    parcel = _inbound(draft, command.parcel)
    if Flag.IN_PERSON in parcel.flags:
        raise Refused(RefusalReason.IN_PERSON_ONLY)
    if parcel.held:
        raise Refused(RefusalReason.HELD)
    compartment = behind(draft.site, parcel)
    alone = compartment is not None and compartment.parcels == (parcel.id,)
    delegates = sum(c.kind is CredentialKind.DELEGATE for c in parcel.credentials)
    if parcel.state not in _FETCHED or not alone or delegates >= DELEGATES or command.until <= draft.now:
        raise Refused(RefusalReason.NOT_NOW)
    must_be_new(draft, command.new_code)
    draft.add(
        CredentialAdded(
            parcel=parcel.id,
            credential=command.credential,
            kind=CredentialKind.DELEGATE,
            until=command.until,
            code_hash=command.new_code.code_hash,
            token_hash=command.new_code.token_hash,
            name=command.name,
        )
    )


def replace_code(draft: Draft, command: ReplaceCode) -> None:
    """Give the parcel another code and token; those before open nothing any more. Failed visits stay counted.

    Raises Refused, also for what lies at a place: no code opens anything there.
    """
    parcel = _inbound(draft, command.parcel)
    if parcel.state not in {*_FETCHED, ParcelState.CHECK} or behind(draft.site, parcel) is None:
        raise Refused(RefusalReason.NOT_NOW)
    must_be_new(draft, command.new_code)
    draft.add(renewed(parcel, command.new_code))


def end_credential(draft: Draft, command: EndCredential) -> None:
    """Revoke a credential. Raises Refused: unknown for one that is none, or ended already."""
    parcel = draft.site.parcels.get(command.parcel)
    known = next((c for c in parcel.credentials if c.id == command.credential), None) if parcel is not None else None
    if parcel is None or known is None or parcel.state.ended:
        raise Refused(RefusalReason.UNKNOWN)
    if known.kind not in _REVOCABLE:
        raise Refused(RefusalReason.NOT_NOW)
    draft.add(CredentialEnded(parcel=parcel.id, credential=known.id, end=CredentialEnd.REVOKED))


def expire(draft: Draft) -> None:
    """Let go of what is over. It has opened nothing since its end; this is when it is noticed.

    What opened a parcel that has left goes with it: its grace may have ended in this very tick.
    """
    here = (parcel for parcel in draft.site.parcels.values() if not parcel.state.ended)
    for parcel in sorted(here, key=lambda p: p.id):
        for credential in parcel.credentials:
            if credential.until is not None and credential.until <= draft.now:
                draft.add(CredentialEnded(parcel=parcel.id, credential=credential.id, end=CredentialEnd.EXPIRED))


def renewed(parcel: Parcel, new_code: NewCode) -> CodeRenewed:
    """The event by which this parcel has another code and token."""
    return CodeRenewed(
        parcel=parcel.id,
        compartment=parcel.compartment,
        code_hash=new_code.code_hash,
        token_hash=new_code.token_hash,
        sealed=new_code.sealed,
    )


def _inbound(draft: Draft, name: str) -> Parcel:
    """A parcel that a resident fetches. Raises Refused."""
    parcel = draft.site.parcels.get(name)
    if parcel is None or parcel.state.ended:
        raise Refused(RefusalReason.UNKNOWN)
    if parcel.from_resident:
        raise Refused(RefusalReason.NOT_NOW)
    return parcel


def must_be_new(draft: Draft, new_code: NewCode) -> None:
    """Raises Refused: busy when this code or token opens something already, so that another one is drawn."""
    if new_code.code_hash in draft.site.codes or new_code.token_hash in draft.site.codes:
        raise Refused(RefusalReason.BUSY)
