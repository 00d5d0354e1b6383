"""Places without a door: what lies there, and what comes, goes and is handed out by a staff member's word.

Nothing of a place is seen by a switch or opened by a code: staff say what they did, and their word is the record.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.custody_events import ParcelMoved, ParcelPlaced
from locker.core.parcel_words import ParcelType
from locker.core.parcels.expected import expected_by_number
from locker.core.parcels.parcel_types import HANDLING
from locker.core.reasons import RefusalReason, Refused

if TYPE_CHECKING:
    from locker.core.messages.custody_commands import PlaceParcel
    from locker.core.model import Parcel, Site
    from locker.core.outcome import Draft
    from locker.core.place import Place


def place_parcel(draft: Draft, command: PlaceParcel) -> None:
    """Note that staff put a parcel at a place. It is stored at once, and its free time runs. Raises Refused.

    What was announced, by whomever, is taken in under its own id.
    """
    site = draft.site
    place = with_room(site, command.place)
    if any(p.state.live and p.label_hash == command.label_hash for p in site.parcels.values()):
        raise Refused(RefusalReason.DUPLICATE_TRACKING)
    expected = expected_by_number(draft, command.parcel, command.label_hash)
    recipients = command.recipients
    if recipients is None and expected is not None:
        recipients = expected.recipients
    size = command.size or (expected.size if expected is not None else None)
    if size is None or recipients is None:
        raise Refused(RefusalReason.NOT_EXPECTED)
    if not recipients:
        raise Refused(RefusalReason.UNKNOWN_RECIPIENT)
    kind = command.type or (expected.type if expected is not None else ParcelType.PARCEL)
    flags = command.flags or (expected.flags if expected is not None else frozenset())
    draft.add(
        ParcelPlaced(
            parcel=command.parcel,
            place=place.id,
            size=size,
            recipients=recipients,
            label_hash=command.label_hash,
            company=command.company,
            direction=command.direction,
            flags=tuple(sorted(flags | HANDLING[kind].flags)),
            type=kind,
            details=command.details,
            deadline=draft.now + timedelta(hours=site.policy.free_hours),
            tracking=command.tracking,
            unit=command.unit,
            courier=command.courier,
        )
    )


def with_room(site: Site, name: str) -> Place:
    """The place of this id, if one more parcel may come there. Raises Refused."""
    place = site.places.get(name)
    if place is None:
        raise Refused(RefusalReason.UNKNOWN)
    coming = sum(visit.place == name and visit.inside for visit in site.visits.values())
    if len(lying(site, name)) + coming >= place.capacity:
        raise Refused(RefusalReason.NO_SPACE)
    return place


def lying(site: Site, name: str) -> list[Parcel]:
    """The parcels at this place, by id."""
    return sorted((p for p in site.parcels.values() if p.place == name and p.state.live), key=lambda p: p.id)


def moved_to(draft: Draft, parcel: Parcel, place: str) -> None:
    """Note that this parcel is at another place now."""
    draft.add(ParcelMoved(parcel=parcel.id, compartment=parcel.compartment, from_place=parcel.place, place=place))
