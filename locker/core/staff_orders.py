"""What staff may order: a door, a word about what is behind it, a compartment out of use and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.commands import Clear, Restore, Retire, StaffOpen
from locker.core.deposit import store
from locker.core.events import (
    CompartmentCleared,
    CompartmentRestored,
    CompartmentRetired,
    ParcelCollected,
    ParcelEnded,
)
from locker.core.model import CheckFrom, Content, ParcelState, Seen, Use
from locker.core.reasons import RefusalReason, Refused
from locker.core.unlock import order_by_staff

if TYPE_CHECKING:
    from locker.core.model import Compartment
    from locker.core.outcome import Draft


def staff_open(draft: Draft, command: StaffOpen) -> None:
    """One pulse by a person's order, whatever the switch says: a false "open" must not stop it (H8)."""
    compartment = _known(draft, command.compartment)
    if compartment.use in {Use.FILLING, Use.EMPTYING}:
        raise Refused(RefusalReason.BUSY)
    order_by_staff(draft, compartment.id, command.order, command.reason)


def clear(draft: Draft, command: Clear) -> None:
    """End the doubt about a compartment, by the word of the person who looked inside and shut the door."""
    compartment = _known(draft, command.compartment)
    if compartment.use is not Use.CHECK:
        raise Refused(RefusalReason.NOT_NOW)
    _must_be_shut(compartment)
    parcel = draft.site.parcels.get(compartment.parcel or "")
    if command.content is Content.PARCEL:
        if parcel is None:
            raise Refused(RefusalReason.NOT_NOW)
        draft.add(CompartmentCleared(compartment=compartment.id, content=Content.PARCEL))
        store(draft, parcel.id, compartment.id)
        return
    if parcel is not None and parcel.state.live:
        if parcel.check_from is CheckFrom.PICKUP:
            draft.add(ParcelCollected(parcel=parcel.id, compartment=compartment.id, by_word=True))
        else:
            withdrawn = ParcelState.WITHDRAWN.value
            draft.add(ParcelEnded(parcel=parcel.id, compartment=compartment.id, state=withdrawn))
    draft.add(CompartmentCleared(compartment=compartment.id, content=Content.EMPTY))


def retire(draft: Draft, command: Retire) -> None:
    """Take an empty compartment out of use. Raises Refused where a parcel may be inside."""
    compartment = _known(draft, command.compartment)
    if compartment.use in {Use.FILLING, Use.EMPTYING}:
        raise Refused(RefusalReason.BUSY)
    empty = compartment.use is Use.FREE or (compartment.use is Use.CHECK and compartment.parcel is None)
    if not empty:
        raise Refused(RefusalReason.NOT_NOW)
    draft.add(CompartmentRetired(compartment=compartment.id, reason=command.reason))


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
