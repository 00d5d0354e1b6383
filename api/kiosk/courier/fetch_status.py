"""How it stands at a door that is opened to take a parcel out: screens follow the switch. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from api.kiosk.courier.fetch_steps import FetchDoor, FetchKind, WeighParcel
from api.kiosk.door_status import PHASE_OF, phase_of_check
from api.kiosk.values import DoorPhase, FetchedParcel, KioskTime, LockerState
from locker.core.model import ParcelState, VisitKind

if TYPE_CHECKING:
    from api.kiosk.state import KioskState
    from locker.core.model import Site


def fetch_phase(site: Site, door: FetchDoor) -> DoorPhase:
    """How it stands: shut once the parcel is taken, kept when it was left, failed when the door never opened."""
    visit, parcel = site.visits.get(door.compartment), site.parcels.get(door.parcel)
    if visit is not None and visit.kind is not VisitKind.STAFF and door.parcel in visit.parcels:
        return PHASE_OF[type(visit.last)]
    if parcel is None or parcel.state.ended:
        return DoorPhase.SHUT
    if parcel.state is ParcelState.CHECK:
        return phase_of_check(site.compartments[door.compartment])
    if parcel.state is not ParcelState.STORED:
        return door.phase
    return DoorPhase.KEPT if door.phase in {DoorPhase.OPEN, DoorPhase.KEPT} else DoorPhase.FAILED


def update(state: KioskState, locker: LockerState, now: KioskTime) -> KioskState:
    """The state after a look at its door."""
    match state.step:
        case FetchDoor() as door:
            seen = _as_seen(door, locker, now)
            return state if seen is door else _noted(replace(state, step=seen, last_touch=now.seconds), seen)
        case WeighParcel(door=door) as weighing:
            seen = _as_seen(door, locker, now)
            if seen is door:
                return state
            over = seen.phase not in {DoorPhase.OPEN, DoorPhase.SHUT}
            step = seen if over else replace(weighing, door=seen)
            return _noted(replace(state, step=step, last_touch=now.seconds), seen)
        case _:
            return state


def _as_seen(door: FetchDoor, locker: LockerState, now: KioskTime) -> FetchDoor:
    phase = fetch_phase(locker.site, door)
    if phase is door.phase or door.phase in {DoorPhase.SHUT, DoorPhase.KEPT}:
        return door  # what becomes of the compartment afterwards is no news for who stood here
    return replace(door, phase=phase, since=now.seconds, at=now.utc, error=None)


def _noted(state: KioskState, door: FetchDoor) -> KioskState:
    """The state with what was taken here in its list, newest first."""
    if door.phase is not DoorPhase.SHUT or any(one.parcel == door.parcel for one in state.fetched):
        return state
    taken = FetchedParcel(door.compartment, door.unit, door.parcel, door.kind is FetchKind.OUTBOUND)
    return replace(state, fetched=(taken, *state.fetched))
