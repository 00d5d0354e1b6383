"""Who takes a parcel out without its code: the courier who brought it, its carrier when it is overdue, and staff.

A courier never makes a parcel collected: it is withdrawn within a quarter of an hour, or returned once it is overdue.
Staff hand out to whom they know or have seen a document of; its number is never written down. What passes over the
desk is fetched by staff where a resident left it for them, and taken back where they left it for a resident.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.doors.content import content_unknown
from locker.core.doors.opening_hours import must_be_open
from locker.core.doors.unlock import must_be_cool
from locker.core.events.custody_events import ParcelReleased
from locker.core.events.visit_events import DepositLeaving, ParcelCollected, ParcelEnded
from locker.core.model import CheckFrom, Direction, Leaving, ParcelState, Seen, Use
from locker.core.parcels.custody import known, stored
from locker.core.parcels.moving import fetch
from locker.core.reasons import RefusalReason, Refused
from locker.core.site_questions import behind
from locker.core.visit import InDoubt, Open
from locker.core.visits.visit_start import begin_pickup
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from locker.core.messages.custody_commands import NotFetched, Release, TakeOver, Withdraw
    from locker.core.model import Compartment, Parcel
    from locker.core.outcome import Draft

NOT_IN_THERE = "the courier did not find the parcel"
OWN_WITHIN = timedelta(minutes=15)
"""So long after its storing the courier who brought a parcel may take it back."""


def withdraw(draft: Draft, command: Withdraw) -> None:
    """Let a courier take a parcel out: an own one soon after, or any of the company once it is overdue.

    At a place it is staff who give it, by their word. Raises Refused: unknown for another company's.
    """
    must_be_open(draft.site, draft.now, staff=command.staff)
    parcel = draft.site.parcels.get(command.parcel)
    company = folded_name(command.company)
    if parcel is None or parcel.direction is not Direction.IN or folded_name(parcel.company) != company:
        raise Refused(RefusalReason.UNKNOWN)
    stored(draft, parcel.id)
    soon = parcel.stored_at is not None and draft.now < parcel.stored_at + OWN_WITHIN
    if not parcel.overdue and not (command.own and soon):
        raise Refused(RefusalReason.NOT_NOW)
    if not parcel.place:
        fetch(draft, parcel, take_back=True, returned=parcel.overdue, fetched_by=command.courier)
        return
    if not command.staff:
        raise Refused(RefusalReason.STAFF_ONLY)
    draft.add(ParcelEnded(parcel=parcel.id, compartment="", state=state_without(parcel).value))


def not_fetched(draft: Draft, command: NotFetched) -> None:
    """The courier at the door leaves the parcel there: seen shut it is stored as before, deadline and code its own.

    What is not in there is looked for by staff: the compartment and its parcels are CHECK, at once, as nobody else may
    get this door. Raises Refused: unknown for another company's, not-now once it is shut or before it was seen open.
    """
    parcel = draft.site.parcels.get(command.parcel)
    if parcel is None or folded_name(parcel.company) != folded_name(command.company):
        raise Refused(RefusalReason.UNKNOWN)
    visit = draft.site.visits.get(parcel.compartment)
    if (
        visit is None
        or parcel.id not in visit.parcels
        or visit.leaving not in {Leaving.WITHDRAWN, Leaving.RETURNED, Leaving.KEPT}
    ):
        raise Refused(RefusalReason.NOT_NOW)
    if isinstance(visit.stage, InDoubt):
        raise Refused(RefusalReason.DOOR_UNSEEN)
    if not isinstance(visit.stage, Open):
        raise Refused(RefusalReason.NOT_NOW)
    if command.missing:
        content_unknown(draft, visit.compartment, NOT_IN_THERE, CheckFrom.STORED)
    elif visit.leaving is not Leaving.KEPT:
        draft.add(DepositLeaving(parcel=parcel.id, compartment=visit.compartment, leaving=Leaving.KEPT))


def state_without(parcel: Parcel) -> ParcelState:
    """What a parcel is after its courier took it out."""
    return ParcelState.RETURNED if parcel.overdue else ParcelState.WITHDRAWN


def release(draft: Draft, command: Release) -> None:
    """Hand a parcel out to somebody whose identity was seen: its door is ordered, or at a place it is done by word.

    Raises Refused.
    """
    parcel = stored(draft, command.parcel)
    compartment = behind(draft.site, parcel)
    released = ParcelReleased(
        parcel=parcel.id, compartment=parcel.compartment, place=parcel.place, reason=command.reason
    )
    if compartment is None:
        draft.add(released)
        draft.add(ParcelCollected(parcel=parcel.id, compartment="", by_word=True))
        return
    _must_open(draft, compartment)
    draft.add(released)
    begin_pickup(draft, parcel, command.pickup, command.source or command.by, credential="")


def take_over(draft: Draft, command: TakeOver) -> None:
    """Staff fetch what passes over the desk: what is for them is collected, what was for a resident is withdrawn.

    At a place it is done by word. Raises Refused: not-now for what goes with a carrier.
    """
    if known(draft, command.parcel).direction is not Direction.DESK:
        raise Refused(RefusalReason.NOT_NOW)
    parcel = stored(draft, command.parcel)
    compartment = behind(draft.site, parcel)
    if not parcel.to_staff:
        if compartment is None:
            draft.add(ParcelEnded(parcel=parcel.id, compartment="", state=ParcelState.WITHDRAWN.value))
        else:
            fetch(draft, parcel, take_back=True, fetched_by=command.by)
        return
    if compartment is None:
        draft.add(ParcelCollected(parcel=parcel.id, compartment="", by_word=True))
        return
    _must_open(draft, compartment)
    begin_pickup(draft, parcel, command.pickup, command.by, credential="r" + parcel.id[1:])


def _must_open(draft: Draft, compartment: Compartment) -> None:
    """Let a person's order open a door at which nobody is. Raises Refused."""
    if compartment.id in draft.site.visits:
        raise Refused(RefusalReason.BUSY)
    if compartment.use is not Use.LOADED:
        raise Refused(RefusalReason.NOT_NOW)
    if compartment.seen is not Seen.SHUT:
        raise Refused(RefusalReason.DOOR_UNSEEN)
    must_be_cool(draft, compartment.id)
