"""Who found no room: recorded once a parcel and hour, so that what is asked for and not had can be counted."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from locker.core.events.courier_events import DepositTurnedAway
from locker.core.reasons import Refused
from locker.journal.store import CannotWrite

if TYPE_CHECKING:
    from locker.core.model import Size
    from locker.core.reasons import RefusalReason
    from locker.engine import Engine

ONCE_IN = timedelta(hours=1)
_MOST_KNOWN = 500


class TurnedAway:
    """Keeps refusals for lack of space. Lives on the loop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lately: dict[tuple[str, str, Size | None], datetime] = {}

    async def keep(self, by: str, tracking: str, company: str, size: Size | None, reason: RefusalReason) -> None:
        """Record it, unless the same was refused within the hour. A cabinet that cannot record refuses all the same."""
        now, same = self._engine.now(), (by, tracking, size)
        if same in self._lately and now - self._lately[same] < ONCE_IN:
            return
        self._lately.pop(same, None)
        while len(self._lately) >= _MOST_KNOWN:
            del self._lately[next(iter(self._lately))]
        self._lately[same] = now
        with suppress(Refused, CannotWrite):
            await self._engine.record(DepositTurnedAway(company=company, size=size, reason=reason.value), by)
