"""A parcel that is put off until a day: from what was typed to hours, within what the site allows. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from locker.services.people import BACK_AT

if TYPE_CHECKING:
    from api.resident.resident_text import ResidentText


def typed_day(text: str) -> date | None:
    """A day as a date field of a browser sends it, or as it is typed where there is no such field."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def today_at_site(text: ResidentText) -> date:
    """The day that it is where the cabinet stands."""
    return text.now.astimezone(ZoneInfo(text.site.timezone)).date()


def last_day(text: ResidentText, days: int) -> date:
    """The last day until which a parcel may be put off."""
    return today_at_site(text) + timedelta(days=days)


def hours_until(typed: str, deadline: datetime, text: ResidentText, days: int) -> int | None:
    """How many hours longer it lies until the evening of a day; None when that is no later, or later than allowed."""
    day = typed_day(typed)
    if day is None or day > last_day(text, days):
        return None
    evening = datetime.combine(day, BACK_AT, ZoneInfo(text.site.timezone)).astimezone(UTC)
    longer = evening - max(deadline, text.now)
    return -(-longer // timedelta(hours=1)) if longer > timedelta(0) else None
