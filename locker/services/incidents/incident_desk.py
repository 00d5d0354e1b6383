"""Tells of an incident: on the screen, and at once to people, with cause, expected recovery and what to do instead."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from locker.core.events.record import rfc3339, row_hash
from locker.core.events.service_events import Noted
from locker.services.incidents.incident_register import Incidents
from locker.services.notices import (
    Broadcast,
    BroadcastAudience,
    BroadcastDesk,
    BroadcastTaken,
    NoticeTemplate,
    local_time,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.options import SiteOptions
    from locker.services.incidents.alert_reading import Alert
    from locker.services.incidents.incident_register import Incident, IncidentWords

NO_END_SAID = timedelta(hours=12)
"""So long an alert is told that says no end of its own; the next of the feed prolongs it."""
LONGEST_ALERT_LASTS = timedelta(days=366)
KNOWN_FOR = timedelta(days=90)
_SENTENCES = {
    "en": "{cause} Expected to work again: {time}. Until then: {alternative}",
    "zh-CN": "{cause}预计 {time} 恢复。替代方案：{alternative}",  # noqa: RUF001  Chinese punctuation
    "zh-TW": "{cause}預計 {time} 恢復。替代方案：{alternative}",  # noqa: RUF001  Chinese punctuation
}


class AlertOutcome(StrEnum):
    """What became of an alert. Only what is meant, severe and not over starts an incident."""

    STARTED = "started"
    ENDED = "ended"
    KNOWN = "known"
    EXERCISE = "exercise"
    MINOR = "minor"
    OVER = "over"
    NOT_OURS = "not-ours"


class IncidentDesk:
    """What staff and feeds say of incidents. Every method that changes something raises Refused while sealed."""

    def __init__(
        self, engine: Engine, journal: Journal, incidents: Incidents, broadcasts: BroadcastDesk, timezone: str
    ) -> None:
        self._engine = engine
        self._journal = journal
        self.incidents = incidents
        self.broadcasts = broadcasts
        self._timezone = timezone

    @classmethod
    def of(cls, engine: Engine, journal: Journal, site: SiteOptions) -> Self:
        """The desk of a site, with what it keeps and by what it tells."""
        incidents = Incidents(engine, journal, site.languages)
        return cls(engine, journal, incidents, BroadcastDesk(engine, journal), site.timezone)

    async def declare(
        self,
        words: Mapping[str, IncidentWords],
        recovers_at: datetime,
        tell: BroadcastAudience | None,
        by: str,
        alert: str = "",
    ) -> Incident:
        """Tell of it on the screen, and at once those whom `tell` names, None for nobody. Raises BadIncident."""
        declared = await self.incidents.declare(words, recovers_at, by, alert)
        if tell is not None:
            with suppress(BroadcastTaken):  # the same alert was told before its taking was cut short
                await self.broadcasts.send(announcement(declared, tell, self._timezone), by)
        return declared

    async def end(self, by: str) -> Incident:
        """It is over. Raises Refused: not-now when there is none."""
        return await self.incidents.end(by)

    async def take(self, alert: Alert, by: str) -> AlertOutcome:
        """Act on what an authority says: the same alert again changes nothing.

        Raises BadIncident for one that says nothing in a language of this site.
        """
        if await self._journal.read(lambda db: _is_known(db, alert.id)):
            return AlertOutcome.KNOWN
        outcome = self._outcome(alert, self._engine.now())
        if outcome is AlertOutcome.STARTED:
            now = self._engine.now()
            until = min(alert.expires or now + NO_END_SAID, now + LONGEST_ALERT_LASTS)
            words = {name: said for name, said in alert.words.items() if name in self.incidents.languages}
            await self.declare(words, until, BroadcastAudience.ALL, by, alert.id)
        elif outcome is AlertOutcome.ENDED:
            await self.incidents.end(by)
        await self._engine.record_with(lambda db, now: (_keep(db, alert.id, outcome, now), None), by)
        return outcome

    def _outcome(self, alert: Alert, now: datetime) -> AlertOutcome:
        """What is to become of it; only what an alert began is ended by an alert."""
        if not alert.actual or alert.kind in {"Ack", "Error"}:
            return AlertOutcome.EXERCISE
        if alert.ends:
            standing = self.incidents.now
            ours = standing is not None and standing.alert in alert.replaces
            return AlertOutcome.ENDED if ours else AlertOutcome.NOT_OURS
        if not alert.severe:
            return AlertOutcome.MINOR
        return AlertOutcome.OVER if alert.expires is not None and alert.expires <= now else AlertOutcome.STARTED


def announcement(incident: Incident, audience: BroadcastAudience, timezone: str) -> Broadcast:
    """What people are sent: all three things, in every language in which they were said. Pure."""
    texts = {}
    for language, said in incident.words.items():
        time = local_time(rfc3339(incident.recovers_at), language, timezone)
        stop, ends = ("." if language == "en" else "。"), (".", "。", "!", "！", "…")  # noqa: RUF001  Chinese punctuation
        cause, instead = (text if text.endswith(ends) else text + stop for text in (said.cause, said.alternative))
        texts[language] = _SENTENCES[language].format(cause=cause, time=time, alternative=instead)
    of = row_hash([incident.alert])[:16] if incident.alert else rfc3339(incident.declared_at)
    name = f"{'alert' if incident.alert else 'incident'}-{of}"
    return Broadcast(name, NoticeTemplate.INCIDENT, audience, texts, incident.recovers_at)


def _is_known(db: Database, alert: str) -> bool:
    return db.execute("select 1 from alert where id = ?", [alert]).fetchone() is not None


def _keep(db: Database, alert: str, outcome: AlertOutcome, now: datetime) -> Noted:
    db.execute("insert or replace into alert values (?, ?, ?)", [alert, outcome.value, rfc3339(now)])
    db.execute("delete from alert where at < ?", [rfc3339(now - KNOWN_FOR)])
    return Noted(what="alert-taken", about=row_hash([alert])[:16], reason=outcome.value)
