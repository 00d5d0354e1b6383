"""A resident wants a parcel brought again: recorded once, and the notice to its carrier follows from the event."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from locker.core.events.service_events import RedeliveryAsked
from locker.core.model import Direction, ParcelState
from locker.core.reasons import RefusalReason, Refused
from locker.errors import LockerError

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlite_utils import Database

    from locker.engine import Engine

MOST_DAYS_AHEAD = 30
_MAY_BE_ASKED = frozenset({ParcelState.STORED, ParcelState.RETURNED, ParcelState.WITHDRAWN})


class RedeliveryRefused(LockerError):
    """The day lies in the past, or too far ahead."""


class _Asked(LockerError):
    """The same was asked before."""


class RedeliveryDesk:
    """Takes what residents ask of carriers, by themselves or through staff."""

    def __init__(self, engine: Engine, timezone: str) -> None:
        self._engine = engine
        self._timezone = timezone

    async def ask(self, parcel: str, on: date, to: str, by: str) -> None:
        """Ask the carrier of this parcel to bring it on that day, `to` the flat, the desk or the locker.

        The same as was asked last changes nothing. Raises RedeliveryRefused, and Refused: unknown, not-now for a
        parcel that its resident has, or that goes out, and sealed.
        """
        today = self._engine.now().astimezone(ZoneInfo(self._timezone)).date()
        if not today <= on <= today + timedelta(days=MOST_DAYS_AHEAD):
            raise RedeliveryRefused

        def work(db: Database, _: datetime) -> tuple[RedeliveryAsked, None]:
            row = db.execute("select state, direction from parcel where id = ?", [parcel]).fetchone()
            if row is None:
                raise Refused(RefusalReason.UNKNOWN)
            if row[1] == Direction.OUT or ParcelState(row[0]) not in _MAY_BE_ASKED:
                raise Refused(RefusalReason.NOT_NOW)
            asked = RedeliveryAsked(parcel=parcel, on=on.isoformat(), to=to)
            if _last(db, parcel) == (asked.on, to):
                raise _Asked
            return asked, None

        try:
            await self._engine.record_with(work, by)
        except _Asked:
            return


def _last(db: Database, parcel: str) -> tuple[str, str] | None:
    row = db.execute(
        "select data from event where json_extract(data, '$.parcel') = ? and kind = 'RedeliveryAsked'"
        " order by seq desc limit 1",
        [parcel],
    ).fetchone()
    return None if row is None else (json.loads(row[0])["on"], json.loads(row[0])["to"])
