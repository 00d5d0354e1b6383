"""What a resident says at an open door: it stays, it is not as it should be, all is well. Opening is not acceptance.

Whose pickup it is says its source: what one kiosk or program began, no other may speak of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.doors.content import content_unknown
from locker.core.events.parcel_events import PickupAccepted, PickupRejected, PutBackSaid
from locker.core.messages.parcel_commands import PickupParcelsAnswer
from locker.core.model import CheckFrom, Flag, ParcelState, VisitKind
from locker.core.reasons import RefusalReason, Refused
from locker.core.visit import Grace, InDoubt, Ordered

if TYPE_CHECKING:
    from locker.core.messages.parcel_commands import Accept, PutBack, Reject
    from locker.core.model import Site
    from locker.core.outcome import Draft
    from locker.core.visit import Visit


def put_back(draft: Draft, command: PutBack) -> None:
    """Let parcels stay: seen shut, they are stored again, their codes valid. Raises Refused.

    Only until its door is seen shut: what was collected stays so.
    """
    open_doors = [
        (visit, one)
        for visit in _visits(draft, command.pickup, command.source)
        for one in visit.parcels
        if command.parcel in {None, one}
    ]
    if command.parcel is not None and not open_doors:
        raise Refused(RefusalReason.UNKNOWN)
    staying = [
        (visit, one)
        for visit, one in open_doors
        if not isinstance(visit.last, Grace) and draft.site.parcels[one].state is ParcelState.COLLECTING
    ]
    if not staying:
        raise Refused(RefusalReason.NOT_NOW)
    for visit, one in staying:
        _must_be_seen(visit)
        if one not in visit.put_back:
            draft.add(PutBackSaid(pickup=visit.id, parcel=one, compartment=visit.compartment))


def reject(draft: Draft, command: Reject) -> None:
    """Hold a parcel that is missing, damaged or another's: its compartment is CHECK, and staff are told.

    From the moment its door was seen open until its grace is over. Raises Refused.
    """
    visit, parcel = _one_of(draft, command.pickup, command.source, command.parcel)
    _must_be_seen(visit)
    if isinstance(visit.stage, Ordered):
        raise Refused(RefusalReason.NOT_NOW)
    draft.add(PickupRejected(pickup=visit.id, parcel=parcel, compartment=visit.compartment, why=command.why))
    content_unknown(draft, visit.compartment, f"rejected as {command.why.value}", CheckFrom.PICKUP)


def accept(draft: Draft, command: Accept) -> None:
    """Note that what was fetched is as it should be, once. Raises Refused while nothing was seen open."""
    visit, parcel = _one_of(draft, command.pickup, command.source, command.parcel)
    _must_be_seen(visit)
    if isinstance(visit.stage, Ordered) or parcel in visit.put_back:
        raise Refused(RefusalReason.NOT_NOW)
    if parcel not in visit.accepted:
        draft.add(PickupAccepted(pickup=visit.id, parcel=parcel, compartment=visit.compartment))


def accept_by_rule(draft: Draft, visit: Visit) -> None:
    """Nobody objected within the grace: what asks for acceptance is accepted."""
    for one in visit.parcels:
        if Flag.ACCEPT in draft.site.parcels[one].flags and one not in visit.accepted:
            draft.add(PickupAccepted(pickup=visit.id, parcel=one, compartment=visit.compartment, by_rule=True))


def parcels_answer(site: Site, pickup: str, named: str | None) -> PickupParcelsAnswer:
    """How the parcels of a pickup stand; after a rejection its door has no visit, and the parcel named is told."""
    told = [
        one
        for _, visit in sorted(site.visits.items())
        if visit.id == pickup and visit.kind is VisitKind.PICKUP
        for one in visit.parcels
    ]
    names = dict.fromkeys([*([named] if named is not None else []), *told])
    parcels = [site.parcels[one] for one in names]
    return PickupParcelsAnswer(pickup, tuple((p.id, p.compartment, p.state.value, p.held) for p in parcels))


def _visits(draft: Draft, pickup: str, source: str) -> list[Visit]:
    """The doors of this pickup at which somebody still is. Raises Refused: unknown for another's, too."""
    found = [
        visit
        for _, visit in sorted(draft.site.visits.items())
        if visit.kind is VisitKind.PICKUP and visit.id == pickup and visit.by == source
    ]
    if not found:
        raise Refused(RefusalReason.UNKNOWN)
    return found


def _one_of(draft: Draft, pickup: str, source: str, named: str | None) -> tuple[Visit, str]:
    every = [(visit, one) for visit in _visits(draft, pickup, source) for one in visit.parcels]
    if named is None and len(every) > 1:
        raise Refused(RefusalReason.WHICH_PARCEL)
    for visit, one in every:
        if named in {None, one}:
            return visit, one
    raise Refused(RefusalReason.UNKNOWN)


def _must_be_seen(visit: Visit) -> None:
    if isinstance(visit.stage, InDoubt):
        raise Refused(RefusalReason.DOOR_UNSEEN)
