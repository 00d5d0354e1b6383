"""What the events of carriers' rights do: count, give back, revoke, forget."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from locker.core.deposit_right import EVERY_RIGHT, LONGEST_LIFE, KnownRight
from locker.core.events.right_events import (
    DepositRightRefused,
    DepositRightReturned,
    DepositRightRevoked,
    DepositRightsForgotten,
    DepositRightUsed,
    RightEvent,
)
from locker.core.evolve.site_updates import with_parcel
from locker.core.visits.code_throttle import after_wrong

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.model import Site


def evolve_right(site: Site, event: RightEvent, at: datetime) -> Site:
    """The site after such an event."""
    match event:
        case DepositRightUsed():
            return _used(site, event, at)
        case DepositRightReturned(right=name, parcel=parcel):
            known = site.rights[name]
            back = replace(known, used=known.used - 1, given_back=known.given_back + 1)
            site = with_parcel(site, parcel, deposit_right="") if parcel in site.parcels else site
            return _with(site, back)
        case DepositRightRevoked():
            ended = site.rights.get(event.right) or KnownRight(event.right, event.company, event.name, 0, event.until)
            return _with(site, replace(ended, revoked_at=at, until=max(ended.until, event.until)))
        case DepositRightRefused(source=source) if source:
            return replace(site, buckets={**site.buckets, source: after_wrong(site.buckets.get(source), at)})
        case DepositRightRefused():
            return site
        case DepositRightsForgotten(before=before):
            return replace(site, rights={name: one for name, one in site.rights.items() if one.until >= before})
        case _:
            assert_never(event)


def without_old_rights(site: Site, at: datetime) -> Site:
    """The site in which no right of before puts anything in: which were used since, a backup does not say."""
    return _with(site, KnownRight(EVERY_RIGHT, "", "", 0, at + LONGEST_LIFE, revoked_at=at))


def _used(site: Site, event: DepositRightUsed, at: datetime) -> Site:
    """What was first shown under a number counts; a later one that says more does not buy more."""
    known = site.rights.get(event.right)
    if known is None:
        known = KnownRight(event.right, event.company, event.name, event.uses, event.until)
    until = max(known.until, event.until)
    counted = replace(known, used=known.used + 1, used_at=at, until=until, size=event.size, door=event.door)
    return _with(with_parcel(site, event.parcel, deposit_right=event.right), counted)


def _with(site: Site, right: KnownRight) -> Site:
    return replace(site, rights={**site.rights, right.id: right})
