"""The one call to staff that cannot go through the outbox: a sealed cabinet cannot write one.

It leaves from memory, under an id that is the same however often it is sent.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from locker.ports import Undelivered
from locker.services.notices.notice_texts import Template, alarm_data, text_of
from locker.services.notices.staff_alarm import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.options import SiteOptions
    from locker.services.notices.routes import Routes

log = logging.getLogger(__name__)

LOOK_SECONDS = 15


class SealAlarm:
    """Calls staff once each time the cabinet seals itself, and tries again until the far end took it."""

    def __init__(
        self, engine: Engine, journal: Journal, site: SiteOptions, staff: Sequence[str], routes: Routes
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._site = site
        self._staff = staff
        self._routes = routes
        self._told: set[str] = set()

    async def run(self) -> None:
        """Look for as long as the daemon lives."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self._engine.sealed is None:
                self._told.clear()
                continue
            for name, address in zip(names(len(self._staff)), self._staff, strict=True):
                if name not in self._told and await self._tell(name, address):
                    self._told.add(name)

    async def _tell(self, name: str, address: str) -> bool:
        language = self._site.languages[0]
        data = alarm_data(self._site, "sealed", "", "", language)
        message = {
            "text": text_of(Template.STAFF_ALARM, language, data, self._site.timezone),
            "template": Template.STAFF_ALARM.value,
            "language": language,
            "data": data,
            # The last event before it sealed: the same over a restart that finds the disk still full.
            "id": f"sealed{self._journal.seq}.{name}",
        }
        for messenger, to in self._routes.to_staff(address):
            try:
                await messenger.send({"to": to, **message})
            except Undelivered as fault:
                log.warning("staff could not be told that the cabinet is sealed: %s", fault)
                return fault.final
        return True
