"""What switches say: never refused, and turned into events by what the compartment is used for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.doors import bank_doubt, recovery
from locker.core.doors.content import content_unknown
from locker.core.events.door_events import DoorForced, DoorOpened, DoorShut, DoorsSeen, DoorsUnseen
from locker.core.messages.observations import SwitchesSeen
from locker.core.model import CheckFrom, Seen, Use, VisitKind
from locker.core.parcels import downtime
from locker.core.visit import Grace, Open, Ordered
from locker.core.visits import deposit, pickup, two_doors

if TYPE_CHECKING:
    from locker.core.model import Compartment
    from locker.core.outcome import Draft


def seen(draft: Draft, observation: SwitchesSeen) -> None:
    """Record every switch that changed, and what it means."""
    changed = {
        name: value
        for name, value in sorted(observation.doors.items())
        if name in draft.site.compartments and draft.site.compartments[name].seen is not value
    }
    lost = tuple(name for name, value in changed.items() if value is Seen.UNSEEN)
    if lost:
        draft.add(DoorsUnseen(compartments=lost))
    changed = bank_doubt.believed(draft, {name: value for name, value in changed.items() if name not in lost})
    back = {name: value for name, value in changed.items() if draft.site.compartments[name].seen is Seen.UNSEEN}
    downtime.seen_again(draft, back)
    _found_again(draft, back)
    for name, value in changed.items():
        if name in back:
            continue
        if value is Seen.OPEN:
            _opened(draft, draft.site.compartments[name])
        else:
            _shut(draft, draft.site.compartments[name])


def _found_again(draft: Draft, back: dict[str, Seen]) -> None:
    """Doors that could not be seen and now can: a visit goes on, and a door in use that stands open is CHECK."""
    quiet: dict[str, Seen] = {}
    for name, value in back.items():
        visit = draft.site.visits.get(name)
        stage = visit.stage if visit is not None else None
        was_open = isinstance(stage, Open)
        if value is Seen.OPEN and isinstance(stage, Ordered | Grace):
            _opened(draft, draft.site.compartments[name])
        elif value is Seen.SHUT and was_open:
            _shut(draft, draft.site.compartments[name])
        else:
            quiet[name] = value
    if not quiet:
        return
    shut = tuple(name for name, value in quiet.items() if value is Seen.SHUT)
    opened_names = tuple(name for name, value in quiet.items() if value is Seen.OPEN)
    draft.add(DoorsSeen(shut=shut, open=opened_names))
    for name, value in quiet.items():
        visit = draft.site.visits.get(name)
        if value is Seen.SHUT and visit is not None and isinstance(visit.stage, Ordered):
            recovery.end_blind_visit(draft, visit)
        else:
            recovery.first_seen(draft, name, value)


def _opened(draft: Draft, compartment: Compartment) -> None:
    visit = draft.site.visits.get(compartment.id)
    draft.add(DoorOpened(compartment=compartment.id, visit=visit.id if visit is not None else ""))
    ordered = visit is not None and visit.kind is VisitKind.STAFF
    if compartment.use is Use.CHECK and not ordered and _may_hold_a_parcel(draft, compartment):
        draft.add(DoorForced(compartment=compartment.id))
    if visit is not None and visit.kind is VisitKind.DEPOSIT:
        two_doors.opened(draft, visit)
    if compartment.use not in {Use.FREE, Use.LOADED}:
        return
    if not ordered:
        draft.add(DoorForced(compartment=compartment.id))
    why = "opened by staff" if ordered else "opened without an order"
    content_unknown(draft, compartment.id, why, CheckFrom.STORED)


def _may_hold_a_parcel(draft: Draft, compartment: Compartment) -> bool:
    return any(one in draft.site.parcels and draft.site.parcels[one].state.live for one in compartment.parcels)


def _shut(draft: Draft, compartment: Compartment) -> None:
    visit = draft.site.visits.get(compartment.id)
    draft.add(DoorShut(compartment=compartment.id, visit=visit.id if visit is not None else ""))
    if visit is None or not isinstance(visit.last, Open):
        return
    match visit.kind:
        case VisitKind.DEPOSIT:
            deposit.shut(draft, visit)
        case VisitKind.PICKUP:
            pickup.shut(draft, visit)
