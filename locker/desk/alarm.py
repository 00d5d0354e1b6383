"""What staff are called for, away from the panel: which events, and a cabinet that is sealed.

Events go through the outbox like any notice. A sealed cabinet cannot write an outbox, so that this
one call leaves from memory, under an id that is the same however often it is sent.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from locker.desk.wording import Template, alarm_data, written
from locker.ports import Undelivered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locker.desk.delivery import Routes
    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.options import SiteOptions

log = logging.getLogger(__name__)

ALARMS = ("DoorForced", "DoorLeftOpen", "SwitchFault", "LockFault")
LOOK_SECONDS = 15
_STAFF = "staff:"
_PICKUP = "k"


def calls_staff(kind: str, body: Mapping[str, object]) -> bool:
    """True when this event is one for which somebody must come: of lock faults those that keep a parcel in."""
    if kind == "LockFault":
        return str(body.get("visit", "")).startswith(_PICKUP)
    return kind in ALARMS


def names(count: int) -> list[str]:
    """How the outbox names the staff of the site file: by place, so that no number stands in the database."""
    return [f"{_STAFF}{number}" for number in range(1, count + 1)]


def address_of(recipient: str, staff: Sequence[str]) -> str | None:
    """The phone or mailbox of a staff name; None when it is no staff name. Empty: nobody stands there any more."""
    if not recipient.startswith(_STAFF):
        return None
    number = int(recipient.removeprefix(_STAFF))
    return staff[number - 1] if number <= len(staff) else ""


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
            "text": written(Template.STAFF_ALARM, language, data, self._site.timezone),
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
