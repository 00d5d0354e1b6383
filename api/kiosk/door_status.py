"""How it stands at a door, read from the site: screens follow the switch, never the order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from api.kiosk.collect_steps import InspectParcel, PickupDoor, ProblemReported, ReportPhoto, ReportProblem, SignParcel
from api.kiosk.courier.fetch_steps import FetchDoor, WeighParcel
from api.kiosk.courier.steps import (
    ChooseSize,
    ConfirmPin,
    DepositDoor,
    DepositIntent,
    NothingFits,
    SignHandOver,
    WhyCancel,
)
from api.kiosk.state import KioskState, Step
from api.kiosk.values import DoorPhase, ErrorMessage, KioskTime, LockerState, PresentedCredential, StoredParcel
from locker.core.model import ParcelState, Seen, Size, Use, VisitKind
from locker.core.parcels.handing_out import OWN_WITHIN
from locker.core.site_questions import reopen_seconds
from locker.core.visit import Grace, Open, Ordered
from locker.core.visits.visit_start import VISITS, VISITS_WITHIN
from locker.services.custody_service import TOUCHSCREEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from locker.core.model import Compartment, Site
    from locker.core.visit import Visit

SOURCE = TOUCHSCREEN
COURIER = "courier:"
LEFT_OPEN = "door left open"
PHASE_OF = {Ordered: DoorPhase.ORDERED, Open: DoorPhase.OPEN, Grace: DoorPhase.SHUT}
"""What a screen says of a visit at which something is fetched, by how it stands."""


def pickup_phase(site: Site, parcel_id: str, compartment: str) -> DoorPhase:
    """How a pickup stands; or how it is brought, where a booking's code opened the door for what goes out."""
    going_out = site.parcels.get(parcel_id)
    visit = site.visits.get(compartment)
    if going_out is not None and going_out.from_resident and (visit is None or visit.kind is not VisitKind.PICKUP):
        return deposit_phase(site, going_out.deposit, parcel_id, compartment)[0]
    if visit is not None and visit.kind is VisitKind.PICKUP and parcel_id in visit.parcels:
        return PHASE_OF[type(visit.last)]
    parcel = site.parcels.get(parcel_id)
    if parcel is None:
        return DoorPhase.OVER
    if parcel.state is ParcelState.STORED:
        return DoorPhase.FAILED
    there = site.compartments[compartment]
    if there.use is Use.CHECK and parcel_id in there.parcels:
        return phase_of_check(there)
    return DoorPhase.OVER


def deposit_phase(site: Site, deposit: str, parcel_id: str, compartment: str) -> tuple[DoorPhase, str]:
    """How a deposit stands, and at which compartment: a deposit moves when a door does not open."""
    parcel = site.parcels.get(parcel_id)
    if parcel is not None and parcel.state.live:
        compartment = parcel.compartment
    visit = site.visits.get(compartment)
    if visit is not None and visit.kind is VisitKind.DEPOSIT and visit.id == deposit:
        if isinstance(visit.last, Open):
            return DoorPhase.OPEN, compartment
        if parcel_id in visit.parcels:
            return DoorPhase.ORDERED, compartment
        return DoorPhase.OVER, compartment
    if parcel is None:
        return DoorPhase.OVER, compartment
    if parcel.state is ParcelState.STORED:
        return DoorPhase.SHUT, compartment
    if parcel.state is ParcelState.CHECK:
        return phase_of_check(site.compartments[compartment]), compartment
    return DoorPhase.OVER, compartment


def phase_of_check(compartment: Compartment) -> DoorPhase:
    """Why staff must look: the person left it open, or nobody could see what became of it."""
    return DoorPhase.LEFT_OPEN if compartment.reason == LEFT_OPEN else DoorPhase.CHECK


def reopen_until(site: Site, door: PickupDoor | DepositDoor) -> datetime | None:
    """Until when the door may be opened again without staff, None when it may not.

    What was put in by a carrier's right is the resident's at once: whoever shows that right has no PIN to say again.
    """
    if isinstance(door, PickupDoor):
        visit = site.visits.get(door.compartment)
        if visit is None or not isinstance(visit.last, Grace) or door.parcel not in visit.parcels:
            return None
        seconds = reopen_seconds(site, visit)
        return visit.last.since + timedelta(seconds=seconds) if seconds else None
    grace = timedelta(seconds=site.policy.reopen_seconds)
    if not grace:
        return None
    parcel = site.parcels.get(door.parcel)
    if parcel is None or parcel.state is not ParcelState.STORED or parcel.stored_at is None or parcel.deposit_right:
        return None
    return parcel.stored_at + grace


def take_back_until(site: Site, parcel_id: str) -> datetime | None:
    """Until when its courier may take a stored parcel back; None when it has left."""
    parcel = site.parcels.get(parcel_id)
    if parcel is None or parcel.state is not ParcelState.STORED or parcel.stored_at is None or parcel.deposit_right:
        return None
    return parcel.stored_at + OWN_WITHIN


