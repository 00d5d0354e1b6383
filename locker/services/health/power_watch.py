"""On a battery that is nearly empty the cabinet parks: it lets visits end, then opens nothing until the mains are back.

Parked it writes nothing, so the cut that comes finds no write under way; no shut-down is ordered, because the journal
needs none, and a machine that shut itself down would stay off when the mains come back at the last minute.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from locker.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from locker.engine import Engine

FINISH_WITHIN = 120.0
"""Seconds that visits have to end, once the battery is low: the last 15 percent of a usual pack are 20 minutes."""

PARKED = "the mains are gone and the battery is nearly empty; the cabinet waits for the mains"


class PowerWatch:
    """Looks at what the battery says, and parks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._low = False
        self._low_since = 0.0

    def look(self, measures: Mapping[Measure, float]) -> None:
        """Take the last measures. A battery that cannot be read leaves things as they were."""
        if Measure.BATTERY_LOW not in measures:
            return
        now, before = asyncio.get_running_loop().time(), self._low
        self._low = bool(measures[Measure.BATTERY_LOW])
        if self._low and not before:
            self._low_since = now
        visits_have_ended = not self._engine.site.visits or now - self._low_since >= FINISH_WITHIN
        if self._low and self._engine.sealed is None and visits_have_ended:
            self._engine.seal(PARKED, until=lambda: PARKED if self._low else None)
