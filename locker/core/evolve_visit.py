"""What the events of a visit do: a parcel comes, is stored, is fetched, is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from locker.core.events import (
    CodeRenewed,
    DepositLeaving,
    DepositMoved,
    DepositReopened,
    DepositStarted,
    ParcelCollected,
    ParcelEnded,
    ParcelOverdue,
    ParcelStored,
    PickupFailed,
    PickupStarted,
    ReopeningFailed,
    VisitEnded,
    VisitEvent,
    VisitResumed,
)
from locker.core.model import Leaving, Parcel, ParcelState, Seen, Site, Use, Visit, VisitKind
from locker.core.site_updates import with_compartment, with_parcel, with_use, with_visit, without, without_visit

if TYPE_CHECKING:
    from datetime import datetime

_USE_OF = {VisitKind.DEPOSIT: Use.FILLING, VisitKind.PICKUP: Use.EMPTYING}


def evolve_visit(site: Site, event: VisitEvent, at: datetime) -> Site:  # noqa: C901, PLR0912  one arm an event
    """The site after an event of a visit."""
    match event:
        case DepositStarted():
            return _deposit_started(site, event, at)
        case DepositLeaving(compartment=name, leaving=Leaving.WITHDRAWN):
            return with_visit(site, name, leaving=Leaving.WITHDRAWN)
        case DepositLeaving(compartment=name, leaving=leaving):
            return with_compartment(with_visit(site, name, leaving=leaving, parcel=None), name, parcel=None)
        case DepositMoved():
            return _deposit_moved(site, event, at)
        case DepositReopened():
            return _deposit_reopened(site, event, at)
        case ParcelStored():
            return _stored(site, event, at)
        case CodeRenewed():
            return _code_renewed(site, event)
        case ParcelEnded(parcel=parcel, state=state):
            return with_parcel(site, parcel, state=ParcelState(state), since=at, check_from=None)
        case PickupStarted():
            return _pickup_started(site, event, at)
        case PickupFailed(parcel=parcel):
            failed = (*site.parcels[parcel].failed, at)[-3:]
            return with_parcel(site, parcel, state=ParcelState.STORED, since=at, failed=failed)
        case ParcelCollected(parcel=parcel, compartment=name):
            return _collected(site, parcel, name, at)
        case ReopeningFailed(compartment=name):
            return _reopening_failed(site, name, at)
        case VisitEnded(compartment=name, use=use):
            return _visit_ended(site, name, use, at)
        case VisitResumed(compartment=name, open=is_open):
            visit = site.visits[name]
            began = at if is_open else visit.opened_at
            return with_visit(site, name, doubt=False, opened_at=began, shut_at=None if is_open else visit.shut_at)
        case ParcelOverdue(parcel=parcel):
            return with_parcel(site, parcel, overdue=True)
        case _:
            assert_never(event)


def _begin(site: Site, visit: Visit, at: datetime) -> Site:
    name = visit.compartment
    with_visit = replace(site, visits={**site.visits, name: visit})
    return with_use(with_compartment(with_visit, name, parcel=visit.parcel), name, _USE_OF[visit.kind], at)


def _deposit_started(site: Site, event: DepositStarted, at: datetime) -> Site:
    parcel = Parcel(
        id=event.parcel,
        state=ParcelState.DEPOSITING,
        compartment=event.compartment,
        size=event.size,
        recipients=event.recipients,
        label_hash=event.label_hash,
        code_hash=event.code_hash,
        token_hash=event.token_hash,
        since=at,
        flags=frozenset(event.flags),
    )
    known = replace(
        site,
        parcels={**site.parcels, parcel.id: parcel},
        codes={**site.codes, event.code_hash: parcel.id, event.token_hash: parcel.id},
    )
    return _begin(known, _deposit_visit(event.deposit, event.compartment, parcel.id, at), at)


def _deposit_visit(name: str, compartment: str, parcel: str, at: datetime) -> Visit:
    return Visit(
        id=name,
        kind=VisitKind.DEPOSIT,
        compartment=compartment,
        parcel=parcel,
        by="",
        began_at=at,
        pulsed_at=at,
    )


def _deposit_moved(site: Site, event: DepositMoved, at: datetime) -> Site:
    moved = with_parcel(site, event.parcel, compartment=event.compartment, size=event.size)
    return _begin(moved, _deposit_visit(event.visit, event.compartment, event.parcel, at), at)


def _deposit_reopened(site: Site, event: DepositReopened, at: datetime) -> Site:
    again = with_parcel(site, event.parcel, state=ParcelState.DEPOSITING, since=at)
    visit = _deposit_visit(site.parcels[event.parcel].deposit, event.compartment, event.parcel, at)
    leaving = Leaving.WITHDRAWN if event.take_back else None
    return _begin(again, replace(visit, leaving=leaving, inside=True), at)


def _stored(site: Site, event: ParcelStored, at: datetime) -> Site:
    name = event.compartment
    parcel = site.parcels[event.parcel]
    stored = with_parcel(
        site,
        event.parcel,
        state=ParcelState.STORED,
        since=at,
        stored_at=at,
        deadline=event.deadline,
        check_from=None,
        overdue=parcel.overdue and parcel.deadline == event.deadline,
    )
    loaded = with_use(with_compartment(stored, name, parcel=event.parcel), name, Use.LOADED, at)
    return without_visit(loaded, name)


def _code_renewed(site: Site, event: CodeRenewed) -> Site:
    before = site.parcels[event.parcel]
    codes = without(site.codes, {before.code_hash, before.token_hash})
    codes |= {event.code_hash: event.parcel, event.token_hash: event.parcel}
    return with_parcel(replace(site, codes=codes), event.parcel, code_hash=event.code_hash, token_hash=event.token_hash)


def _pickup_started(site: Site, event: PickupStarted, at: datetime) -> Site:
    name = event.compartment
    before = site.visits.get(name)
    state = site.parcels[event.parcel].state
    collecting = site
    if state is not ParcelState.COLLECTED:
        collecting = with_parcel(site, event.parcel, state=ParcelState.COLLECTING, since=at, check_from=None)
    is_open = site.compartments[name].seen is Seen.OPEN
    visit = Visit(
        id=event.pickup,
        kind=VisitKind.PICKUP,
        compartment=name,
        parcel=event.parcel,
        by=event.source,
        began_at=at,
        pulsed_at=at,
        opened_at=at if is_open else None,
        shut_at=before.shut_at if before is not None else None,
        inside=True,
    )
    return _begin(collecting, visit, at)


def _collected(site: Site, parcel: str, name: str, at: datetime) -> Site:
    collected = site
    if site.parcels[parcel].state is not ParcelState.COLLECTED:
        collected = with_parcel(site, parcel, state=ParcelState.COLLECTED, since=at, check_from=None)
    if name not in site.visits or site.visits[name].kind is not VisitKind.PICKUP:
        return with_compartment(collected, name, parcel=None)
    return with_visit(collected, name, shut_at=at, opened_at=None, pulses=0, asked=0)


def _reopening_failed(site: Site, name: str, at: datetime) -> Site:
    """The grace runs on, and the failure counts against new visits of this parcel."""
    still = with_visit(site, name, pulses=0, asked=0)
    parcel = site.parcels[site.visits[name].parcel or ""]
    return with_parcel(still, parcel.id, failed=(*parcel.failed, at)[-3:])


def _visit_ended(site: Site, name: str, use: Use, at: datetime) -> Site:
    ended = with_use(without_visit(site, name), name, use, at)
    before = site.visits.get(name)
    if before is not None and before.kind is VisitKind.STAFF and site.compartments[name].seen is Seen.OPEN:
        # An order at a door that stood open, and the switch did not move: one alone says nothing.
        ended = with_compartment(ended, name, faults=site.compartments[name].faults + 1)
    return with_compartment(ended, name, parcel=None) if use is Use.FREE else ended
