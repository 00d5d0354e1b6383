"""What keeps the locker from working as it should: the cause, when it works again, what to do instead: all of it.

There is at most one at a time. It is for everybody who stands here, so it holds nothing about anybody.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import moment, rfc3339
from locker.core.events.service_events import IncidentDeclared, IncidentEnded
from locker.core.reasons import RefusalReason, Refused
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.text_folding import without_invisible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

LONGEST = 60
"""Characters of a sentence: it stands on a screen that is read from a metre, in large text too."""

LONGEST_LASTS = timedelta(days=36_525)
"""Beyond that nobody means it, and at the end of all times no clock of a site has a time to show."""


class BadIncident(LockerError):
    """What was said is not enough, or too much; the text begins with the field."""


@dataclass(frozen=True, slots=True)
class IncidentWords:
    """What is told, in one language: why, and what to do instead. Nothing of it may be left out."""

    cause: str
    alternative: str


@dataclass(frozen=True, slots=True)
class Incident:
    """What is told now, by language, since when, and when it is expected to be over.

    `alert`: the alert that began it, empty where staff did.
    """

    words: Mapping[str, IncidentWords]
    declared_at: datetime
    recovers_at: datetime
    by: str
    alert: str = ""

    def told(self, language: str) -> IncidentWords:
        """The words in this language, or in the first that there is."""
        return self.words.get(language) or next(iter(self.words.values()))


class Incidents:
    """The incident of this locker, if there is one. Both methods raise Refused while sealed."""

    def __init__(self, engine: Engine, journal: Journal, languages: Sequence[str]) -> None:
        self._engine = engine
        self._journal = journal
        self.languages = tuple(languages)
        self.now: Incident | None = None

    async def load(self) -> None:
        """Read what was told before. Call once at start."""
        self.now = await self._journal.read(_stored)

    async def declare(
        self, words: Mapping[str, IncidentWords], recovers_at: datetime, by: str, alert: str = ""
    ) -> Incident:
        """Tell of it, in place of what was told before. Raises BadIncident."""
        told = {language: self._checked(language, each) for language, each in words.items()}
        if not told:
            raise BadIncident("words: must be said in one language at least")
        if recovers_at <= self._engine.now():
            raise BadIncident("recovers_at: must be later than now")
        if recovers_at - self._engine.now() > LONGEST_LASTS:
            raise BadIncident("recovers_at: must be within a hundred years")

        def work(db: Database, now: datetime) -> tuple[IncidentDeclared, Incident]:
            incident = Incident(told, now, recovers_at, by, alert)
            kept = json.dumps({language: asdict(each) for language, each in told.items()}, ensure_ascii=False)
            sql = (
                "insert or replace into incident (id, words, declared_at, recovers_at, by, alert)"
                " values (1, ?, ?, ?, ?, ?)"
            )
            db.execute(sql, [kept, rfc3339(now), rfc3339(recovers_at), by, alert])
            return IncidentDeclared(recovers_at=recovers_at), incident

        self.now = await self._engine.record_with(work, by)
        return self.now

    async def end(self, by: str) -> Incident:
        """It is over; what was told until now. Raises Refused: not-now when there is none."""

        def work(db: Database, _: datetime) -> tuple[IncidentEnded, Incident]:
            told = _stored(db)
            if told is None:
                raise Refused(RefusalReason.NOT_NOW)
            db.execute("delete from incident")
            return IncidentEnded(), told

        told = await self._engine.record_with(work, by)
        self.now = None
        return told

    def _checked(self, language: str, words: IncidentWords) -> IncidentWords:
        if language not in self.languages:
            raise BadIncident(f"words.{language}: is no language of this site")
        for name, text in asdict(words).items():
            seen = without_invisible(text).strip()
            if not seen or len(seen) > LONGEST or not seen.isprintable():
                raise BadIncident(f"words.{language}.{name}: must have 1 to {LONGEST} characters in one line")
        return IncidentWords(words.cause.strip(), words.alternative.strip())


def _stored(db: Database) -> Incident | None:
    row = db.execute("select words, declared_at, recovers_at, by, alert from incident").fetchone()
    if row is None:
        return None
    words = {language: IncidentWords(**each) for language, each in json.loads(row[0]).items()}
    return Incident(words, moment(row[1]), moment(row[2]), row[3], row[4])
