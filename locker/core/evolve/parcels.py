"""What the events of a parcel do that are not the door's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from locker.core.credential import Credential, CredentialKind
from locker.core.events.parcel_events import (
    BookingLapsed,
    CredentialAdded,
    CredentialEnded,
    HandOverStarted,
    OutboundBooked,
    ParcelEvent,
    PickupAccepted,
    PickupRejected,
    PutBackSaid,
)
from locker.core.evolve.site_updates import with_parcel, with_visit, without
from locker.core.model import Direction, Parcel, ParcelState, Site
from locker.core.parcel_words import ParcelType

if TYPE_CHECKING:
    from datetime import datetime


def evolve_parcel(site: Site, event: ParcelEvent, at: datetime) -> Site:
    """The site after such an event."""
    match event:
        case CredentialAdded():
            return _added(site, event)
        case CredentialEnded(parcel=parcel, credential=name):
            return _without_credentials(site, parcel, {name})
        case PutBackSaid(parcel=parcel, compartment=name):
            return with_visit(site, name, put_back=(*site.visits[name].put_back, parcel))
        case PickupAccepted(parcel=parcel, compartment=name):
            if name not in site.visits:
                return site
            return with_visit(site, name, accepted=(*site.visits[name].accepted, parcel))
        case PickupRejected(parcel=parcel, why=why):
            return with_parcel(site, parcel, held=f"rejected as {why.value}")
        case OutboundBooked():
            return _booked(site, event, at)
        case BookingLapsed(parcel=parcel):
            return with_parcel(site, parcel, state=ParcelState.CANCELLED, since=at, reserved_until=None)
        case HandOverStarted():
            return site
        case _:
            assert_never(event)


def _added(site: Site, event: CredentialAdded) -> Site:
    credential = Credential(
        id=event.credential,
        kind=event.kind,
        code_hash=event.code_hash,
        token_hash=event.token_hash,
        until=event.until,
    )
    known = replace(site, codes={**site.codes, **dict.fromkeys(credential.hashes, event.parcel)})
    return with_parcel(known, event.parcel, credentials=(*site.parcels[event.parcel].credentials, credential))


def _without_credentials(site: Site, parcel: str, names: set[str]) -> Site:
    before = site.parcels[parcel].credentials
    hashes = {h for c in before if c.id in names for h in c.hashes}
    left = tuple(c for c in before if c.id not in names)
    return with_parcel(replace(site, codes=without(site.codes, hashes)), parcel, credentials=left)


def _booked(site: Site, event: OutboundBooked, at: datetime) -> Site:
    letters = event.parcel[1:]
    taker = CredentialKind.STAFF if event.direction is Direction.DESK else CredentialKind.CARRIER
    parcel = Parcel(
        id=event.parcel,
        state=ParcelState.EXPECTED,
        compartment="",
        size=event.size,
        recipients=event.recipients,
        label_hash=event.label_hash,
        since=at,
        flags=frozenset(event.flags),
        direction=event.direction,
        type=ParcelType(event.type.value),
        to_staff=event.direction is Direction.DESK,
        company=event.company,
        credentials=(
            Credential(id="c" + letters, kind=CredentialKind.CODE, code_hash=event.code_hash),
            Credential(id="r" + letters, kind=taker),
        ),
        reserved_until=event.reserved_until,
    )
    parcels = {**site.parcels, parcel.id: parcel}
    return replace(site, parcels=parcels, codes={**site.codes, event.code_hash: parcel.id})
