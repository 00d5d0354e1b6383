"""How things stand, as it is told to whoever asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.core.messages.commands import CompartmentAnswer, DepositAnswer, PickupAnswer

if TYPE_CHECKING:
    from locker.core.model import Parcel, Site


def deposit_answer(parcel: Parcel) -> DepositAnswer:
    """How the deposit of this parcel stands."""
    return DepositAnswer(parcel.deposit, parcel.id, parcel.compartment, parcel.state.value)


def pickup_answer(site: Site, parcel: Parcel) -> PickupAnswer:
    """The visit that this parcel's code began, with all that its doors hold: the code's own parcel first."""
    pickup = site.visits[parcel.compartment].id
    own = [(parcel.id, parcel.compartment)]
    doors = [visit for _, visit in sorted(site.visits.items()) if visit.id == pickup]
    others = [(one, visit.compartment) for visit in doors for one in visit.parcels if one != parcel.id]
    return PickupAnswer(pickup, (*own, *others))


def compartment_answer(site: Site, name: str) -> CompartmentAnswer:
    """How a compartment stands. A collected parcel is in none, though its code opens the door until the grace ends."""
    compartment = site.compartments[name]
    return CompartmentAnswer(
        id=compartment.id,
        size=compartment.size.value,
        use=compartment.use.value,
        seen=compartment.seen.value,
        bank=compartment.bank,
        since=rfc3339(compartment.since) if compartment.since is not None else None,
        parcels=tuple(one for one in compartment.parcels if one in site.parcels and site.parcels[one].state.live),
    )
