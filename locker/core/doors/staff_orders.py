"""What staff may order: a door, a word about what is behind it, a compartment out of use and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.doors.content import linked_unknown
from locker.core.doors.mass_opening import must_not_be_many
from locker.core.doors.unlock import order_by_staff
from locker.core.events.door_events import CompartmentCleared, CompartmentRestored, CompartmentRetired
from locker.core.events.visit_events import ParcelCollected, ParcelEnded, VisitEnded
from locker.core.messages.commands import Clear, ClearByWord, Restore, Retire, StaffOpen
from locker.core.model import CheckFrom, Content, ParcelState, Seen, Use
from locker.core.parcels.credentials import renewed
from locker.core.reasons import RefusalReason, Refused
from locker.core.visit import InDoubt
from locker.core.visits.deposit import store

if TYPE_CHECKING:
    from locker.core.model import Compartment, Parcel
    from locker.core.outcome import Draft


def staff_open(draft: Draft, command: StaffOpen) -> None:
    """One pulse by a person's order, whatever the switch says: a false "open" must not stop it (H8).

    Raises Refused, too-many-doors among others.
    """
    compartment = _known(draft, command.compartment)
    if compartment.use in {Use.FILLING, Use.EMPTYING}:
        raise Refused(RefusalReason.BUSY)
    alone = command.approved_by in {"", command.by}
    if alone:
        must_not_be_many(draft, compartment.id, command.by)
    order_by_staff(draft, compartment.id, command.order, command.reason, command.by if alone else "")


def clear(draft: Draft, command: Clear) -> None:
    """End the doubt about a compartment, by the word of the person who looked inside and shut the door."""
    compartment = _known(draft, command.compartment)
    if compartment.use is not Use.CHECK:
        raise Refused(RefusalReason.NOT_NOW)
    if compartment.id in draft.site.visits:
        raise Refused(RefusalReason.BUSY)  # a staff order is under way: what it lets out or in is not known yet
    _must_be_shut(compartment)
    _settle(draft, compartment, CompartmentCleared(compartment=compartment.id, content=command.content), command)


def clear_by_word(draft: Draft, command: ClearByWord) -> None:
    """The way out where no switch can tell: a dead wire, a compartment that left the site file, a mechanical key.

    Only while the switch is unseen or known to be dead, and for nobody who is just at the door. Raises Refused:
    witness-needed when one person alone, who is no supervisor, says so.
    """
    compartment = _known(draft, command.compartment)
    if not (command.supervisor or (command.witness and command.witness != command.by)):
        raise Refused(RefusalReason.WITNESS_NEEDED)
    cannot_tell = compartment.seen is Seen.UNSEEN or compartment.switch_dead
    all_there = command.found is None or command.found == frozenset(compartment.parcels)
    nothing_open = compartment.use is Use.LOADED and command.content is Content.PARCEL and all_there
    if not cannot_tell or nothing_open or compartment.use in {Use.FREE, Use.RETIRED}:
        raise Refused(RefusalReason.NOT_NOW)
    visit = draft.site.visits.get(compartment.id)
    if visit is not None and not isinstance(visit.stage, InDoubt):
        raise Refused(RefusalReason.BUSY)
    cleared = CompartmentCleared(
        compartment=compartment.id,
        content=command.content,
        by_word=True,
        reason=command.reason,
        witness=command.witness,
    )
    _settle(draft, compartment, cleared, command)


def _settle(draft: Draft, compartment: Compartment, cleared: CompartmentCleared, command: Clear | ClearByWord) -> None:
    """What the word means for each parcel that was recorded here: stored, or gone the way it was going."""
    here = [draft.site.parcels[one] for one in compartment.parcels if one in draft.site.parcels]
    live = [parcel for parcel in here if parcel.state.live]
    there = _there(live, command)
    _end_visit(draft, compartment, Use.CHECK)
    for parcel in (each for each in live if each not in there):
        if _was_leaving(parcel):
            draft.add(ParcelCollected(parcel=parcel.id, compartment=compartment.id, by_word=True))
        else:
            withdrawn = ParcelState.WITHDRAWN.value
            draft.add(ParcelEnded(parcel=parcel.id, compartment=compartment.id, state=withdrawn))
    draft.add(cleared)
    for parcel in there:
        if parcel.code_dead and parcel.id in command.new_codes:
            draft.add(renewed(parcel, command.new_codes[parcel.id]))
        store(draft, parcel.id, compartment.id)


def _there(live: list[Parcel], command: Clear | ClearByWord) -> list[Parcel]:
    """Those of these parcels that lie here by this word. Raises Refused: unknown for one that is not recorded here."""
    if command.content is Content.EMPTY:
        if command.found:
            raise Refused(RefusalReason.NOT_NOW)
        return []
    found = {parcel.id for parcel in live} if command.found is None else command.found
    if not found <= {parcel.id for parcel in live}:
        raise Refused(RefusalReason.UNKNOWN)
    if not found:
        raise Refused(RefusalReason.NOT_NOW)
    return [parcel for parcel in live if parcel.id in found]


def _end_visit(draft: Draft, compartment: Compartment, use: Use) -> None:
    """A visit that a restart left in doubt and that no switch will ever end."""
    visit = draft.site.visits.get(compartment.id)
    if visit is not None:
        draft.add(VisitEnded(compartment=compartment.id, visit=visit.id, use=use))
        linked_unknown(draft, visit, "interrupted by a restart")


def _was_leaving(parcel: Parcel) -> bool:
    """True for a parcel that its resident was taking, or that staff handed out of a door which no switch watches."""
    if parcel.held:
        return False  # what its resident rejected was not collected, whoever has it now
    if parcel.state is ParcelState.CHECK:
        return parcel.check_from is CheckFrom.PICKUP
    return parcel.state in {ParcelState.COLLECTING, ParcelState.STORED}


def retire(draft: Draft, command: Retire) -> None:
    """Take an empty compartment out of use. Raises Refused where a parcel may be inside."""
    compartment = _known(draft, command.compartment)
    if compartment.use in {Use.FILLING, Use.EMPTYING}:
        raise Refused(RefusalReason.BUSY)
    empty = compartment.use is Use.FREE or (compartment.use is Use.CHECK and not compartment.parcels)
    if not empty:
        raise Refused(RefusalReason.NOT_NOW)
    draft.add(CompartmentRetired(compartment=compartment.id, reason=command.reason))


def retire_stuck(draft: Draft, name: str) -> None:
    """No parcel is to come behind a lock that does not go back to rest; one that lies there is collected first."""
    if draft.site.compartments[name].use is Use.FREE:
        draft.add(CompartmentRetired(compartment=name, reason="relay stays on"))


def restore(draft: Draft, command: Restore) -> None:
    """Put a compartment back into use, when its door is seen shut."""
    compartment = _known(draft, command.compartment)
    if compartment.use is not Use.RETIRED:
        raise Refused(RefusalReason.NOT_NOW)
    _must_be_shut(compartment)
    draft.add(CompartmentRestored(compartment=compartment.id))


def _known(draft: Draft, name: str) -> Compartment:
    compartment = draft.site.compartments.get(name)
    if compartment is None:
        raise Refused(RefusalReason.UNKNOWN)
    return compartment


def _must_be_shut(compartment: Compartment) -> None:
    if compartment.seen is Seen.UNSEEN:
        raise Refused(RefusalReason.DOOR_UNSEEN)
    if compartment.seen is not Seen.SHUT:
        raise Refused(RefusalReason.NOT_NOW)