def alarm_at(site: Site, compartment: str, now: datetime) -> datetime | None:
    """When staff will be called to this open door, once half of its time is over; None before, and when it is shut."""
    visit = site.visits.get(compartment)
    if visit is None or not isinstance(visit.last, Open):
        return None
    longest = timedelta(seconds=site.policy.door_open_seconds)
    return visit.last.since + longest if now >= visit.last.since + longest / 2 else None


def open_pickup(site: Site) -> PickupDoor | None:
    """The door of the resident who stands at this screen. What opened it is not known any more."""
    return _pickup_here(site, lambda visit: isinstance(visit.last, Open))


def pickup_under_way(site: Site) -> PickupDoor | None:
    """As open_pickup, of a door that is ordered or open now."""
    return _pickup_here(site, lambda visit: isinstance(visit.stage, Ordered | Open))


def _pickup_here(site: Site, stands: Callable[[Visit], bool]) -> PickupDoor | None:
    here = [v for v in site.visits.values() if v.kind is VisitKind.PICKUP and v.by == SOURCE and stands(v)]
    last = max(here, key=lambda visit: visit.pulsed_at, default=None)
    if last is None or last.parcel is None:
        return None
    return PickupDoor(last.parcel, last.compartment, PresentedCredential(), pickup=last.id)


def broken_sizes(site: Site) -> frozenset[Size]:
    """Sizes whose doors are all out of use, to be looked into, or not seen: nothing will be free by collecting."""
    works = {
        each.size
        for each in site.compartments.values()
        if each.use not in {Use.CHECK, Use.RETIRED} and each.seen is not Seen.UNSEEN
    }
    return frozenset({each.size for each in site.compartments.values()} - works)


def retry_at(site: Site, parcel_id: str, now: datetime) -> datetime | None:
    """When a door that failed too often may be tried again; None when it may be now."""
    parcel = site.parcels.get(parcel_id)
    recent = [] if parcel is None else sorted(at for at in parcel.failed if now < at + VISITS_WITHIN)
    return recent[-VISITS] + VISITS_WITHIN if len(recent) >= VISITS else None


def unit_of(site: Site, parcel: str) -> str:
    """The unit of a parcel's first recipient, or sender; empty when nobody knows."""
    known = site.parcels.get(parcel)
    people = () if known is None else known.recipients
    resident = site.residents.get(people[0]) if people else None
    return "" if resident is None else resident.unit


def deposits_under_way(site: Site) -> list[Visit]:
    """Couriers' visits, by kiosk or by machine, the newest first."""
    found = [each for each in site.visits.values() if each.kind is VisitKind.DEPOSIT]
    return sorted(found, key=lambda visit: visit.pulsed_at, reverse=True)


def deposit_of(step: Step) -> str:
    """The deposit that a screen is about, an empty text for none."""
    match step:
        case DepositDoor(deposit=deposit):
            return deposit
        case ChooseSize(door=DepositDoor(deposit=deposit)) | ConfirmPin(door=DepositDoor(deposit=deposit)):
            return deposit
        case NothingFits(previous=ChooseSize(door=DepositDoor(deposit=deposit))):
            return deposit
        case WhyCancel(door=DepositDoor(deposit=deposit)) | SignHandOver(door=DepositDoor(deposit=deposit)):
            return deposit
        case _:
            return ""


def compartment_of(step: Step) -> str:
    """The door that somebody stands at, an empty text for none."""
    match step:
        case PickupDoor(compartment=compartment) | DepositDoor(compartment=compartment):
            return compartment
        case FetchDoor(compartment=compartment) | WeighParcel(door=FetchDoor(compartment=compartment)):
            return compartment
        case ReportProblem(door=door) | InspectParcel(door=door) | SignParcel(door=door) | SignHandOver(door=door):
            return door.compartment
        case ProblemReported(door=door) | ReportPhoto(reported=ProblemReported(door=door)):
            return door.compartment
        case _:
            return ""


def door_left_behind(locker: LockerState) -> Visit | None:
    """A courier's door that stands open: the screen that nobody is signed in at must not keep silent about it."""
    for visit in deposits_under_way(locker.site):
        compartment = locker.site.compartments[visit.compartment]
        is_open = compartment.use is Use.FILLING and compartment.seen is Seen.OPEN
        if is_open and visit.id in locker.left_behind:
            return visit
    return None


