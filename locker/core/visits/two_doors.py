"""A parcel that staff carry from behind one door to behind another: recorded where it was until the other one is open.

Both doors have a visit of the same deposit; the first names the second as its `target`, the second the first as its
`origin`. The second is ordered when the first is seen open.

| what happens                          | the parcel                                                        |
|---------------------------------------|-------------------------------------------------------------------|
| the second door is seen open          | is recorded there; the first is free when it is seen shut          |
| the second door does not open         | stays; another free door is ordered, and this one is retired       |
| no door is free, or none opened       | stays, and is stored where it was when the first is seen shut      |
| the first is shut before              | is stored where it was; the second is free again                   |
| nobody could watch one of them        | CHECK at the first, and the second is CHECK too                    |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.doors.content import content_unknown
from locker.core.doors.unlock import lock_fault, order
from locker.core.events.door_events import CompartmentRetired
from locker.core.events.visit_events import DepositLeaving, DepositMoved, SecondDoorOrdered, VisitEnded
from locker.core.model import CheckFrom, Leaving, Use
from locker.core.parcels.moving import still_free
from locker.core.reasons import Refused
from locker.core.site_questions import own_units
from locker.core.visit import InDoubt
from locker.core.visits.allocation import choose

if TYPE_CHECKING:
    from locker.core.model import Compartment, Parcel
    from locker.core.outcome import Draft
    from locker.core.visit import Visit


def opened(draft: Draft, visit: Visit) -> None:
    """One of the two doors is seen open."""
    if not visit.parcels:
        return
    parcel = draft.site.parcels[visit.parcels[0]]
    if visit.origin:
        _arrived(draft, visit, parcel)
    elif visit.target:
        _order_second(draft, visit, parcel)


def first_shut(draft: Draft, visit: Visit) -> None:
    """The first door is seen shut before the second one opened: what lies there stays there."""
    second = second_of(draft, visit)
    if second is None:
        return
    if isinstance(second.stage, InDoubt) or second.blind:
        content_unknown(draft, visit.compartment, "the switch was not seen during a visit", CheckFrom.DEPOSIT)
        return
    draft.add(
        DepositLeaving(parcel=second.parcels[0], compartment=second.compartment, leaving=Leaving.CANCELLED),
    )


def second_never_opened(draft: Draft, visit: Visit) -> None:
    """The second door did not open: another one is tried while the first stands open."""
    lock_fault(draft, visit, visit.pulses + visit.asked)
    draft.add(VisitEnded(compartment=visit.compartment, visit=visit.id, use=Use.FREE))
    draft.add(CompartmentRetired(compartment=visit.compartment, reason="lock did not open"))
    first = draft.site.visits[visit.origin]
    _order_second(draft, first, draft.site.parcels[visit.parcels[0]])


def second_of(draft: Draft, visit: Visit) -> Visit | None:
    """The visit at the second door, while its parcel is still recorded at the first; None when there is none."""
    second = draft.site.visits.get(visit.target)
    return second if second is not None and second.origin == visit.compartment and second.parcels else None


def _order_second(draft: Draft, visit: Visit, parcel: Parcel) -> None:
    """Order the door that was meant, or any that is free; when none is, the parcel stays."""
    other = still_free(draft, visit) or _any_free(draft, parcel)
    if other is None:
        return
    draft.add(
        SecondDoorOrdered(
            parcel=parcel.id,
            compartment=other.id,
            origin=visit.compartment,
            visit=visit.id,
            door_open_seconds=draft.site.policy.door_open_seconds,
        )
    )
    order(draft, other.id)


def _any_free(draft: Draft, parcel: Parcel) -> Compartment | None:
    residents = (draft.site.residents.get(one) for one in parcel.recipients)
    try:
        return choose(
            draft.site,
            parcel.size,
            now=draft.now,
            reach=any(one.reach for one in residents if one is not None),
            flags=parcel.flags,
            needs=parcel.needs,
            units=own_units(draft.site, parcel.recipients),
        )
    except Refused:
        return None


def _arrived(draft: Draft, visit: Visit, parcel: Parcel) -> None:
    draft.add(DepositLeaving(parcel=parcel.id, compartment=visit.origin, leaving=Leaving.RESIZED))
    policy = draft.site.policy
    draft.add(
        DepositMoved(
            parcel=parcel.id,
            compartment=visit.compartment,
            size=parcel.size,
            visit=visit.id,
            door_open_seconds=policy.door_open_seconds,
            reopen_seconds=policy.reopen_seconds,
        )
    )
