"""When rounds were walked last."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import moment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlite_utils import Database


def rounds_due(db: Database, every: Mapping[str, int], since: datetime, now: datetime) -> dict[str, datetime]:
    """Which rounds are due, and since when: so many days after the last of their kind, or after `since` without one.

    `every`: days between two of a kind, 0 for no schedule. A round that goes on counts when it has ended.
    """
    due = {}
    for kind, days in every.items():
        sql = "select ended_at from round where kind = ? and ended_at is not null order by ended_at desc limit 1"
        row = db.execute(sql, [kind]).fetchone() if days else None
        at = (moment(row[0]) if row else since) + timedelta(days=days)
        if days and at <= now:
            due[kind] = at
    return due
