"""Before and on peak days all residents are told by themselves that parcels may be late (PK-03).

What tells it is the rule of peak days: from when until when, and how many days later. Each version is told once.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.services.notices.broadcasts import Broadcast, BroadcastAudience
from locker.services.notices.notice_templates import LANGUAGES, NoticeTemplate
from locker.services.notices.notice_texts import local_time
from locker.services.policies import PeakProfile, RuleKind, holding
from locker.services.regular_look import look_regularly

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from locker.engine import Engine
    from locker.services.notices.broadcasts import BroadcastDesk
    from locker.services.policies import RuleBook, RuleVersion

log = logging.getLogger(__name__)

TOLD_AHEAD = timedelta(days=1)
LOOK_SECONDS = 60
BY = "cabinet"
_SENTENCES = {
    "en": "Far more parcels come until {until}; yours may come {days} later than promised.",
    "zh-CN": "{until} 前快递量较大，您的包裹可能延迟 {days}送达。",  # noqa: RUF001  Chinese punctuation
    "zh-TW": "{until} 前快遞量較大，您的包裹可能延遲 {days}送達。",  # noqa: RUF001  Chinese punctuation
}


class PeakNotices:
    """Lives on the loop."""

    def __init__(self, engine: Engine, rules: RuleBook, broadcasts: BroadcastDesk, timezone: str) -> None:
        self._engine = engine
        self._rules = rules
        self._broadcasts = broadcasts
        self._timezone = timezone
        self._told = set[int]()

    async def run(self) -> None:
        """Look for as long as the daemon lives."""
        await look_regularly(self.look, LOOK_SECONDS, log, "nobody is told of a peak")

    async def look(self) -> None:
        """Tell of each peak that begins within a day or goes on, once."""
        for version in due_peaks(self._rules.versions(RuleKind.PEAK), self._engine.now()):
            if version.version not in self._told:
                notice = peak_notice(version, self._timezone)
                if not await self._broadcasts.known(notice.id):
                    await self._broadcasts.send(notice, BY)
                self._told.add(version.version)


def due_peaks(versions: Sequence[RuleVersion], now: datetime) -> list[RuleVersion]:
    """Versions that tell of late parcels and begin within a day or hold, unless another has taken their place. Pure."""
    return [
        each
        for each in versions
        if isinstance(each.body, PeakProfile)
        and each.body.later_days_most
        and each.ends_at is not None
        and each.starts_at - TOLD_AHEAD <= now < each.ends_at
        and holding(versions, max(now, each.starts_at)) is each
    ]


def peak_notice(version: RuleVersion, timezone: str) -> Broadcast:
    """What all residents are told of a peak, in every language. Pure."""
    assert isinstance(version.body, PeakProfile), "the rule of peak days"
    assert version.ends_at is not None, "a peak with late parcels has an end"
    least, most = version.body.later_days_least, version.body.later_days_most
    texts = {}
    for language in LANGUAGES:
        until = local_time(rfc3339(version.ends_at), language, timezone)
        texts[language] = _SENTENCES[language].format(until=until, days=days_text(least, most, language))
    name = f"peak-{version.version}"
    return Broadcast(name, NoticeTemplate.SERVICE_CHANGE, BroadcastAudience.ALL, texts, version.starts_at)


def days_text(least: int, most: int, language: str) -> str:
    """How many days: 1-2 days; a least of 0 is not told."""
    number = str(most) if least in {0, most} else f"{least}\N{EN DASH}{most}"
    if language == "en":
        return f"{number} day{'' if number == '1' else 's'}"
    return f"{number} 天"
