"""What the daemon believes about each door, to stand beside the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locker.journal.history import parcel_row
from simulator.pulses import rfc3339

if TYPE_CHECKING:
    from lockerd import House


class Belief:
    """Reads the daemon's own site value; asks its journal once for the number of each parcel."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}

    async def tell(self, house: House | None) -> dict[str, Any]:
        """The daemon's word on every door, empty before it is ready."""
        if house is None:
            return {"ready": False, "sealed": None, "doors": {}}
        site = house.engine.site
        doors = {}
        for compartment in site.compartments.values():
            visit = site.visits.get(compartment.id)
            doors[compartment.id] = {
                "use": compartment.use,
                "seen": compartment.seen,
                "since": rfc3339(compartment.since) if compartment.since else None,
                "ordered": rfc3339(visit.pulsed_at) if visit else None,
                "pulses": visit.pulses + visit.asked if visit else 0,
                "parcel": await self._label(house, compartment.parcel) if compartment.parcel else None,
            }
        return {"ready": True, "sealed": house.engine.sealed, "doors": doors}

    async def _label(self, house: House, parcel: str) -> str:
        if parcel not in self._labels:
            row = await house.journal.read(lambda db: parcel_row(db, parcel))
            self._labels[parcel] = str(row["tracking"]) if row else parcel
        return self._labels[parcel]
