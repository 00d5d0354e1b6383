"""A parcel that stays: held so that nothing lets it out, and how long it may lie here.

Laws:

1. What is held does not leave by rule, for a code, or with a courier, and nobody is at its door: neither alone nor
   behind a door that it shares. Only a staff member's word about what is behind a door ends it all the same.
2. Its time stands still: it does not become overdue, and its deadline is later afterwards by as long as it was held.
3. A deadline only ever moves to a later moment. Asked for, it moves once; staff may move one or many, with a reason.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.custody_events import DeadlineShifted, HoldEnded, MoreTime, ParcelHeld, SenderChecked
from locker.core.model import Direction, ParcelState, VisitKind
from locker.core.reasons import RefusalReason, Refused
from locker.core.site_questions import behind
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from datetime import datetime

    from locker.core.messages.custody_commands import (
        CheckSender,
        DeadlineFilter,
        Extend,
        Hold,
        ShiftDeadlines,
        Unhold,
    )
    from locker.core.model import Parcel, Site
    from locker.core.outcome import Draft


def hold(draft: Draft, command: Hold) -> None:
    """Let nothing take this parcel out. Raises Refused: busy while somebody is at its door."""
    parcel = known(draft, command.parcel)
    nobody_at_its_door(draft.site, parcel)
    if parcel.state not in {ParcelState.STORED, ParcelState.CHECK} or parcel.held:
        raise Refused(RefusalReason.NOT_NOW)
    draft.add(ParcelHeld(parcel=parcel.id, compartment=parcel.compartment, reason=command.reason))


def unhold(draft: Draft, command: Unhold) -> None:
    """Let it leave again, with the time that it was held added to its deadline."""
    parcel = known(draft, command.parcel)
    if not parcel.held:
        raise Refused(RefusalReason.NOT_NOW)
    deadline = parcel.deadline
    if deadline is not None and parcel.held_at is not None:
        deadline += draft.now - parcel.held_at
    draft.add(HoldEnded(parcel=parcel.id, compartment=parcel.compartment, deadline=deadline))


def check_sender(draft: Draft, command: CheckSender) -> None:
    """Note that somebody has seen who sends this parcel (OB-15); to say so again changes nothing.

    Raises Refused: not-now for one that no resident sends by a carrier, and for one that has left.
    """
    parcel = known(draft, command.parcel)
    if parcel.direction is not Direction.OUT or parcel.state.ended:
        raise Refused(RefusalReason.NOT_NOW)
    if not parcel.identity:
        draft.add(SenderChecked(parcel=parcel.id, checked_by=command.checked_by.value))


def extend(draft: Draft, command: Extend) -> None:
    """Let it lie so many hours longer, from its deadline or from now when that is over. Without a reason once."""
    parcel = stored(draft, command.parcel)
    if parcel.deadline is None or (parcel.extended and not command.reason):
        raise Refused(RefusalReason.NOT_NOW)
    deadline = max(parcel.deadline, draft.now) + timedelta(hours=command.hours)
    draft.add(_later(parcel, deadline, MoreTime.SHIFTED if command.reason else MoreTime.EXTENDED, command.reason))


def shift(draft: Draft, command: ShiftDeadlines) -> None:
    """Move the deadline of every parcel that fits, wherever it is: what may be behind a door may be stored again."""
    for parcel in shifted(draft.site, command.only):
        if parcel.deadline is not None:
            deadline = parcel.deadline + timedelta(hours=command.hours)
            draft.add(_later(parcel, deadline, MoreTime.SHIFTED, command.reason))


def shifted(site: Site, only: DeadlineFilter) -> list[Parcel]:
    """The parcels with a deadline that this filter means, by id."""
    carrier = folded_name(only.carrier)
    units = {r.id for r in site.residents.values() if r.unit in only.units}

    def meant(parcel: Parcel) -> bool:
        return (
            (not only.units or not units.isdisjoint(parcel.recipients))
            and (not only.compartments or parcel.compartment in only.compartments)
            and (not only.places or parcel.place in only.places)
            and (not carrier or folded_name(parcel.company) == carrier)
            and (only.overdue is None or parcel.overdue is only.overdue)
        )

    with_deadline = (p for p in site.parcels.values() if p.state.live and p.deadline is not None)
    return sorted((p for p in with_deadline if meant(p)), key=lambda p: p.id)


def _later(parcel: Parcel, deadline: datetime, cause: MoreTime, reason: str) -> DeadlineShifted:
    return DeadlineShifted(
        parcel=parcel.id, compartment=parcel.compartment, deadline=deadline, cause=cause, reason=reason
    )


def known(draft: Draft, name: str) -> Parcel:
    """The parcel of this id, while it is here or expected. Raises Refused."""
    parcel = draft.site.parcels.get(name)
    if parcel is None:
        raise Refused(RefusalReason.UNKNOWN)
    return parcel


def stored(draft: Draft, name: str) -> Parcel:
    """The parcel of this id, at rest and not held, nobody at its door. Raises Refused."""
    parcel = known(draft, name)
    nobody_at_its_door(draft.site, parcel)
    if parcel.state is not ParcelState.STORED:
        raise Refused(RefusalReason.NOT_NOW)
    if held(draft.site, parcel):
        raise Refused(RefusalReason.HELD)
    return parcel


def held(site: Site, parcel: Parcel) -> bool:
    """True when this parcel, or one behind the same door, is held."""
    compartment = behind(site, parcel)
    others = compartment.parcels if compartment is not None else ()
    return bool(parcel.held) or any(site.parcels[one].held for one in others if one in site.parcels)


def nobody_at_its_door(site: Site, parcel: Parcel) -> None:
    """Raises Refused: busy while a courier or a resident is there, or comes or goes with it."""
    if parcel.state in {ParcelState.DEPOSITING, ParcelState.COLLECTING}:
        raise Refused(RefusalReason.BUSY)
    visit = site.visits.get(parcel.compartment)
    if visit is not None and visit.kind is not VisitKind.STAFF:
        raise Refused(RefusalReason.BUSY)
