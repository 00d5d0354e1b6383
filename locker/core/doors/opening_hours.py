"""When the cabinet serves visitors: the hours of a week at the site, apart from what each door is used for.

Outside them nobody begins a visit. A visit under way ends as it would at any hour, and staff are served always.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, TypeAlias

from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass

if TYPE_CHECKING:
    from locker.core.model import Site

Span: TypeAlias = tuple[int, int]
"""From and until, in minutes since midnight by the clock on the wall; a day ends at 1440."""

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The spans of each day of the week, Monday first, by the clock of `zone`. No week at all: always open."""

    zone: tzinfo = UTC
    week: tuple[tuple[Span, ...], ...] = ()

    def open_at(self, moment: datetime) -> bool:
        """True while visitors are served."""
        if not self.week:
            return True
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return any(begin <= minute < end for begin, end in self.week[local.weekday()])

    def changes_at(self, moment: datetime) -> datetime | None:
        """When it opens or shuts next, UTC; None when it never does."""
        if not self.week:
            return None
        now_open, today = self.open_at(moment), moment.astimezone(self.zone).date()
        for days in range(9):
            day = today + timedelta(days=days)
            edges = sorted({minute for span in self.week[day.weekday()] for minute in span})
            for minute in edges:
                edge = self._at(datetime(day.year, day.month, day.day), minute)  # noqa: DTZ001  the zone follows
                if edge > moment and self.open_at(edge) is not now_open:
                    return edge
        return None

    def _at(self, midnight: datetime, minute: int) -> datetime:
        return (midnight + timedelta(minutes=minute)).replace(tzinfo=self.zone).astimezone(UTC)


ALWAYS_OPEN = OpeningHours()


def must_be_open(site: Site, now: datetime, *, staff: bool) -> None:
    """Let a visit begin only within the hours. Raises Refused."""
    if not staff and not site.policy.opening.open_at(now):
        raise Refused(RefusalReason.CLOSED)
