"""What happens because time passed: retries, doors left open, graces that end, parcels overdue."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, assert_never

from locker.core.doors import recovery
from locker.core.doors.content import content_unknown
from locker.core.doors.unlock import due_by_rule, is_due, lock_fault, order, switch_fault
from locker.core.events.door_events import DoorLeftOpen
from locker.core.events.visit_events import ParcelOverdue, VisitEnded
from locker.core.messages.observations import Tick
from locker.core.model import CheckFrom, ParcelState, Seen, VisitKind
from locker.core.parcels import credentials, expected
from locker.core.site_questions import door_open_seconds, reopen_seconds
from locker.core.visit import Grace, InDoubt, Open, Ordered
from locker.core.visits import deposit, outbound, pickup

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.model import Site
    from locker.core.outcome import Draft
    from locker.core.visit import Visit


def tick(draft: Draft, observation: Tick) -> None:
    """Do all that is due now. Days and hours are believed only when the clock is."""
    for name in sorted(draft.site.visits):
        visit = draft.site.visits.get(name)
        if visit is not None:
            _visit(draft, visit)
    expected.expire(draft)
    if observation.synced:
        _overdue(draft)
        credentials.expire(draft)
        outbound.lapse(draft)


def next_deadline(site: Site) -> datetime | None:
    """When `tick` has something to do for a visit; None when nobody is at a door.

    Overdue parcels have no deadline here: they are found by any tick, and minutes do not matter.
    """
    return min((moment for visit in site.visits.values() if (moment := _due(site, visit)) is not None), default=None)


def _due(site: Site, visit: Visit) -> datetime | None:
    match visit.stage:
        case InDoubt():
            return None
        case Open(since=since):
            return since + timedelta(seconds=door_open_seconds(site, visit))
        case Grace(since=since):
            return since + timedelta(seconds=reopen_seconds(site, visit))
        case Ordered():
            return due_by_rule(site, visit)
        case _:
            assert_never(visit.stage)


def _visit(draft: Draft, visit: Visit) -> None:
    due = _due(draft.site, visit)
    if due is None or due > draft.now:
        return
    if isinstance(visit.stage, Open):
        _left_open(draft, visit)
    elif isinstance(visit.stage, Grace):
        pickup.grace_ends(draft, visit)
    elif is_due(draft.site, visit, draft.now):
        order(draft, visit.compartment)
    else:
        _never_opened(draft, visit)


def _left_open(draft: Draft, visit: Visit) -> None:
    draft.add(DoorLeftOpen(compartment=visit.compartment, visit=visit.id))
    source = CheckFrom.PICKUP if visit.kind is VisitKind.PICKUP else CheckFrom.DEPOSIT
    content_unknown(draft, visit.compartment, "door left open", source)


def _never_opened(draft: Draft, visit: Visit) -> None:
    if visit.blind or draft.site.compartments[visit.compartment].seen is Seen.UNSEEN:
        recovery.end_blind_visit(draft, visit)
        return
    match visit.kind:
        case VisitKind.DEPOSIT:
            deposit.never_opened(draft, visit)
        case VisitKind.PICKUP:
            pickup.never_opened(draft, visit)
        case VisitKind.STAFF:
            _order_over(draft, visit)


def _order_over(draft: Draft, visit: Visit) -> None:
    """A staff order on a door that stood open already met no fault: nobody could see it open again."""
    compartment = draft.site.compartments[visit.compartment]
    if compartment.seen is Seen.OPEN:
        draft.add(VisitEnded(compartment=compartment.id, visit=visit.id, use=compartment.use))
        switch_fault(draft, compartment.id)
    else:
        lock_fault(draft, visit, 1)


def _overdue(draft: Draft) -> None:
    stored = [p for p in draft.site.parcels.values() if p.deadline is not None and not p.overdue and not p.held]
    for parcel in sorted(stored, key=lambda p: p.id):
        if parcel.deadline is not None and parcel.deadline <= draft.now and parcel.state is ParcelState.STORED:
            draft.add(ParcelOverdue(parcel=parcel.id, compartment=parcel.compartment))
