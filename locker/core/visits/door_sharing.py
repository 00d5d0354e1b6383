"""When a parcel may lie beside another one behind the same door: one household, one carrier, nothing that spoils."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.credential import CredentialKind
from locker.core.features import needs_of
from locker.core.model import Direction, Flag, ParcelState, Seen, Use
from locker.core.parcel_words import ParcelType
from locker.core.parcels.reservations import fits
from locker.frozen import dataclass
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from locker.core.model import Compartment, Parcel, Site, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """What a courier brings, with all that was announced of it filled in."""

    size: Size
    recipients: tuple[str, ...]
    company: str
    flags: frozenset[Flag]
    needs: frozenset[str]
    type: ParcelType = ParcelType.PARCEL


MOST = 4
"""So many parcels behind one door are found again by hand."""
_ALONE = frozenset({Flag.INSURED, Flag.FRAGILE, Flag.LIQUID, Flag.IN_PERSON, Flag.ACCEPT, Flag.SIGNATURE})


def door_to_share(site: Site, arriving: Arriving) -> Compartment | None:
    """The door behind which this parcel may join what lies there already, the smallest; None when there is none."""
    if not site.policy.share_doors or arriving.flags & _ALONE:
        return None
    doors = [c for c in site.compartments.values() if _may_join(site, c, arriving)]
    return min(doors, key=lambda c: (c.size.rank, c.id), default=None)


def _may_join(site: Site, compartment: Compartment, arriving: Arriving) -> bool:
    room = 0 < len(compartment.parcels) < MOST
    fitting = fits(compartment, arriving.size, needs_of(arriving.flags, arriving.needs))
    quiet = compartment.use is Use.LOADED and compartment.seen is Seen.SHUT and compartment.id not in site.visits
    return room and fitting and quiet and all(_beside(site.parcels[one], arriving) for one in compartment.parcels)


def _beside(there: Parcel, arriving: Arriving) -> bool:
    """A delegate is sent for one parcel, so that nothing may be put beside it; what is held stays untouched."""
    same = set(there.recipients) == set(arriving.recipients) and there.direction is Direction.IN
    carrier = folded_name(there.company) == folded_name(arriving.company)
    cold = (Flag.COLD in there.flags) is (Flag.COLD in arriving.flags)
    entrusted = any(c.kind is CredentialKind.DELEGATE for c in there.credentials)
    plain = there.state is ParcelState.STORED and not there.held and not there.overdue and not entrusted
    return same and carrier and cold and plain and not there.flags & _ALONE
