"""Small questions to a site that several rules ask."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.text_folding import folded_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from locker.core.model import Compartment, Parcel, Site
    from locker.core.visit import Visit


def door_open_seconds(site: Site, visit: Visit) -> int:
    """How long this visit's door may stand open: what held when it began."""
    return site.policy.door_open_seconds if visit.door_open_seconds is None else visit.door_open_seconds


def may_reopen_until(site: Site, parcel: Parcel) -> datetime | None:
    """Until when who brought this parcel may open its door again: by what held when that visit began. None: no more."""
    if parcel.stored_at is None:
        return None
    seconds = site.policy.reopen_seconds if parcel.reopen_seconds is None else parcel.reopen_seconds
    return parcel.stored_at + timedelta(seconds=seconds)


def reopen_seconds(site: Site, visit: Visit) -> int:
    """How long after its shutting this visit's door opens again: what held when it began."""
    return site.policy.reopen_seconds if visit.reopen_seconds is None else visit.reopen_seconds


def behind(site: Site, parcel: Parcel) -> Compartment | None:
    """The compartment in which this parcel is recorded; None for one that is expected or lies at a place."""
    return site.compartments.get(parcel.compartment)


def own_units(site: Site, recipients: Iterable[str]) -> frozenset[str]:
    """The units of these residents, as the doors kept for a unit are compared with them."""
    return frozenset(folded_name(site.residents[one].unit) for one in recipients if one in site.residents)


def is_open_to(compartment: Compartment, units: frozenset[str]) -> bool:
    """True for a door that is for all, and for one that is kept for one of these units."""
    return not compartment.kept_for or folded_name(compartment.kept_for) in units
