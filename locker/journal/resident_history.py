"""What was recorded about one resident: what they agreed to, and who looked at what is masked of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events.record import Recorded

if TYPE_CHECKING:
    from sqlite_utils import Database

MOST = 200


def consent_history(db: Database, resident: str) -> list[Recorded]:
    """Each line that changed what this resident agrees to, the newest first; of the newest MOST savings only."""
    sql = """select seq, at, kind, by, data, hash from event
             where json_extract(data, '$.resident') = ? and kind = 'ResidentSaved' order by seq desc limit ?"""
    saved = [Recorded(*row) for row in db.execute(sql, (resident, MOST)).fetchall()]
    before = [*(each.body()["consent"] for each in saved[1:]), None]
    first = len(saved) - 1
    return [each for at, each in enumerate(saved) if at == first or each.body()["consent"] != before[at]]


def looks_at_resident(db: Database, resident: str, limit: int = 20) -> list[Recorded]:
    """Who was shown name and numbers of this resident, or took a copy of all that is kept: the newest first."""
    sql = """select seq, at, kind, by, data, hash from event
             where kind = 'Noted' and json_extract(data, '$.about') = ?
             and json_extract(data, '$.what') in ('resident-shown', 'resident-exported') order by seq desc limit ?"""
    return [Recorded(*row) for row in db.execute(sql, (resident, limit)).fetchall()]
