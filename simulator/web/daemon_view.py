"""What the daemon knows about each door, to show beside the world's own state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locker.core.events.record import rfc3339
from locker.journal.history import parcel_row

if TYPE_CHECKING:
    from lockerd import Daemon


class DaemonView:
    """Reads the daemon's own site value; asks its journal once for the number of each parcel."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}

    async def doors(self, daemon: Daemon | None) -> dict[str, Any]:
        """The daemon's state of every door, empty before it is ready."""
        if daemon is None:
            return {"ready": False, "sealed": None, "doors": {}}
        site = daemon.engine.site
        doors = {}
        for compartment in site.compartments.values():
            visit = site.visits.get(compartment.id)
            doors[compartment.id] = {
                "use": compartment.use,
                "seen": compartment.seen,
                "since": rfc3339(compartment.since) if compartment.since else None,
                "ordered": rfc3339(visit.pulsed_at) if visit else None,
                "pulses": visit.pulses + visit.asked if visit else 0,
                "parcel": await self._label(daemon, compartment.parcel) if compartment.parcel else None,
            }
        return {"ready": True, "sealed": daemon.engine.sealed, "doors": doors}

    async def _label(self, daemon: Daemon, parcel: str) -> str:
        if parcel not in self._labels:
            row = await daemon.journal.read(lambda db: parcel_row(db, parcel))
            self._labels[parcel] = str(row["tracking"]) if row else parcel
        return self._labels[parcel]
