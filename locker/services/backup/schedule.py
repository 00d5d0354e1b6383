"""When the next backup is due. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Sequence

FIRST_AFTER = timedelta(minutes=10)
AGAIN_AFTER = timedelta(hours=1)
"""After one that failed: whoever puts the stick back should not wait for the night."""


def next_backup(made: datetime | None, failed: datetime | None, started: datetime, at: time, timezone: str) -> datetime:
    """When a backup is due: at `at` of the site's clock after the last good one, an hour after one that failed.

    One that was missed, because the cabinet was off, is due ten minutes after its start.
    """
    if failed is not None and (made is None or failed > made):
        return failed + AGAIN_AFTER
    if made is None:
        return started + FIRST_AFTER
    due = _next(made, at, timezone)
    return due if due > started else started + FIRST_AFTER


def _next(after: datetime, at: time, timezone: str) -> datetime:
    """The next moment behind `after` at which the site's clock shows `at`."""
    zone = ZoneInfo(timezone)
    day = after.astimezone(zone).date()
    while (due := datetime.combine(day, at, zone)) <= after:
        day += timedelta(days=1)
    return due


def superseded(names: Sequence[str], site: str, keep: int) -> list[str]:
    """Which backups of this site may go, so that the newest `keep` stay: names sort by their time."""
    own = sorted(name for name in names if name.startswith(f"{site}-") and name.endswith(".age"))
    return own[:-keep]


def backup_name(site: str, at: datetime) -> str:
    """The file name of the backup of this moment, in UTC."""
    return f"{site}-{at:%Y%m%dT%H%M%SZ}.age"
