"""What the events of a visit do: a parcel comes, is stored, is fetched, is gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from locker.core.credential import CredentialKind, own_credentials
from locker.core.events.visit_events import (
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
    SecondDoorOrdered,
    VisitEnded,
    VisitEvent,
    VisitResumed,
)
from locker.core.evolve.site_updates import with_compartment, with_parcel, with_use, with_visit, without, without_visit
from locker.core.model import Leaving, Parcel, ParcelState, Seen, Site, Use, VisitKind
from locker.core.visit import Visit

if TYPE_CHECKING:
    from datetime import datetime

_USE_OF = {VisitKind.DEPOSIT: Use.FILLING, VisitKind.PICKUP: Use.EMPTYING}


def evolve_visit(site: Site, event: VisitEvent, at: datetime) -> Site:  # noqa: C901, PLR0912  one arm an event
    """The site after an event of a visit."""
    match event:
        case DepositStarted():
            return _deposit_started(site, event, at)
        case DepositLeaving(compartment=name, leaving=(Leaving.WITHDRAWN | Leaving.KEPT) as leaving):
            return with_visit(site, name, leaving=leaving)
        case DepositLeaving(parcel=parcel, compartment=name, leaving=leaving):
            return _taken_out(with_visit(site, name, leaving=leaving, parcels=()), name, {parcel})
        case DepositMoved():
            return _deposit_moved(site, event, at)
        case SecondDoorOrdered():
            return _second_door(site, event, at)
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
    """Somebody is at this door; what is brought or fetched is behind it beside what was there."""
    name = visit.compartment
    here = site.compartments[name].parcels
    parcels = (*here, *(one for one in visit.parcels if one not in here))
    with_visit = replace(site, visits={**site.visits, name: visit})
    return with_use(with_compartment(with_visit, name, parcels=parcels), name, _USE_OF[visit.kind], at)


def _taken_out(site: Site, name: str, parcels: set[str]) -> Site:
    left = tuple(one for one in site.compartments[name].parcels if one not in parcels)
    return with_compartment(site, name, parcels=left)


def _deposit_started(site: Site, event: DepositStarted, at: datetime) -> Site:
    before = site.parcels.get(event.parcel)  # one that was expected keeps what opens it
    parcel = Parcel(
        id=event.parcel,
        state=ParcelState.DEPOSITING,
        compartment=event.compartment,
        size=event.size,
        recipients=event.recipients,
        label_hash=event.label_hash,
        since=at,
        flags=frozenset(event.flags),
        needs=frozenset(event.needs),
        direction=event.direction,
        type=event.type,
        to_staff=before is not None and before.to_staff,
        identity=before.identity if before is not None else "",
        company=event.company,
        credentials=own_credentials(event.parcel, event.code_hash, event.token_hash)
        + (before.credentials if before is not None else ()),
        free_hours=event.free_hours,
        reopen_seconds=event.reopen_seconds,
    )
    known = replace(
        site,
        parcels={**site.parcels, parcel.id: parcel},
        codes={**site.codes, **dict.fromkeys(parcel.hashes, parcel.id)},
    )
    visit = _deposit_visit(event.deposit, event.compartment, parcel.id, at)
    return _begin(known, replace(visit, door_open_seconds=event.door_open_seconds), at)


def _deposit_visit(name: str, compartment: str, parcel: str, at: datetime) -> Visit:
    return Visit(
        id=name,
        kind=VisitKind.DEPOSIT,
        compartment=compartment,
        parcels=(parcel,),
        by="",
        began_at=at,
        pulsed_at=at,
    )


def _deposit_moved(site: Site, event: DepositMoved, at: datetime) -> Site:
    moved = with_parcel(
        site, event.parcel, compartment=event.compartment, size=event.size, reopen_seconds=event.reopen_seconds
    )
    if event.place:
        moved = with_parcel(moved, event.parcel, state=ParcelState.DEPOSITING, since=at, place="")
    waited = site.visits.get(event.compartment)
    if waited is not None and waited.origin:
        here = moved.compartments[event.compartment].parcels
        arrived = with_compartment(moved, event.compartment, parcels=(*here, event.parcel))
        return with_visit(arrived, event.compartment, origin="")
    visit = _deposit_visit(event.visit, event.compartment, event.parcel, at)
    return _begin(moved, replace(visit, place=event.place, door_open_seconds=event.door_open_seconds), at)


def _second_door(site: Site, event: SecondDoorOrdered, at: datetime) -> Site:
    """Somebody waits for this door with a parcel that is recorded at another one."""
    name = event.compartment
    visit = replace(
        _deposit_visit(event.visit, name, event.parcel, at),
        origin=event.origin,
        door_open_seconds=event.door_open_seconds,
    )
    waiting = replace(site, visits={**site.visits, name: visit})
    return with_use(with_visit(waiting, event.origin, target=name), name, Use.FILLING, at)


def _deposit_reopened(site: Site, event: DepositReopened, at: datetime) -> Site:
    again = with_parcel(site, event.parcel, state=ParcelState.DEPOSITING, since=at, reopen_seconds=event.reopen_seconds)
    visit = replace(
        _deposit_visit(site.parcels[event.parcel].deposit, event.compartment, event.parcel, at),
        leaving=_leaving(event),
        inside=True,
        place=event.place,
        target=event.target,
        door_open_seconds=event.door_open_seconds,
    )
    return _begin(again, visit, at)


def _leaving(event: DepositReopened) -> Leaving | None:
    if event.place:
        return Leaving.MOVED
    if event.take_back:
        return Leaving.RETURNED if event.returned else Leaving.WITHDRAWN
    return None


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
    here = tuple(one for one in site.compartments[name].parcels if one != event.parcel and _is_live(site, one))
    loaded = with_use(with_compartment(stored, name, parcels=(*here, event.parcel)), name, Use.LOADED, at)
    return without_visit(loaded, name)


def _is_live(site: Site, parcel: str) -> bool:
    return parcel in site.parcels and site.parcels[parcel].state.live


def _code_renewed(site: Site, event: CodeRenewed) -> Site:
    before = site.parcels[event.parcel]
    own = own_credentials(event.parcel, event.code_hash, event.token_hash)
    ended = [c for c in before.credentials if c.kind in {CredentialKind.CODE, CredentialKind.TOKEN}]
    others = tuple(c for c in before.credentials if c not in ended)
    codes = without(site.codes, {h for c in ended for h in c.hashes})
    codes |= {h: event.parcel for c in own for h in c.hashes}
    return with_parcel(replace(site, codes=codes), event.parcel, credentials=own + others)


def _pickup_started(site: Site, event: PickupStarted, at: datetime) -> Site:
    name = event.compartment
    before = site.visits.get(name)
    state = site.parcels[event.parcel].state
    collecting = site
    if state is not ParcelState.COLLECTED:
        collecting = with_parcel(site, event.parcel, state=ParcelState.COLLECTING, since=at, check_from=None)
    is_open = site.compartments[name].seen is Seen.OPEN
    if before is not None and before.id == event.pickup:
        return with_visit(collecting, name, parcels=(*before.parcels, event.parcel))
    visit = Visit(
        id=event.pickup,
        kind=VisitKind.PICKUP,
        compartment=name,
        parcels=(event.parcel,),
        by=event.source,
        began_at=at,
        pulsed_at=at,
        opened_at=at if is_open else None,
        shut_at=before.shut_at if before is not None else None,
        inside=True,
        accepted=before.accepted if before is not None else (),
        door_open_seconds=event.door_open_seconds,
        reopen_seconds=event.reopen_seconds,
    )
    return _begin(collecting, visit, at)


def _collected(site: Site, parcel: str, name: str, at: datetime) -> Site:
    collected = site
    if site.parcels[parcel].state is not ParcelState.COLLECTED:
        collected = with_parcel(site, parcel, state=ParcelState.COLLECTED, since=at, check_from=None)
    if not name:
        return collected
    if name not in site.visits or site.visits[name].kind is not VisitKind.PICKUP:
        return _taken_out(collected, name, {parcel})
    return with_visit(collected, name, shut_at=at, opened_at=None, pulses=0, asked=0)


def _reopening_failed(site: Site, name: str, at: datetime) -> Site:
    """The grace runs on, and the failure counts against new visits of this parcel."""
    still = with_visit(site, name, pulses=0, asked=0)
    for one in site.visits[name].parcels:
        still = with_parcel(still, one, failed=(*site.parcels[one].failed, at)[-3:])
    return still


def _visit_ended(site: Site, name: str, use: Use, at: datetime) -> Site:
    ended = with_use(without_visit(site, name), name, use, at)
    before = site.visits.get(name)
    if before is not None and before.kind is VisitKind.STAFF and site.compartments[name].seen is Seen.OPEN:
        # An order at a door that stood open, and the switch did not move: one alone says nothing.
        ended = with_compartment(ended, name, faults=site.compartments[name].faults + 1)
    if use is Use.FREE:
        return with_compartment(ended, name, parcels=())
    if use is Use.LOADED:
        here = ended.compartments[name].parcels
        return with_compartment(ended, name, parcels=tuple(one for one in here if _is_live(ended, one)))
    return ended
