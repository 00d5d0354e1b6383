"""Who a label means: by its phone, or by unit and name, as the directory of this house has them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from api.kiosk.courier.messages import LabelKnown
from api.kiosk.values import MaskedResident
from locker.core.model import Consent, Flag

if TYPE_CHECKING:
    from datetime import datetime

    from api.app_context import AppContext
    from locker.labels import TransportLabel
    from locker.services.people import Person


def of_label(context: AppContext, label: TransportLabel | None) -> LabelKnown:
    """What the label itself tells: whom it is for if that is one person here, what they agreed to, and flags."""
    if label is None:
        return LabelKnown(here=False)
    person = _meant(context, label)
    return LabelKnown(
        here=False,
        recipient=None if person is None else masked(context, person),
        consent=Consent.GIVEN if label.leave else None,
        flags=tuple(flag for flag, said in ((Flag.ACCEPT, label.signature), (Flag.COLD, label.cold)) if said),
        weight_g=label.weight_g,
        too_early=label.not_before is not None and _here_and_now(context) < label.not_before,
    )


def _here_and_now(context: AppContext) -> datetime:
    """What a clock on the wall shows, which is how labels tell a time."""
    return context.engine.now().astimezone(ZoneInfo(context.site.timezone)).replace(tzinfo=None)


def masked(context: AppContext, person: Person) -> MaskedResident:
    """A resident as a courier may see them, and whether they take parcels from hand to hand only."""
    in_person = context.wishes.of(person.id).in_person
    return MaskedResident(
        person.id, person.unit, person.masked_name, person.phone_tail, person.consent, person.reach, in_person
    )


def _meant(context: AppContext, label: TransportLabel) -> Person | None:
    """The only one who fits; among several the courier chooses."""
    directory = context.directory
    found = directory.by_phone(label.phone) if label.phone else []
    if len(found) != 1 and label.name:
        found = [person for unit in label.units for person in directory.find(unit, label.name)]
    return found[0] if len({person.id for person in found}) == 1 else None