def update(state: KioskState, locker: LockerState, now: KioskTime) -> KioskState:
    """The state after a look at its door."""
    match state.step:
        case PickupDoor() as door:
            return _update_pickup(state, door, locker, now)
        case DepositDoor() as door:
            return _update_deposit(state, door, locker, now)
        case ReportProblem(door=door):
            return replace(state, step=ReportProblem(pickup_as_seen(door, locker, now)))
        case ProblemReported(door=door) as reported:
            return replace(state, step=replace(reported, door=pickup_as_seen(door, locker, now)))
        case ReportPhoto(reported=reported) as showing:
            as_seen = replace(reported, door=pickup_as_seen(reported.door, locker, now))
            return replace(state, step=replace(showing, reported=as_seen))
        case (
            ChooseSize(door=DepositDoor() as door)
            | NothingFits(previous=ChooseSize(door=DepositDoor() as door))
            | WhyCancel(door=door)
        ):
            seen = _update_deposit(state, door, locker, now)
            under_way = isinstance(seen.step, DepositDoor) and seen.step.phase in {DoorPhase.ORDERED, DoorPhase.OPEN}
            return _with_door(state, seen.step) if under_way else seen
        case ConfirmPin(door=door, take_back=take_back):
            seen = _update_deposit(state, door, locker, now)
            until = take_back_until(locker.site, door.parcel) if take_back else reopen_until(locker.site, door)
            over = not state.waiting and (until is None or now.utc >= until)
            return replace(seen, step=door) if seen is state and over else seen
        case _:
            return state


def _with_door(state: KioskState, step: Step) -> KioskState:
    """The courier chooses another size meanwhile: the screen stays, its door is as seen."""
    match state.step:
        case ChooseSize() as size if isinstance(step, DepositDoor):
            return replace(state, step=replace(size, door=step))
        case NothingFits(previous=size) if isinstance(step, DepositDoor):
            return replace(state, step=NothingFits(replace(size, door=step)))
        case WhyCancel() if isinstance(step, DepositDoor):
            return replace(state, step=WhyCancel(step))
        case _:
            return state


def _update_pickup(state: KioskState, door: PickupDoor, locker: LockerState, now: KioskTime) -> KioskState:
    step = pickup_as_seen(door, locker, now)
    return state if step is door else replace(state, step=step, last_touch=now.seconds)


def pickup_as_seen(door: PickupDoor, locker: LockerState, now: KioskTime) -> PickupDoor:
    """The door of a pickup as its switch says; the same value when nothing has changed."""
    phase = pickup_phase(locker.site, door.parcel, door.compartment)
    if phase is DoorPhase.FAILED and door.phase in {DoorPhase.OPEN, DoorPhase.KEPT}:
        phase = DoorPhase.KEPT  # put back: stored again, and no lock failed
    if phase is door.phase or (door.phase is DoorPhase.SHUT and phase is DoorPhase.OVER):
        return door
    error = (
        ErrorMessage("door.did_not_open_again") if door.phase is DoorPhase.ORDERED and phase is DoorPhase.SHUT else None
    )
    return replace(door, phase=phase, since=now.seconds, at=now.utc, reported_stuck=False, error=error)


def _update_deposit(state: KioskState, door: DepositDoor, locker: LockerState, now: KioskTime) -> KioskState:
    phase, compartment = deposit_phase(locker.site, door.deposit, door.parcel, door.compartment)
    if phase is door.phase and compartment == door.compartment:
        return state
    if door.phase is DoorPhase.OVER and phase is not DoorPhase.OPEN:
        return state
    if door.phase is DoorPhase.SHUT and phase not in {DoorPhase.ORDERED, DoorPhase.OPEN}:
        return state  # stored it was: that somebody has it by now is no news for its courier
    moved = "" if compartment == door.compartment else door.compartment
    error = None
    stored_before = any(each.parcel == door.parcel for each in state.stored_parcels)
    if phase is DoorPhase.SHUT and door.phase is DoorPhase.ORDERED and stored_before:
        error = ErrorMessage("door.did_not_open_again")  # else this screen was slower than the hand at the door
    step = replace(
        door,
        phase=phase,
        compartment=compartment,
        since=now.seconds,
        at=now.utc,
        reported_stuck=False,
        moved_from=moved or (door.moved_from if phase in {DoorPhase.ORDERED, DoorPhase.OPEN} else ""),
        intent=DepositIntent.STORE if phase is DoorPhase.SHUT else door.intent,
        error=error,
    )
    return replace(state, step=step, last_touch=now.seconds, stored_parcels=_stored_parcels(state, step))


def _stored_parcels(state: KioskState, door: DepositDoor) -> tuple[StoredParcel, ...]:
    """What the courier has stored, with this parcel as it now stands: newest first."""
    others = tuple(each for each in state.stored_parcels if each.tracking != door.tracking)
    if door.phase is DoorPhase.SHUT:
        return (StoredParcel(door.compartment, door.recipient.unit, door.tracking, door.parcel), *others)
    if door.phase is DoorPhase.OVER:
        return others
    return state.stored_parcels
