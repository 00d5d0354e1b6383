"""What needs a person: read off the cabinet's state, most pressing first. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.core.model import Seen, Use

if TYPE_CHECKING:
    from locker.core.model import Compartment, Site


class Kind(StrEnum):
    """Why a door is on the list, in the order of how pressing it is."""

    CHECK = "check"
    AJAR = "ajar"
    JAM = "jam"
    OVERDUE = "overdue"
    LOCK = "lock"
    UNSEEN = "unseen"
    RETIRED = "retired"


_NEVER = datetime.max.replace(tzinfo=UTC)
_ORDER = {kind: rank for rank, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Concern:
    """One door and why it is listed. `why` is the journal's own word, or what staff wrote when retiring it."""

    compartment: str
    kind: Kind
    since: datetime | None = None
    why: str = ""

    @property
    def urgent(self) -> bool:
        """True when somebody should go to the door now."""
        return self.kind in {Kind.CHECK, Kind.AJAR, Kind.JAM}


def concerns(site: Site) -> list[Concern]:
    """Every door that needs somebody; each door once."""
    found = [concern for each in site.compartments.values() if (concern := concern_of(site, each))]
    return sorted(found, key=lambda each: (_ORDER[each.kind], each.since or _NEVER, each.compartment))


def concern_of(site: Site, compartment: Compartment) -> Concern | None:
    """Why this door is listed, or None when it is in order."""
    name = compartment.id
    if compartment.use is Use.CHECK:
        return Concern(name, Kind.CHECK, compartment.since, compartment.reason)
    if compartment.use is Use.RETIRED:
        if compartment.seen is Seen.OPEN:
            return Concern(name, Kind.AJAR, compartment.since, compartment.reason)
        return Concern(name, Kind.RETIRED, compartment.since, compartment.reason)
    if compartment.faults and compartment.use is Use.LOADED:
        return Concern(name, Kind.JAM, compartment.since)
    parcel = site.parcels.get(compartment.parcel or "")
    if parcel is not None and parcel.overdue and compartment.use is Use.LOADED:
        return Concern(name, Kind.OVERDUE, parcel.deadline)
    if compartment.seen is Seen.UNSEEN:
        return Concern(name, Kind.UNSEEN)
    if compartment.faults and compartment.use is Use.FREE:
        return Concern(name, Kind.LOCK)
    return None
