"""What a screen says while the locker serves no visitors. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.i18n import translate

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from locker.core.doors.opening_hours import OpeningHours


def closed_sentence(
    hours: OpeningHours, now: datetime, language: str, day_and_clock: Callable[[datetime, str], str]
) -> str:
    """That it is closed and when it opens again; nothing while it is open."""
    if hours.open_at(now):
        return ""
    opens = hours.changes_at(now)
    if opens is None:
        return translate(language, "idle.closed")
    return translate(language, "idle.closed_until", time=day_and_clock(opens, language))
