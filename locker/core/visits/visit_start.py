"""How a pickup begins: one visit for all that lies behind a door, because one hand opens it and it is shut once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.doors.unlock import order
from locker.core.events.visit_events import PickupStarted
from locker.core.model import Seen

if TYPE_CHECKING:
    from locker.core.credential import Credential
    from locker.core.messages.commands import Collect
    from locker.core.model import Parcel
    from locker.core.outcome import Draft

VISITS = 3
VISITS_WITHIN = timedelta(minutes=10)


def begin_pickup(
    draft: Draft, parcel: Parcel, pickup: str, source: str, *, credential: str, token: bool = False
) -> None:
    """Begin the visit at this parcel's door and order it; an open door needs no pulse."""
    compartment = draft.site.compartments[parcel.compartment]
    for one in (parcel.id, *(other for other in compartment.parcels if other != parcel.id)):
        draft.add(
            PickupStarted(
                pickup=pickup,
                parcel=one,
                compartment=compartment.id,
                source=source,
                token=token,
                credential=credential,
                door_open_seconds=draft.site.policy.door_open_seconds,
                reopen_seconds=draft.site.policy.reopen_seconds,
            )
        )
    if compartment.seen is Seen.SHUT:
        order(draft, compartment.id)


def credential_shown(draft: Draft, parcel: Parcel, command: Collect) -> Credential | None:
    """What was shown, if it opens this parcel now: a token that is typed is no code, what is over opens nothing."""
    for credential in parcel.credentials:
        if command.hash == (credential.token_hash if command.token else credential.code_hash):
            return credential if credential.until is None or draft.now < credential.until else None
    return None


def failed_too_often(draft: Draft, parcel: Parcel) -> bool:
    """True after three visits within ten minutes at which this parcel's door did not open."""
    return len([moment for moment in parcel.failed if draft.now < moment + VISITS_WITHIN]) >= VISITS
