"""Moving a parcel that is here: to another door, or to a place without one. Its deadline and its code stay.

From a door the parcel is fetched as its courier would fetch it: the door is ordered, seen open and seen shut. To
another door it goes when the first is seen open (two_doors.py), so that a person stands between two open doors with
it in hand. Whatever does not come about leaves the parcel where it was.

| from           | to a place                              | to a door                                               |
| a place        | by word                                 | its door is ordered; not opened: back at the place      |
| a door         | its door is ordered; seen shut: moved   | its door is ordered; seen open: the other is ordered    |
| a CHECK        | by word, the compartment stays CHECK    | refused: first say what is behind the door              |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.doors.mass_opening import must_not_be_many
from locker.core.doors.unlock import order
from locker.core.events.visit_events import CodeRenewed, DepositMoved, DepositReopened
from locker.core.model import ParcelState, Seen, Use
from locker.core.parcels.custody import held, known, stored
from locker.core.parcels.places import moved_to, with_room
from locker.core.parcels.reservations import spare
from locker.core.reasons import RefusalReason, Refused
from locker.core.site_questions import behind, own_units
from locker.core.visits.allocation import offered

if TYPE_CHECKING:
    from locker.core.messages.custody_commands import Move
    from locker.core.model import Compartment, Parcel
    from locker.core.outcome import Draft
    from locker.core.visit import Visit


def move(draft: Draft, command: Move) -> None:
    """Take this parcel to another door or place. Raises Refused, with nothing moved."""
    parcel = known(draft, command.parcel)
    if command.to in draft.site.compartments:
        _to_door(draft, parcel, command)
    else:
        _to_place(draft, parcel, command)


def fetch(
    draft: Draft,
    parcel: Parcel,
    *,
    take_back: bool = False,
    returned: bool = False,
    place: str = "",
    target: str = "",
    fetched_by: str = "",
    ordered_by: str = "",
) -> None:
    """Order the door of a stored parcel, to take it out. `ordered_by` as the event has it. Raises Refused."""
    compartment = behind(draft.site, parcel)
    if compartment is None or compartment.use is not Use.LOADED:
        raise Refused(RefusalReason.NOT_NOW)
    if compartment.id in draft.site.visits:
        raise Refused(RefusalReason.BUSY)
    if compartment.seen is not Seen.SHUT:
        raise Refused(RefusalReason.DOOR_UNSEEN)
    if ordered_by:
        must_not_be_many(draft, compartment.id, ordered_by)
    draft.add(
        DepositReopened(
            parcel=parcel.id,
            compartment=compartment.id,
            take_back=take_back,
            returned=returned,
            place=place,
            target=target,
            fetched_by=fetched_by,
            door_open_seconds=draft.site.policy.door_open_seconds,
            reopen_seconds=draft.site.policy.reopen_seconds,
        )
    )
    order(draft, compartment.id, ordered_by)


def _to_place(draft: Draft, parcel: Parcel, command: Move) -> None:
    place = with_room(draft.site, command.to)
    compartment = behind(draft.site, parcel)
    if parcel.state is ParcelState.CHECK and compartment is not None:
        if compartment.id in draft.site.visits:
            raise Refused(RefusalReason.BUSY)
        if held(draft.site, parcel):
            raise Refused(RefusalReason.HELD)
        moved_to(draft, parcel, place.id)
        return
    stored(draft, parcel.id)
    if parcel.place == place.id:
        raise Refused(RefusalReason.NOT_NOW)
    if compartment is None:
        moved_to(draft, parcel, place.id)
    else:
        fetch(draft, parcel, place=place.id, ordered_by=command.by)


def _to_door(draft: Draft, parcel: Parcel, command: Move) -> None:
    stored(draft, parcel.id)
    target, new_code = _free_door(draft, parcel, draft.site.compartments[command.to]), command.new_code
    if parcel.code_dead and new_code is not None:
        draft.add(
            CodeRenewed(
                parcel=parcel.id,
                compartment=target.id,
                code_hash=new_code.code_hash,
                token_hash=new_code.token_hash,
                sealed=new_code.sealed,
            )
        )
    if parcel.place:
        draft.add(
            DepositMoved(
                parcel=parcel.id,
                compartment=target.id,
                size=parcel.size,
                visit=parcel.deposit,
                place=parcel.place,
                door_open_seconds=draft.site.policy.door_open_seconds,
                reopen_seconds=draft.site.policy.reopen_seconds,
            )
        )
        order(draft, target.id)
    else:
        fetch(draft, parcel, target=target.id, ordered_by=command.by)


def _free_door(draft: Draft, parcel: Parcel, door: Compartment) -> Compartment:
    if door.id == parcel.compartment:
        raise Refused(RefusalReason.NOT_NOW)
    if door.id in draft.site.visits:
        raise Refused(RefusalReason.BUSY)
    if door.seen is not Seen.SHUT:
        raise Refused(RefusalReason.DOOR_UNSEEN)
    if door.size.rank < parcel.size.rank:
        raise Refused(RefusalReason.TOO_LARGE)
    free = list(offered(draft.site, units=own_units(draft.site, parcel.recipients)))
    if not any(one.id == door.id for one in free):
        raise Refused(RefusalReason.NOT_NOW)
    if not any(one.id == door.id for one in spare(draft.site, draft.now, free)):
        raise Refused(RefusalReason.NO_SPACE)
    return door


def still_free(draft: Draft, visit: Visit) -> Compartment | None:
    """The other door that this visit is for, when its own is seen open; None when that one is not free any more."""
    recipients = [one for name in visit.parcels for one in draft.site.parcels[name].recipients]
    units = own_units(draft.site, recipients)
    free = (one for one in offered(draft.site, but=visit.compartment, units=units) if one.id == visit.target)
    return next(free, None)
