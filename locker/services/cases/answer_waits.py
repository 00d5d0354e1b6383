"""How long people waited until somebody answered them: who called staff at the touchscreen, and who called by phone.

The limit of the trade is 30 seconds on average (SLA-01). A call that nobody answered has no wait; it is counted beside.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlite_utils import Database

LIMIT = timedelta(seconds=30)
"""On average nobody waits longer until somebody answers."""
KIOSK = "kiosk"


@dataclass(frozen=True, slots=True)
class AnswerWait:
    """Calls of one way: the touchscreen, or a queue of the exchange. `waited`: of those that were answered, in all."""

    way: str
    answered: int
    unanswered: int
    waited: timedelta
    longest: timedelta

    @property
    def average(self) -> timedelta | None:
        """None while nothing was answered."""
        return self.waited / self.answered if self.answered else None

    @property
    def late(self) -> bool:
        """Whether people waited longer than they should, on average."""
        return self.average is not None and self.average > LIMIT


def together(waits: Iterable[AnswerWait]) -> AnswerWait:
    """All ways as one; each call counts the same."""
    every = list(waits)
    return AnswerWait(
        "",
        sum(each.answered for each in every),
        sum(each.unanswered for each in every),
        sum((each.waited for each in every), timedelta()),
        max((each.longest for each in every), default=timedelta()),
    )


def answer_waits(db: Database, begin: datetime, end: datetime) -> list[AnswerWait]:
    """The waits of calls that came from `begin` on and before `end`, the touchscreen first, then queue by queue."""
    at_screen = """select count(w), count(*) - count(w), coalesce(sum(w), 0), coalesce(max(w), 0) from (
        select cast(round((julianday(replied_at) - julianday(opened_at)) * 86400000) as integer) as w
        from cases where opened_at >= ? and opened_at < ? and kind = 'help' and source = 'kiosk')"""
    by_phone = """select queue, sum(answered), sum(1 - answered), coalesce(sum(waited_ms) filter (where answered), 0),
        coalesce(max(waited_ms) filter (where answered), 0)
        from call_record where at >= ? and at < ? group by queue order by queue"""
    span = [rfc3339(begin), rfc3339(end)]
    rows = [(KIOSK, *db.execute(at_screen, span).fetchone()), *db.execute(by_phone, span).fetchall()]
    return [
        AnswerWait(way, answered, unanswered, timedelta(milliseconds=waited), timedelta(milliseconds=longest))
        for way, answered, unanswered, waited, longest in rows
        if answered or unanswered
    ]
