"""What the events of a parcel in custody do."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from locker.core.custody_events import CustodyEvent, DeadlineShifted, HoldEnded, MoreTime, ParcelHeld
from locker.core.site_updates import with_parcel

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.model import Site


def evolve_custody(site: Site, event: CustodyEvent, at: datetime) -> Site:
    """The site after an event of a parcel that stays."""
    match event:
        case ParcelHeld(parcel=parcel, reason=reason):
            return with_parcel(site, parcel, held=reason, held_at=at)
        case HoldEnded(parcel=parcel, deadline=deadline):
            return with_parcel(site, parcel, held="", held_at=None, deadline=deadline)
        case DeadlineShifted():
            return _shifted(site, event, at)
        case _:
            assert_never(event)


def _shifted(site: Site, event: DeadlineShifted, at: datetime) -> Site:
    parcel = site.parcels[event.parcel]
    return with_parcel(
        site,
        parcel.id,
        deadline=event.deadline,
        overdue=parcel.overdue and event.deadline <= at,
        extended=parcel.extended or event.cause is MoreTime.EXTENDED,
    )
