"""A request that says it is one and the same as an earlier one gets the first answer, for a day."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from locker.core.events.record import rfc3339
from locker.core.reasons import RefusalReason, Refused
from locker.errors import LockerError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.messages.command import Once

KEPT_FOR = timedelta(hours=24)


class FirstAnswer(LockerError):
    """The answer that was given before: nothing is done a second time."""

    def __init__(self, answer: Any) -> None:
        super().__init__("answered before")
        self.answer = answer


def refuse_repeat(db: Database, once: Once | None, now: datetime) -> None:
    """Raise FirstAnswer for a repeat, Refused: key-reused where the same key asks for something else."""
    if once is None:
        return
    db.execute("delete from case_answer where at < ?", [rfc3339(now - KEPT_FOR)])
    row = db.execute("select body, answer from case_answer where key = ?", [once.key]).fetchone()
    if row is None:
        return
    if row[0] != once.body:
        raise Refused(RefusalReason.KEY_REUSED)
    raise FirstAnswer(json.loads(row[1]))


def keep_answer(db: Database, once: Once | None, now: datetime, answer: Any) -> None:
    """Keep the answer for a repeat; nothing personal may be in it."""
    if once is not None:
        values = [once.key, once.body, json.dumps(answer, separators=(",", ":")), rfc3339(now)]
        db.execute("insert into case_answer (key, body, answer, at) values (?, ?, ?, ?)", values)
