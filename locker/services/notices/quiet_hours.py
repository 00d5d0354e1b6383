"""Until when a notice is held because its recipient does not want to be disturbed. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from locker.services.notices.notice_templates import NoticeTemplate

if TYPE_CHECKING:
    from locker.services.people import Wishes

LEFT_AFTER = timedelta(hours=12)
"""So much free time a notice that is held must leave: one that comes later than that shortens what was promised."""

# What cannot wait: the free time ends, somebody else may have the parcel in hand, or it answers what was just asked.
_NEVER_HELD = frozenset(
    {NoticeTemplate.LAST_WARNING, NoticeTemplate.COLLECTED, NoticeTemplate.DELEGATE, NoticeTemplate.STAFF_ALARM}
    | {NoticeTemplate.BOOKED, NoticeTemplate.COURIER_ETA}
)


def held_until(
    template: NoticeTemplate, wishes: Wishes, now: datetime, deadline: datetime | None, timezone: str
) -> datetime | None:
    """When the quiet hours end that hold this notice now; None when it may go.

    An arrival goes at once to whoever wants that, and whenever holding it would leave less than half a day.
    """
    if wishes.quiet is None or template in _NEVER_HELD or (wishes.at_once and template is NoticeTemplate.ARRIVAL):
        return None
    begin, end = wishes.quiet
    local = now.astimezone(ZoneInfo(timezone))
    minute = local.hour * 60 + local.minute
    inside = begin <= minute < end if begin < end else minute >= begin or minute < end
    if not inside:
        return None
    morning = local.date() + timedelta(days=1 if minute >= end else 0)
    until = datetime(
        morning.year, morning.month, morning.day, end // 60, end % 60, tzinfo=ZoneInfo(timezone)
    ).astimezone(UTC)
    late = template.tells_code and deadline is not None and until > deadline - LEFT_AFTER
    return None if late or until <= now else until
