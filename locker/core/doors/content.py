"""When nobody can say what is behind a door: the compartment becomes CHECK and stays so until a person looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events.door_events import ContentUnknown
from locker.core.model import CheckFrom

if TYPE_CHECKING:
    from locker.core.outcome import Draft
    from locker.core.visit import Visit


def content_unknown(draft: Draft, name: str, why: str, check_from: CheckFrom) -> None:
    """Make the compartment CHECK, and with it every parcel that may be inside.

    `check_from` is what the parcels of the visit were doing; those that only lay beside them were stored.
    """
    visit = draft.site.visits.get(name)
    moving = draft.site.compartments[name].parcels if visit is None else visit.parcels
    for parcel in draft.site.compartments[name].parcels:
        doing = check_from if parcel in moving else CheckFrom.STORED
        draft.add(ContentUnknown(compartment=name, why=why, parcel=parcel, check_from=doing))
    if not draft.site.compartments[name].parcels:
        draft.add(ContentUnknown(compartment=name, why=why))
    if visit is not None:
        linked_unknown(draft, visit, why)


def linked_unknown(draft: Draft, visit: Visit, why: str) -> None:
    """Of a parcel between two doors nobody knows at either of them: this visit is over, and so is the one beside it."""
    for name in (visit.target, visit.origin):
        other = draft.site.visits.get(name)
        if other is not None and visit.compartment in {other.target, other.origin} and (visit.origin or other.origin):
            content_unknown(draft, name, why, CheckFrom.DEPOSIT)
