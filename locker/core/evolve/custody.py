"""What the events of a parcel in custody do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from locker.core.events.custody_events import (
    CustodyEvent,
    DeadlineShifted,
    ExpectationEnded,
    HoldEnded,
    MoreTime,
    ParcelExpected,
    ParcelHeld,
    ParcelMoved,
    ParcelPlaced,
    ParcelReassigned,
    ParcelReleased,
    SenderChecked,
)
from locker.core.evolve.site_updates import with_compartment, with_parcel
from locker.core.model import Parcel, ParcelState

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.model import Site


def evolve_custody(site: Site, event: CustodyEvent, at: datetime) -> Site:  # noqa: C901  one arm an event
    """The site after an event of a parcel that stays."""
    match event:
        case ParcelHeld(parcel=parcel, reason=reason):
            return with_parcel(site, parcel, held=reason, held_at=at)
        case HoldEnded(parcel=parcel, deadline=deadline):
            return with_parcel(site, parcel, held="", held_at=None, deadline=deadline)
        case DeadlineShifted():
            return _shifted(site, event, at)
        case ParcelExpected():
            return _expected(site, event, at)
        case ExpectationEnded(parcel=parcel):
            return with_parcel(site, parcel, state=ParcelState.CANCELLED, since=at)
        case ParcelPlaced():
            return _placed(site, event, at)
        case ParcelMoved():
            return _moved(site, event, at)
        case ParcelReassigned(parcel=parcel, recipients=recipients):
            return with_parcel(site, parcel, recipients=recipients)
        case ParcelReleased():
            return site
        case SenderChecked(parcel=parcel, checked_by=checked_by):
            return with_parcel(site, parcel, identity=checked_by)
        case _:
            assert_never(event)


def _expected(site: Site, event: ParcelExpected, at: datetime) -> Site:
    parcel = Parcel(
        id=event.parcel,
        state=ParcelState.EXPECTED,
        compartment="",
        size=event.size,
        recipients=event.recipients,
        label_hash=event.label_hash,
        since=at,
        flags=frozenset(event.flags),
        needs=frozenset(event.needs),
        company=event.company,
        type=event.type,
        reserved_until=event.until,
    )
    return replace(site, parcels={**site.parcels, parcel.id: parcel})


def _shifted(site: Site, event: DeadlineShifted, at: datetime) -> Site:
    parcel = site.parcels[event.parcel]
    return with_parcel(
        site,
        parcel.id,
        deadline=event.deadline,
        overdue=parcel.overdue and event.deadline <= at,
        extended=parcel.extended or event.cause is MoreTime.EXTENDED,
    )


def _placed(site: Site, event: ParcelPlaced, at: datetime) -> Site:
    parcel = Parcel(
        id=event.parcel,
        state=ParcelState.STORED,
        compartment="",
        place=event.place,
        size=event.size,
        recipients=event.recipients,
        label_hash=event.label_hash,
        since=at,
        stored_at=at,
        deadline=event.deadline,
        flags=frozenset(event.flags),
        direction=event.direction,
        type=event.type,
        company=event.company,
    )
    return replace(site, parcels={**site.parcels, parcel.id: parcel})


def _moved(site: Site, event: ParcelMoved, at: datetime) -> Site:
    moved = with_parcel(
        site,
        event.parcel,
        state=ParcelState.STORED,
        compartment="",
        place=event.place,
        since=at,
        check_from=None,
    )
    if not event.compartment:
        return moved
    left = tuple(one for one in site.compartments[event.compartment].parcels if one != event.parcel)
    return with_compartment(moved, event.compartment, parcels=left)
