"""An order for one pulse, on its way from the engine to the wire: whose it is, from when and until when it may come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from locker.core.doors.unlock import OPEN_WITHIN
from locker.core.model import Seen, VisitKind
from locker.core.visit import Ordered
from locker.frozen import dataclass

if TYPE_CHECKING:
    from locker.core.model import Site
    from locker.core.visit import Visit


@dataclass(frozen=True, slots=True)
class PulseOrder:
    """One pulse for a door, for the visit of this name, in loop time: not before one moment and until another."""

    door: str
    visit: str
    not_before: float
    valid_until: float

    @classmethod
    def begun(cls, site: Site, door: str, now: float) -> Self:
        """The pulse for whoever is at this door, from now on and until the rule gives the visit up."""
        visit = site.visits.get(door)
        name = _name_of(visit) if visit is not None else ""
        return cls(door, name, not_before=now, valid_until=now + OPEN_WITHIN.total_seconds())

    def awaited(self, site: Site) -> bool:
        """True while the visit that this pulse is for still waits for its door to open.

        What a rule or a visitor ordered is void once the door is not seen shut or the visit waits no longer.
        What staff ordered is given whatever the switch says.
        """
        visit = site.visits.get(self.door)
        if visit is None or _name_of(visit) != self.visit:
            return False
        if visit.kind is VisitKind.STAFF:
            return True
        return (
            isinstance(visit.stage, Ordered) and bool(visit.parcels) and site.compartments[self.door].seen is Seen.SHUT
        )


def _name_of(visit: Visit) -> str:
    """One deposit may begin anew at the same door: its pulses are another visit's."""
    return f"{visit.id} {visit.began_at}"
