"""What each event does to the site: pure, total, and the only place where state changes.

Folding `evolve` over the journal from an empty site gives the tables; `lockerd audit` relies on it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar, assert_never

from locker.core import messages as m
from locker.core.access import after_wrong
from locker.core.model import (
    CheckFrom,
    Leaving,
    Parcel,
    ParcelState,
    Resident,
    Seen,
    Site,
    Use,
    Visit,
    VisitKind,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

V = TypeVar("V")

_USE_OF = {VisitKind.DEPOSIT: Use.FILLING, VisitKind.PICKUP: Use.EMPTYING}
PHONE_TAIL = 4


def evolve(site: Site, event: m.AnyEvent, at: datetime) -> Site:  # noqa: C901, PLR0912  one arm an event
    """The site after `event` was recorded at the time `at`."""
    match event:
        case m.Started():
            return _started(site)
        case m.ClockJumped(seconds=seconds):
            return _jumped(site, timedelta(seconds=seconds))
        case m.DoorsSeen(shut=shut, open=opened):
            seen = dict.fromkeys(shut, Seen.SHUT) | dict.fromkeys(opened, Seen.OPEN)
            return _look(site, seen)
        case m.DoorsUnseen(compartments=names):
            return _look(site, dict.fromkeys(names, Seen.UNSEEN))
        case m.DoorOpened(compartment=name):
            return _opened(site, name, at)
        case m.DoorShut(compartment=name):
            return _compartment(site, name, seen=Seen.SHUT)
        case m.DoorForced() | m.DoorLeftOpen() | m.PulseLost() | m.Noted() | m.SnapshotTaken() | m.SnapshotMissed():
            return site
        case m.UnlockOrdered():
            return _ordered(site, event, at)
        case m.LockFault(compartment=name):
            visit = site.visits.get(name)
            rid = _no_visit(site, name) if visit is not None and visit.kind is VisitKind.STAFF else site
            return _compartment(rid, name, faults=site.compartments[name].faults + 1)
        case m.DepositStarted():
            return _deposit_started(site, event, at)
        case m.DepositLeaving(compartment=name, leaving=Leaving.WITHDRAWN):
            return _visit(site, name, leaving=Leaving.WITHDRAWN)
        case m.DepositLeaving(compartment=name, leaving=leaving):
            return _compartment(_visit(site, name, leaving=leaving, parcel=None), name, parcel=None)
        case m.DepositMoved():
            return _deposit_moved(site, event, at)
        case m.DepositReopened():
            return _deposit_reopened(site, event, at)
        case m.ParcelStored():
            return _stored(site, event, at)
        case m.ParcelEnded(parcel=parcel, state=state):
            return _parcel(site, parcel, state=ParcelState(state), since=at, check_from=None)
        case m.PickupStarted():
            return _pickup_started(site, event, at)
        case m.PickupFailed(parcel=parcel):
            failed = (*site.parcels[parcel].failed, at)[-3:]
            return _parcel(site, parcel, state=ParcelState.STORED, since=at, failed=failed)
        case m.ParcelCollected(parcel=parcel, compartment=name):
            return _collected(site, parcel, name, at)
        case m.ReopeningFailed(compartment=name):
            return _reopening_failed(site, name, at)
        case m.VisitEnded(compartment=name, use=use):
            return _visit_ended(site, name, use, at)
        case m.ContentUnknown():
            return _content_unknown(site, event, at)
        case m.VisitResumed(compartment=name, open=is_open):
            visit = site.visits[name]
            began = at if is_open else visit.opened_at
            return _visit(site, name, doubt=False, opened_at=began, shut_at=None if is_open else visit.shut_at)
        case m.CompartmentCleared(compartment=name, content=content):
            use = Use.FREE if content is m.Content.EMPTY else Use.LOADED
            cleared = _use(site, name, use, at)
            return _compartment(cleared, name, parcel=None) if use is Use.FREE else cleared
        case m.CompartmentRetired(compartment=name, reason=reason):
            return _use(_compartment(site, name, reason=reason), name, Use.RETIRED, at)
        case m.CompartmentRestored(compartment=name):
            return _use(_compartment(site, name, faults=0, reason=""), name, Use.FREE, at)
        case m.CodeRejected(source=source):
            buckets = {**site.buckets, source: after_wrong(site.buckets.get(source), at)}
            return replace(site, buckets=buckets)
        case m.ParcelOverdue(parcel=parcel):
            return _parcel(site, parcel, overdue=True)
        case m.ResidentSaved():
            return _resident(site, event)
        case m.Restored(compartments=names):
            return _restored(site, names, at)
        case _:
            assert_never(event)


def forget(site: Site, names: set[str]) -> Site:
    """Drop those of the named parcels that have ended and that no compartment holds any more, with their codes."""
    gone = [p for name in names if (p := site.parcels.get(name)) is not None and not _held(site, p)]
    if not gone:
        return site
    hashes = {h for p in gone for h in (p.code_hash, p.token_hash)}
    return replace(
        site,
        parcels=without(site.parcels, {p.id for p in gone}),
        codes=without(site.codes, hashes),
    )


def _held(site: Site, parcel: Parcel) -> bool:
    return parcel.state.live or site.compartments[parcel.compartment].parcel == parcel.id


def without(values: Mapping[str, V], names: set[str]) -> dict[str, V]:
    """The mapping less some names."""
    return {name: value for name, value in values.items() if name not in names}


# --- parts of the site --------------------------------------------------------------------------


def _compartment(site: Site, name: str, **change: object) -> Site:
    changed = replace(site.compartments[name], **change)  # type: ignore[arg-type]
    return replace(site, compartments={**site.compartments, name: changed})


def _use(site: Site, name: str, use: Use, at: datetime) -> Site:
    since = at if site.compartments[name].use is not use else site.compartments[name].since
    return _compartment(site, name, use=use, since=since)


def _parcel(site: Site, name: str, **change: object) -> Site:
    changed = replace(site.parcels[name], **change)  # type: ignore[arg-type]
    return replace(site, parcels={**site.parcels, name: changed})


def _visit(site: Site, name: str, **change: object) -> Site:
    changed = replace(site.visits[name], **change)  # type: ignore[arg-type]
    return replace(site, visits={**site.visits, name: changed})


def _no_visit(site: Site, name: str) -> Site:
    return replace(site, visits=without(site.visits, {name})) if name in site.visits else site


# --- time and switches --------------------------------------------------------------------------


def _started(site: Site) -> Site:
    """Nothing has been seen yet; a staff order is void, other visits are in doubt."""
    unseen = {name: replace(c, seen=Seen.UNSEEN) for name, c in site.compartments.items()}
    visits = {
        name: replace(v, doubt=True, blind=True) for name, v in site.visits.items() if v.kind is not VisitKind.STAFF
    }
    return replace(site, compartments=unseen, visits=visits)


def _jumped(site: Site, by: timedelta) -> Site:
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
    return replace(site, visits=visits, buckets=buckets, parcels=parcels)


def _look(site: Site, seen: Mapping[str, Seen]) -> Site:
    known = {name: value for name, value in seen.items() if name in site.compartments}
    compartments = {**site.compartments}
    for name, value in known.items():
        compartments[name] = replace(compartments[name], seen=value)
    visits = site.visits
    blind = [name for name, value in known.items() if value is Seen.UNSEEN and name in visits]
    if blind:
        visits = {**visits, **{name: replace(visits[name], blind=True) for name in blind}}
    return replace(site, compartments=compartments, visits=visits)


def _opened(site: Site, name: str, at: datetime) -> Site:
    compartment = site.compartments[name]
    opened = _compartment(site, name, seen=Seen.OPEN, openings=compartment.openings + 1, faults=0)
    visit = opened.visits.get(name)
    if visit is None:
        return opened
    if visit.kind is VisitKind.STAFF:
        return _no_visit(opened, name)
    return _visit(opened, name, opened_at=at, shut_at=None, doubt=False)


def _ordered(site: Site, event: m.UnlockOrdered, at: datetime) -> Site:
    visit = site.visits.get(event.compartment)
    if visit is None or event.kind is VisitKind.STAFF:
        if visit is not None and visit.kind is not VisitKind.STAFF:
            return site
        order = Visit(
            id=event.visit,
            kind=VisitKind.STAFF,
            compartment=event.compartment,
            parcel=None,
            by="",
            began_at=at,
            pulsed_at=at,
            asked=1,
        )
        return replace(site, visits={**site.visits, event.compartment: order})
    if event.asked:
        return _visit(site, event.compartment, asked=visit.asked + 1, pulsed_at=at)
    return _visit(site, event.compartment, pulses=event.pulse, pulsed_at=at)


# --- deposits -----------------------------------------------------------------------------------


def _begin(site: Site, visit: Visit, at: datetime) -> Site:
    name = visit.compartment
    with_visit = replace(site, visits={**site.visits, name: visit})
    return _use(_compartment(with_visit, name, parcel=visit.parcel), name, _USE_OF[visit.kind], at)


def _deposit_started(site: Site, event: m.DepositStarted, at: datetime) -> Site:
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


def _deposit_moved(site: Site, event: m.DepositMoved, at: datetime) -> Site:
    moved = _parcel(site, event.parcel, compartment=event.compartment, size=event.size)
    return _begin(moved, _deposit_visit(event.visit, event.compartment, event.parcel, at), at)


def _deposit_reopened(site: Site, event: m.DepositReopened, at: datetime) -> Site:
    again = _parcel(site, event.parcel, state=ParcelState.DEPOSITING, since=at)
    visit = _deposit_visit(site.parcels[event.parcel].deposit, event.compartment, event.parcel, at)
    leaving = Leaving.WITHDRAWN if event.take_back else None
    return _begin(again, replace(visit, leaving=leaving, inside=True), at)


def _stored(site: Site, event: m.ParcelStored, at: datetime) -> Site:
    name = event.compartment
    parcel = site.parcels[event.parcel]
    stored = _parcel(
        site,
        event.parcel,
        state=ParcelState.STORED,
        since=at,
        stored_at=at,
        deadline=event.deadline,
        check_from=None,
        overdue=parcel.overdue and parcel.deadline == event.deadline,
    )
    loaded = _use(_compartment(stored, name, parcel=event.parcel), name, Use.LOADED, at)
    return _no_visit(loaded, name)


# --- pickups ------------------------------------------------------------------------------------


def _pickup_started(site: Site, event: m.PickupStarted, at: datetime) -> Site:
    name = event.compartment
    before = site.visits.get(name)
    state = site.parcels[event.parcel].state
    collecting = site
    if state is not ParcelState.COLLECTED:
        collecting = _parcel(site, event.parcel, state=ParcelState.COLLECTING, since=at, check_from=None)
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
        collected = _parcel(site, parcel, state=ParcelState.COLLECTED, since=at, check_from=None)
    if name not in site.visits or site.visits[name].kind is not VisitKind.PICKUP:
        return _compartment(collected, name, parcel=None)
    return _visit(collected, name, shut_at=at, opened_at=None, pulses=0, asked=0)


def _reopening_failed(site: Site, name: str, at: datetime) -> Site:
    """The grace runs on, and the failure counts against new visits of this parcel."""
    still = _visit(site, name, pulses=0, asked=0)
    parcel = site.parcels[site.visits[name].parcel or ""]
    return _parcel(still, parcel.id, failed=(*parcel.failed, at)[-3:])


def _visit_ended(site: Site, name: str, use: Use, at: datetime) -> Site:
    ended = _use(_no_visit(site, name), name, use, at)
    return _compartment(ended, name, parcel=None) if use is Use.FREE else ended


# --- doubt, staff, people -----------------------------------------------------------------------


def _content_unknown(site: Site, event: m.ContentUnknown, at: datetime) -> Site:
    name = event.compartment
    unknown = _compartment(_use(_no_visit(site, name), name, Use.CHECK, at), name, reason=event.why)
    if not event.parcel or event.parcel not in site.parcels:
        return _compartment(unknown, name, parcel=None)
    unknown = _compartment(unknown, name, parcel=event.parcel)
    if not site.parcels[event.parcel].state.live:
        return unknown
    return _parcel(unknown, event.parcel, state=ParcelState.CHECK, since=at, check_from=event.check_from)


def _resident(site: Site, event: m.ResidentSaved) -> Site:
    resident = Resident(
        id=event.resident,
        unit=event.unit,
        phone_tail=event.phone[-PHONE_TAIL:],
        consent=event.consent,
        reach=event.reach,
    )
    return replace(site, residents={**site.residents, resident.id: resident})


def _restored(site: Site, names: tuple[str, ...], at: datetime) -> Site:
    """What is in these compartments now is not what the backup says: their old codes are dead for good."""
    for name in names:
        if name not in site.compartments:
            continue
        parcel = site.parcels.get(site.compartments[name].parcel or "")
        if parcel is not None:
            site = replace(site, codes=without(site.codes, {parcel.code_hash, parcel.token_hash}))
            site = _parcel(site, parcel.id, code_hash=f"dead:{parcel.id}", token_hash=f"dead:{parcel.id}")
        unknown = m.ContentUnknown(
            compartment=name,
            why="a backup was restored",
            parcel=parcel.id if parcel is not None else "",
            check_from=CheckFrom.STORED,
        )
        site = _content_unknown(site, unknown, at)
    return site
