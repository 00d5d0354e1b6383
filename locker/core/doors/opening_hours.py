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

Week: TypeAlias = tuple[tuple[Span, ...], ...]
"""The spans of each day, Monday first. No week at all: always open."""

DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class WeekFrom:
    """From this moment on this week holds, until the next begins."""

    begins: datetime
    week: Week


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """The week that holds by itself, by the clock of `zone`, and the `plan` of those that hold in its place, in order.

    The plan is the whole past and future of the weeks, so that one begins and ends in its very moment and nothing
    has to be done then.
    """

    zone: tzinfo = UTC
    week: Week = ()
    plan: tuple[WeekFrom, ...] = ()

    def week_at(self, moment: datetime) -> Week:
        """The week that holds then."""
        return next((each.week for each in reversed(self.plan) if each.begins <= moment), self.week)

    def open_at(self, moment: datetime) -> bool:
        """True while visitors are served."""
        return self._open(self.week_at(moment), moment)

    def changes_at(self, moment: datetime) -> datetime | None:
        """When it opens or shuts next, UTC; None when it never does."""
        now_open, since = self.open_at(moment), moment
        for begins in (*(each.begins for each in self.plan if each.begins > moment), None):
            edge = self._turn(self.week_at(since), since, open_before=now_open)
            if edge is not None and (begins is None or edge < begins):
                return edge
            if begins is not None and self.open_at(begins) is not now_open:
                return begins.astimezone(UTC)
            since = begins or since
        return None

    def _open(self, week: Week, moment: datetime) -> bool:
        if not week:
            return True
        local = moment.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return any(begin <= minute < end for begin, end in week[local.weekday()])

    def _turn(self, week: Week, since: datetime, *, open_before: bool) -> datetime | None:
        """When it is otherwise than before, by this week alone; None when it never is."""
        today = since.astimezone(self.zone).date()
        for days in range(9 if week else 0):
            day = today + timedelta(days=days)
            edges = sorted({minute for span in week[day.weekday()] for minute in span})
            for minute in edges:
                edge = self._at(datetime(day.year, day.month, day.day), minute)  # noqa: DTZ001  the zone follows
                if edge > since and self._open(week, edge) is not open_before:
                    return edge
        return None

    def _at(self, midnight: datetime, minute: int) -> datetime:
        return (midnight + timedelta(minutes=minute)).replace(tzinfo=self.zone).astimezone(UTC)


ALWAYS_OPEN = OpeningHours()


def must_be_open(site: Site, now: datetime, *, staff: bool) -> None:
    """Let a visit begin only within the hours. Raises Refused."""
    if not staff and not site.policy.opening.open_at(now):
        raise Refused(RefusalReason.CLOSED)
