"""Answers that must be given again: kept for a day by key, restarts included."""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, get_args

from locker.core.events.record import moment, rfc3339
from locker.core.messages.commands import CommandAnswer
from locker.journal.rows import KeptAnswer

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

KEPT_FOR = timedelta(hours=24)

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(CommandAnswer)}


class KeptAnswers:
    """The kept answers of the last day, oldest first."""

    def __init__(self) -> None:
        self._by_key: OrderedDict[str, tuple[datetime, KeptAnswer]] = OrderedDict()

    def add(self, kept: KeptAnswer, at: datetime) -> None:
        """Remember an answer given at `at`."""
        self._by_key[kept.key] = (at, kept)
        self._by_key.move_to_end(kept.key)

    def forget(self, now: datetime) -> None:
        """Let go of what is older than a day."""
        while self._by_key and next(iter(self._by_key.values()))[0] < now - KEPT_FOR:
            self._by_key.popitem(last=False)

    def move(self, since: datetime, by: timedelta) -> None:
        """The clock moved: what was given after `since` was given as long ago as before."""
        moved = ((key, (at + by if at > since else at, kept)) for key, (at, kept) in self._by_key.items())
        self._by_key = OrderedDict(moved)

    def get(self, key: str, now: datetime) -> KeptAnswer | None:
        """The answer kept for this key, if it is not older than a day."""
        found = self._by_key.get(key)
        if found is None or found[0] < now - KEPT_FOR:
            return None
        return found[1]


def load_answers(db: Database, now: datetime) -> KeptAnswers:
    """Read the answers of the last day."""
    answers = KeptAnswers()
    for key, body, kind, answer, at in db.execute("select key, body, kind, answer, at from answer order by at"):
        if moment(at) >= now - KEPT_FOR:
            answers.add(KeptAnswer(key, body, _revived(kind, json.loads(answer))), moment(at))
    return answers


def forget_old(db: Database, now: datetime) -> None:
    """Delete kept answers that are older than a day."""
    db.execute("delete from answer where at < ?", (rfc3339(now - KEPT_FOR),))


def _revived(kind: str, fields: dict[str, Any]) -> CommandAnswer:
    """The answer again: what JSON knows as a list is a tuple, and so is each list in it."""
    revived: CommandAnswer = _KINDS[kind](**{name: _tuples(value) for name, value in fields.items()})
    return revived


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
