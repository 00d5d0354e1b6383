"""What the events of doors, switches and time do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from locker.core.doors.mass_opening import with_order
from locker.core.events.door_events import (
    BankFault,
    ClockJumped,
    DoorEvent,
    DoorForced,
    DoorLeftOpen,
    DoorOpened,
    DoorShut,
    DoorsSeen,
    DoorsUnseen,
    LockFault,
    PulseLost,
    Started,
    SwitchFault,
    UnlockOrdered,
)
from locker.core.evolve.site_updates import with_compartment, with_visit, without, without_visit
from locker.core.model import COIL_REST, BankDoubt, Seen, Site, VisitKind
from locker.core.visit import Visit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from locker.core.model import Parcel


def evolve_door(site: Site, event: DoorEvent, at: datetime) -> Site:  # noqa: C901  one arm an event
    """The site after an event of a door."""
    match event:
        case Started(down_since=down_since):
            return _started(site, at, down_since or at)
        case ClockJumped():
            return _jumped(site, event, at)
        case DoorsSeen(shut=shut, open=opened):
            seen = dict.fromkeys(shut, Seen.SHUT) | dict.fromkeys(opened, Seen.OPEN)
            return _look(site, seen, at)
        case DoorsUnseen(compartments=names):
            return _look(site, dict.fromkeys(names, Seen.UNSEEN), at)
        case BankFault(bank=bank, open=opened, open_before=before):
            doubt = BankDoubt(frozenset(opened), frozenset(before))
            return replace(site, bank_doubts={**site.bank_doubts, bank: doubt})
        case DoorOpened(compartment=name):
            return _opened(site, name, at)
        case DoorShut(compartment=name):
            return with_compartment(site, name, seen=Seen.SHUT, faults=0)
        case DoorForced() | DoorLeftOpen() | PulseLost() | SwitchFault():
            return site
        case UnlockOrdered():
            return _ordered(site, event, at)
        case LockFault(compartment=name):
            visit = site.visits.get(name)
            rid = without_visit(site, name) if visit is not None and visit.kind is VisitKind.STAFF else site
            return with_compartment(rid, name, faults=site.compartments[name].faults + 1)
        case _:
            assert_never(event)


def _started(site: Site, at: datetime, down_since: datetime) -> Site:
    """Nothing has been seen yet; a staff order is void, other visits are in doubt."""
    unseen = {name: replace(c, seen=Seen.UNSEEN) for name, c in site.compartments.items()}
    visits = {
        name: replace(v, doubt=True, blind=True) for name, v in site.visits.items() if v.kind is not VisitKind.STAFF
    }
    return replace(
        site,
        compartments=unseen,
        visits=visits,
        started_at=at,
        bank_doubts={},
        unseen_since=dict.fromkeys(unseen, down_since),
    )


def _jumped(site: Site, event: ClockJumped, at: datetime) -> Site:
    by = timedelta(seconds=event.seconds)

    def later(moment: datetime | None) -> datetime | None:
        return None if moment is None else moment + by

    visits = {
        name: replace(v, pulsed_at=v.pulsed_at + by, opened_at=later(v.opened_at), shut_at=later(v.shut_at))
        for name, v in site.visits.items()
    }
    buckets = {name: replace(b, at=b.at + by, wrong_at=later(b.wrong_at)) for name, b in site.buckets.items()}
    parcels = {
        name: replace(p, failed=tuple(moment + by for moment in p.failed)) if p.failed else p
        for name, p in site.parcels.items()
    }
    compartments = {
        name: replace(c, staff_orders=tuple(replace(each, at=each.at + by) for each in c.staff_orders))
        if c.staff_orders
        else c
        for name, c in site.compartments.items()
    }
    warm = {name: moment + by for name, moment in site.warm_until.items()}
    jumped = replace(site, visits=visits, buckets=buckets, parcels=parcels, compartments=compartments, warm_until=warm)
    return _durations_kept(jumped, by, moves_from(site, event, at)) if event.durations else jumped


def moves_from(site: Site, event: ClockJumped, at: datetime) -> datetime:
    """Moments after this one move along with the clock: durations count what passed, not what a clock says.

    Forward: what began in this life of the daemon. What began before it keeps its times, for the jump holds the hours
    without power (downtime.py). Backward, by a person's word: what lies in the time to come, for that
    was written by the wrong clock.
    """
    if event.seconds < 0:
        return at + timedelta(seconds=event.seconds)
    return site.started_at or at


def _durations_kept(site: Site, by: timedelta, since: datetime) -> Site:
    def moved(moment: datetime | None) -> datetime | None:
        return moment + by if moment is not None and moment > since else moment

    def kept(p: Parcel) -> Parcel:
        if p.held_at is not None and p.held_at > since:
            p = replace(p, held_at=p.held_at + by)
        if p.stored_at is not None and p.deadline is not None and p.stored_at > since:
            p = replace(p, stored_at=p.stored_at + by, deadline=p.deadline + by)
        return p

    parcels = {name: kept(p) for name, p in site.parcels.items()}
    unseen_since = {name: moved(moment) or moment for name, moment in site.unseen_since.items()}
    return replace(site, parcels=parcels, started_at=moved(site.started_at), unseen_since=unseen_since)


def _look(site: Site, seen: Mapping[str, Seen], at: datetime) -> Site:
    known = {name: value for name, value in seen.items() if name in site.compartments}
    compartments = {**site.compartments}
    for name, value in known.items():
        compartments[name] = replace(compartments[name], seen=value)
    believed = {compartments[name].bank for name, value in known.items() if value is not Seen.UNSEEN}
    doubts = without(site.bank_doubts, believed)
    visits = site.visits
    blind = [name for name, value in known.items() if value is Seen.UNSEEN and name in visits]
    if blind:
        visits = {**visits, **{name: replace(visits[name], blind=True) for name in blind}}
    lost = {name: at for name, value in known.items() if value is Seen.UNSEEN is not site.compartments[name].seen}
    unseen_since = {**site.unseen_since, **lost}
    return replace(site, compartments=compartments, visits=visits, bank_doubts=doubts, unseen_since=unseen_since)


def _opened(site: Site, name: str, at: datetime) -> Site:
    compartment = site.compartments[name]
    opened = with_compartment(site, name, seen=Seen.OPEN, openings=compartment.openings + 1, faults=0)
    visit = opened.visits.get(name)
    if visit is None:
        return opened
    if visit.kind is VisitKind.STAFF:
        return without_visit(opened, name)
    return with_visit(opened, name, opened_at=at, shut_at=None, doubt=False)


def _ordered(site: Site, event: UnlockOrdered, at: datetime) -> Site:
    cool_at = max(at, site.warm_until.get(event.compartment, at)) + COIL_REST
    site = replace(site, warm_until={**site.warm_until, event.compartment: cool_at})
    if event.ordered_by:
        orders = with_order(site.compartments[event.compartment], event.ordered_by, at)
        site = with_compartment(site, event.compartment, staff_orders=orders)
    visit = site.visits.get(event.compartment)
    if visit is None or event.kind is VisitKind.STAFF:
        if visit is not None and visit.kind is not VisitKind.STAFF:
            return site
        order = Visit(
            id=event.visit,
            kind=VisitKind.STAFF,
            compartment=event.compartment,
            parcels=(),
            by="",
            began_at=at,
            pulsed_at=at,
            asked=1,
        )
        return replace(site, visits={**site.visits, event.compartment: order})
    if event.asked:
        return with_visit(site, event.compartment, asked=visit.asked + 1, pulsed_at=at)
    return with_visit(site, event.compartment, pulses=event.pulse, pulsed_at=at)
