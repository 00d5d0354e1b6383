"""How it stands at a door, read from the site: screens follow the switch, never the order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from api.kiosk.state import (
    ChooseSize,
    DepositDoor,
    KioskState,
    NothingFits,
    Phase,
    PickupDoor,
    ProblemReported,
    ReportProblem,
    Shown,
    Stored,
    Trouble,
    Wish,
)
from locker.core.model import ParcelState, Use, VisitKind

if TYPE_CHECKING:
    from datetime import datetime

    from api.kiosk.state import Facts, KioskTime, Step
    from locker.core.model import Site

SOURCE = "kiosk"


def pickup_phase(site: Site, parcel_id: str, compartment: str) -> Phase:
    """How a pickup stands."""
    visit = site.visits.get(compartment)
    if visit is not None and visit.kind is VisitKind.PICKUP and visit.parcel == parcel_id:
        if visit.opened_at is not None:
            return Phase.OPEN
        return Phase.SHUT if visit.grace else Phase.ORDERED
    parcel = site.parcels.get(parcel_id)
    if parcel is None:
        return Phase.OVER
    if parcel.state is ParcelState.STORED:
        return Phase.FAILED
    held = site.compartments[compartment]
    if held.use is Use.CHECK and held.parcel == parcel_id:
        return Phase.LEFT_OPEN
    return Phase.OVER


def deposit_phase(site: Site, deposit: str, parcel_id: str, compartment: str) -> tuple[Phase, str]:
    """How a deposit stands, and at which compartment: a deposit moves when a door does not open."""
    parcel = site.parcels.get(parcel_id)
    if parcel is not None and parcel.state.live:
        compartment = parcel.compartment
    visit = site.visits.get(compartment)
    if visit is not None and visit.kind is VisitKind.DEPOSIT and visit.id == deposit:
        if visit.opened_at is not None:
            return Phase.OPEN, compartment
        if visit.parcel == parcel_id:
            return Phase.ORDERED, compartment
        return Phase.OVER, compartment
    if parcel is None:
        return Phase.OVER, compartment
    if parcel.state is ParcelState.STORED:
        return Phase.SHUT, compartment
    if parcel.state is ParcelState.CHECK:
        return Phase.LEFT_OPEN, compartment
    return Phase.OVER, compartment


def reopen_until(site: Site, door: PickupDoor | DepositDoor) -> datetime | None:
    """Until when the door may be opened again without staff, None when it may not."""
    grace = timedelta(seconds=site.policy.reopen_seconds)
    if not grace:
        return None
    if isinstance(door, PickupDoor):
        visit = site.visits.get(door.compartment)
        shut = visit.shut_at if visit is not None and visit.grace and visit.parcel == door.parcel else None
        return None if shut is None else shut + grace
    parcel = site.parcels.get(door.parcel)
    if parcel is None or parcel.state is not ParcelState.STORED or parcel.stored_at is None:
        return None
    return parcel.stored_at + grace


def alarm_at(site: Site, compartment: str, now: datetime) -> datetime | None:
    """When staff will be called to this open door, once half of its time is over; None before, and when it is shut."""
    visit = site.visits.get(compartment)
    if visit is None or visit.opened_at is None:
        return None
    longest = timedelta(seconds=site.policy.door_open_seconds)
    return visit.opened_at + longest if now >= visit.opened_at + longest / 2 else None


def unattended(site: Site) -> PickupDoor | None:
    """The door of the resident who stands at this screen. What opened it is not known any more."""
    mine = [
        v for v in site.visits.values() if v.kind is VisitKind.PICKUP and v.by == SOURCE and v.opened_at is not None
    ]
    last = max(mine, key=lambda visit: visit.pulsed_at, default=None)
    return None if last is None or last.parcel is None else PickupDoor(last.parcel, last.compartment, Shown())


def look(visit: KioskState, facts: Facts, now: KioskTime) -> KioskState:
    """The visit after a look at its door."""
    match visit.step:
        case PickupDoor() as door:
            return _look_at_pickup(visit, door, facts, now)
        case DepositDoor() as door:
            return _look_at_deposit(visit, door, facts, now)
        case ReportProblem(door=door):
            return replace(visit, step=ReportProblem(_seen_pickup(door, facts, now)))
        case ProblemReported(door=door, wrong=wrong, at=at):
            return replace(visit, step=ProblemReported(_seen_pickup(door, facts, now), wrong, at))
        case ChooseSize(door=DepositDoor() as door) | NothingFits(back=ChooseSize(door=DepositDoor() as door)):
            seen = _look_at_deposit(visit, door, facts, now)
            under_way = isinstance(seen.step, DepositDoor) and seen.step.phase in {Phase.ORDERED, Phase.OPEN}
            return _with_door(visit, seen.step) if under_way else seen
        case _:
            return visit


def _with_door(visit: KioskState, step: Step) -> KioskState:
    """The courier chooses another size meanwhile: the screen stays, its door is as seen."""
    match visit.step:
        case ChooseSize() as size if isinstance(step, DepositDoor):
            return replace(visit, step=replace(size, door=step))
        case NothingFits(back=size) if isinstance(step, DepositDoor):
            return replace(visit, step=NothingFits(replace(size, door=step)))
        case _:
            return visit


def _look_at_pickup(visit: KioskState, door: PickupDoor, facts: Facts, now: KioskTime) -> KioskState:
    step = _seen_pickup(door, facts, now)
    return visit if step is door else replace(visit, step=step, touched=now.seconds)


def _seen_pickup(door: PickupDoor, facts: Facts, now: KioskTime) -> PickupDoor:
    phase = pickup_phase(facts.site, door.parcel, door.compartment)
    if phase is door.phase or (door.phase is Phase.SHUT and phase is Phase.OVER):
        return door
    trouble = Trouble("door.did_not_open_again") if door.phase is Phase.ORDERED and phase is Phase.SHUT else None
    return replace(door, phase=phase, since=now.seconds, at=now.utc, asked_why=False, trouble=trouble)


def _look_at_deposit(visit: KioskState, door: DepositDoor, facts: Facts, now: KioskTime) -> KioskState:
    phase, compartment = deposit_phase(facts.site, door.deposit, door.parcel, door.compartment)
    if phase is door.phase and compartment == door.compartment:
        return visit
    if door.phase is Phase.OVER and phase is not Phase.OPEN:
        return visit
    moved = "" if compartment == door.compartment else door.compartment
    trouble = None
    if phase is Phase.SHUT and door.phase is Phase.ORDERED:
        trouble = Trouble("door.did_not_open_again")
    step = replace(
        door,
        phase=phase,
        compartment=compartment,
        since=now.seconds,
        at=now.utc,
        asked_why=False,
        moved_from=moved or (door.moved_from if phase in {Phase.ORDERED, Phase.OPEN} else ""),
        wish=Wish.STORE if phase is Phase.SHUT else door.wish,
        trouble=trouble,
    )
    return replace(visit, step=step, touched=now.seconds, round=_round(visit, step))


def _round(visit: KioskState, door: DepositDoor) -> tuple[Stored, ...]:
    """The courier's round with this parcel as it now stands: newest first."""
    others = tuple(each for each in visit.round if each.tracking != door.tracking)
    if door.phase is Phase.SHUT:
        return (Stored(door.compartment, door.match.unit, door.tracking), *others)
    if door.phase is Phase.OVER:
        return others
    return visit.round
