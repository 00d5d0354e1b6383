"""The one call to staff that cannot go through the outbox: a sealed cabinet cannot write one.

It leaves from memory, under an id that is the same however often it is sent.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from locker.ports import Undelivered
from locker.services.notices.messengers import send_once
from locker.services.notices.notice_templates import NoticeTemplate
from locker.services.notices.notice_texts import alarm_data, notice_text
from locker.services.notices.staff_alarm import staff_recipients

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.options import SiteOptions
    from locker.services.notices.messengers import Messengers
    from locker.services.notices.notice_templates import Catalogue

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 15


class SealAlarm:
    """Calls staff once each time the cabinet seals itself, and tries again until the far end took it."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        site: SiteOptions,
        staff: Sequence[str],
        messengers: Messengers,
        catalogue: Catalogue,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._site = site
        self._staff = staff
        self._messengers = messengers
        self._catalogue = catalogue
        self._called: set[str] = set()

    async def run(self) -> None:
        """Look for as long as the daemon lives."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            if self._engine.sealed is None:
                self._called.clear()
                continue
            for name, address in zip(staff_recipients(len(self._staff)), self._staff, strict=True):
                if name not in self._called and await self._call(name, address):
                    self._called.add(name)

    async def _call(self, name: str, address: str) -> bool:
        alarm, language = NoticeTemplate.STAFF_ALARM, self._site.languages[0]
        data = alarm_data(self._site, "sealed", "", "", language)
        message = {
            "text": notice_text(alarm, self._catalogue[language][alarm], language, data, self._site.timezone),
            "template": alarm.value,
            "language": language,
            "data": data,
            # The last event before it sealed: the same over a restart that finds the disk still full.
            "id": f"sealed{self._journal.seq}.{name}",
        }
        for way in self._messengers.to_staff(address):
            try:
                await send_once(way.messenger, {"to": way.address, **message})
            except Undelivered as fault:
                log.warning("staff could not be told that the cabinet is sealed: %s", fault)
                return fault.final
        return True
