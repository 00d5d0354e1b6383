"""One right code for all that lies here for the same people: which other doors it opens. Each is its own visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.credential import CredentialKind
from locker.core.model import Flag, ParcelState, Seen, Use
from locker.core.reasons import RefusalReason, Refused
from locker.core.site_questions import behind
from locker.core.visits.visit_start import credential_shown, failed_too_often

if TYPE_CHECKING:
    from locker.core.messages.commands import Collect
    from locker.core.model import Parcel, Site
    from locker.core.outcome import Draft

_ASK_FOR_SECOND = frozenset({Flag.INSURED, Flag.IN_PERSON})


def others(draft: Draft, parcel: Parcel, command: Collect) -> tuple[Parcel, ...]:
    """One parcel of each other door that may be opened now, in the order of the doors.

    Only for who fetches for himself: a delegate's code opens what it names. Raises Refused: second-needed where
    an insured or in-person parcel is among them and no second item was shown; then nothing opens.
    """
    shown = credential_shown(draft, parcel, command)
    if shown is None or shown.kind is CredentialKind.DELEGATE:
        return ()
    ready = [p for p in draft.site.parcels.values() if p.compartment != parcel.compartment and _may_open(draft, p)]
    theirs = [p for p in ready if set(p.recipients) == set(parcel.recipients) and not p.from_resident]
    found = {p.compartment: p for p in sorted(theirs, key=lambda p: (p.compartment, p.id), reverse=True)}
    if command.second is None and any(asks_for_second(draft.site, name) for name in found):
        raise Refused(RefusalReason.SECOND_NEEDED)
    return tuple(found[name] for name in sorted(found))


def _may_open(draft: Draft, parcel: Parcel) -> bool:
    compartment = behind(draft.site, parcel)
    if compartment is None:
        return False
    here = [draft.site.parcels[one] for one in compartment.parcels]
    stored = parcel.state is ParcelState.STORED and compartment.use is Use.LOADED and compartment.seen is Seen.SHUT
    free = compartment.id not in draft.site.visits and not any(p.held for p in here)
    return stored and free and not failed_too_often(draft, parcel)


def asks_for_second(site: Site, compartment: str) -> bool:
    """True where something insured, or for its recipient in person, lies behind a door: a code may be anybody's."""
    return any(site.parcels[one].flags & _ASK_FOR_SECOND for one in site.compartments[compartment].parcels)
