"""Which days are worked, and when so many of them have passed. Pure; the table of days is the site's own.

A day of a year of which nobody has said anything counts as worked from Monday to Friday, and whatever was counted on
it is provisional.
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING

from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

OFF, WORKED = "off", "work"
MOST_DAYS = 200
"""Of one year in a table: every other day is as its weekday says."""
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class MarkedDay:
    """A day that is not as its weekday says: `off` or `work`, and what for."""

    day: date
    kind: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Days at rest, weekends that are worked, and the years of which somebody has said so."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    def is_worked(self, day: date) -> bool:
        """Whether people work on this day."""
        return day in self.worked or (day.weekday() < _SATURDAY and day not in self.off)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment, and whether it was counted on days of which nobody knows yet."""

    at: datetime
    provisional: bool


def working_calendar(days: Iterable[MarkedDay], years: Iterable[int]) -> WorkingCalendar:
    """The calendar of these days."""
    marked = list(days)
    return WorkingCalendar(
        frozenset(each.day for each in marked if each.kind == OFF),
        frozenset(each.day for each in marked if each.kind == WORKED),
        frozenset(years),
    )


def shipped_days(country: str | None) -> list[MarkedDay]:
    """The days that come with the program for this country; none where there is no such table."""
    table = files(__package__) / f"working_days_{country}.csv"
    return read_days(table.read_text(encoding="utf-8")) if country and table.is_file() else []


def read_days(text: str) -> list[MarkedDay]:
    """Days of a CSV with the columns day, kind, name. Raises ValueError that names the line and what is wrong there."""
    rows = list(csv.reader(text.removeprefix("\ufeff").splitlines()))
    if not rows or [cell.strip().lower() for cell in rows[0][:2]] != ["day", "kind"]:
        raise ValueError("line 1: must be day,kind,name")
    found = dict[date, MarkedDay]()
    for number, row in enumerate(rows[1:], 2):
        if not any(cell.strip() for cell in row):
            continue
        marked = _day(row, number)
        if marked.day in found:
            raise ValueError(f"line {number}: {marked.day} stands here twice")
        found[marked.day] = marked
    return list(found.values())


def _day(row: Sequence[str], number: int) -> MarkedDay:
    cells = [cell.strip() for cell in row]
    try:
        day = date.fromisoformat(cells[0])
    except ValueError as wrong:
        raise ValueError(f"line {number}: '{cells[0][:20]}' is no day, write one like 2027-01-01") from wrong
    if len(cells) < 2 or cells[1] not in {OFF, WORKED}:
        raise ValueError(f"line {number}: kind must be {OFF} or {WORKED}")
    return MarkedDay(day, cells[1], cells[2][:40] if len(cells) > 2 else "")


def checked_year(year: int, days: Sequence[MarkedDay]) -> list[MarkedDay]:
    """The days of one year, in order. Raises ValueError for a day of another year, too many, or none at rest."""
    for each in days:
        if each.day.year != year:
            raise ValueError(f"{each.day} is not in {year}")
        if each.kind == WORKED and each.day.weekday() < _SATURDAY:
            raise ValueError(f"{each.day} is no weekend, and so worked anyway")
    if len({each.day for each in days}) != len(days):
        raise ValueError("a day stands here twice")
    if not any(each.kind == OFF for each in days):
        raise ValueError(f"there is no day of {year} at rest")
    if len(days) > MOST_DAYS:
        raise ValueError(f"there are more than {MOST_DAYS} days")
    return sorted(days, key=lambda each: each.day)


def deadline(
    opened: datetime, zone: ZoneInfo, calendar: WorkingCalendar, working_days: int, calendar_days: int
) -> Deadline:
    """The earlier of so many working days and so many days of the calendar, at the same time of day at the site.

    The day on which it was opened does not count. Opened when nobody works, the days begin to count with the next.
    """
    local = opened.astimezone(zone)
    day, left, provisional = local.date(), working_days, False
    last = day + timedelta(days=calendar_days)
    while left and day < last:
        day += timedelta(days=1)
        provisional = provisional or day.year not in calendar.years
        left -= calendar.is_worked(day)
    return Deadline(_at(day, local.time(), zone), provisional)


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def missing_year(today: date, calendar: WorkingCalendar) -> int | None:
    """The year of which somebody should ask by now: this one, or from November on the next. None where all is known."""
    asked = [today.year, *([today.year + 1] if today.month >= 11 else [])]
    return next((year for year in asked if year not in calendar.years), None)
