"""Every parcel behind one door, as the door's page names them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from locker.services.duty import unit_of

if TYPE_CHECKING:
    from api.staff.localized_text import LocalizedText
    from locker.core.model import Compartment, Parcel, Site


@dataclass(frozen=True, slots=True)
class ParcelHere:
    """One parcel behind a door: whose it is, and by what it is told from those beside it."""

    id: str
    label: str
    since: str


def parcels_here(site: Site, compartment: Compartment, text: LocalizedText) -> list[ParcelHere]:
    """Every parcel that is recorded behind this door, in the order in which they came."""
    found = []
    for parcel in (site.parcels[one] for one in compartment.parcels if one in site.parcels):
        unit, since = unit_of(site, parcel.id), text.short_time(parcel.stored_at or parcel.since)
        label = text.translate("panel.parcel_for", unit=unit) if unit else text.translate("panel.parcel_for_nobody")
        told = text.translate("panel.parcel_since", size=parcel.size.value, time=since)
        found.append(ParcelHere(parcel.id, label, told))
    return found


def first_live(site: Site, compartment: Compartment) -> Parcel | None:
    """The first parcel that may be behind this door; None when there is none."""
    here = (site.parcels[one] for one in compartment.parcels if one in site.parcels)
    return next((each for each in here if each.state.live), None)
