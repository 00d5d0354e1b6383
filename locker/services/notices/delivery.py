"""Notices on their way: takes what waits in the outbox and sends it, until it is accepted or pointless.

A phone company that is down delays a notice, never a deposit. Every try of one notice bears the
same id, so that it is never a second message.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from locker.ports import Undelivered
from locker.services.notices import outbox
from locker.services.notices.notice_texts import Template, alarm_data, language_of, missing_values, text_of
from locker.services.notices.routes import Routes
from locker.services.notices.staff_alarm import address_of
from locker.vault import CannotUnseal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.options import SiteOptions
    from locker.ports import Messenger
    from locker.services.notices.outbox import Notice, Particulars
    from locker.services.people.residents import ResidentDirectory
    from locker.vault import Vault

log = logging.getLogger(__name__)

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 600.0
AT_ONCE = 8
_LOOK_AGAIN_S = 60.0
_GIVE_UP_AFTER = 150  # tries of a notice that no end of its parcel makes obsolete: about a day


class Delivery:
    """Sends notices: several at once, but to one phone one after another in the order of their events."""

    def __init__(
        self,
        journal: Journal,
        engine: Engine,
        directory: ResidentDirectory,
        vault: Vault,
        site: SiteOptions,
        free_hours: int,
        routes: Routes,
        chance: Callable[[], float],
        staff: Sequence[str] = (),
    ) -> None:
        self._staff = staff
        self._journal = journal
        self._engine = engine
        self._directory = directory
        self._vault = vault
        self._site = site
        self._free_hours = free_hours
        self._routes = routes
        self._chance = chance
        self._changed = asyncio.Event()
        self._busy: set[str] = set()

    def wake(self) -> None:
        """Look at the outbox now. Call from the loop."""
        self._changed.set()

    async def run(self) -> None:
        """Deliver for as long as the daemon lives."""
        if self._routes == Routes():
            return
        now = self._engine.now()
        await self._journal.write_when_possible(lambda db: outbox.revive_incomplete(db, now))
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                pause = await self._dispatch(group)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._changed.wait()

    async def _dispatch(self, group: asyncio.TaskGroup) -> float:
        """Start what is due; the seconds after which to look again."""
        notices, now = await self._journal.read(outbox.waiting), self._engine.now()
        if stale := [one.id for one in notices if one.obsolete and self._lane(one) not in self._busy]:
            await self._journal.write_when_possible(lambda db: outbox.drop_obsolete(db, stale, now))
            return 0
        pause, lanes = _LOOK_AGAIN_S, set(self._busy)
        for notice in notices:
            lane = self._lane(notice)
            if notice.held or lane in lanes:
                continue
            lanes.add(lane)
            if notice.due_at > now:
                pause = min(pause, (notice.due_at - now).total_seconds())
            elif len(self._busy) < AT_ONCE:
                self._busy.add(lane)
                group.create_task(self._deliver(notice, lane))
        return pause

    def _lane(self, notice: Notice) -> str:
        """What keeps the order: the phone, else the mailbox, else nobody but this recipient."""
        staff = address_of(notice.recipient, self._staff)
        person = self._directory.get(notice.recipient)
        return staff or (person and (person.phone or person.email)) or notice.recipient

    async def _deliver(self, notice: Notice, lane: str) -> None:
        try:
            particulars = await self._journal.write_when_possible(lambda db: outbox.begin(db, notice.id))
            if particulars is not None:
                await self._try(notice, particulars)
        finally:
            self._busy.discard(lane)
            self.wake()

    async def _try(self, notice: Notice, particulars: Particulars) -> None:
        try:
            await self._send(notice, particulars)
        except Undelivered as fault:
            await self._mark_fault(notice, fault)
            return
        now = self._engine.now()
        await self._journal.write_when_possible(lambda db: outbox.sent(db, notice.id, now))

    async def _send(self, notice: Notice, particulars: Particulars) -> None:
        """Make the words and send them by the first way that takes them. Raises Undelivered."""
        ways, wanted = self._ways(notice.recipient)
        if not ways:
            raise Undelivered(f"{outbox.UNREACHABLE}: there is no phone or mailbox that can be reached", final=True)
        language = language_of(wanted, self._site.languages)
        content = self._data(notice, particulars, language)
        values = {name: str(value) for name, value in content.items()}
        if missing := missing_values(notice.template, values):
            raise Undelivered(f"{outbox.INCOMPLETE}: the notice lacks {', '.join(missing)}", final=True)
        message = {
            "text": text_of(notice.template, language, {"company": "", **values}, self._site.timezone),
            "template": notice.template.value,
            "language": language,
            "data": content,
            "id": notice.id,
        }
        await _by_first(ways, message)

    def _ways(self, recipient: str) -> tuple[list[tuple[Messenger, str]], str]:
        """The ways to a resident or to one of the staff, and the language that is spoken there."""
        staff = address_of(recipient, self._staff)
        if staff is not None:
            return self._routes.to_staff(staff), ""
        person = self._directory.get(recipient)
        return (self._routes.to(person), person.language) if person else ([], "")

    def _data(self, notice: Notice, particulars: Particulars, language: str) -> Mapping[str, str | int]:
        if notice.template is Template.STAFF_ALARM:
            return alarm_data(self._site, particulars.alarm, particulars.door, particulars.at, language)
        common: dict[str, str | int] = {
            "locker": self._site.name,
            "address": self._site.address,
            "help_phone": self._site.help_phone,
            "parcel": notice.parcel,
        }
        if notice.template is not Template.ARRIVAL:
            return common | {"company": particulars.company}
        code, token = self._opened(particulars)
        return common | {
            "code": code,
            "token": token,
            "deadline": particulars.deadline,
            "free_hours": self._free_hours,
        }

    def _opened(self, particulars: Particulars) -> tuple[str, str]:
        try:
            return self._vault.unseal(particulars.sealed or b"")
        except CannotUnseal:
            raise Undelivered("the code of this parcel cannot be read; staff must open the door", final=True) from None

    async def _mark_fault(self, notice: Notice, fault: Undelivered) -> None:
        tries, now, reason = notice.tries + 1, self._engine.now(), str(fault)
        endless = notice.template in {Template.WITHDRAWN, Template.STAFF_ALARM} and tries >= _GIVE_UP_AFTER
        if fault.final or endless:
            log.warning("notice %s was not delivered: %s", notice.id, reason)
            await self._journal.write_when_possible(lambda db: outbox.failed(db, notice.id, reason, now))
            return
        due = now + timedelta(seconds=wait_before(tries + 1, self._chance()))
        log.info("notice %s waits after %d tries: %s", notice.id, tries, reason)
        await self._journal.write_when_possible(lambda db: outbox.put_off(db, notice.id, due, reason))


def wait_before(attempt: int, chance: float) -> float:
    """Seconds between the try before and this one: 5, 10, 20 … 600, give or take a tenth; `chance` is 0 to 1."""
    wait = FIRST_WAIT_S * 2.0 ** min(max(attempt - 2, 0), 10)
    return min(wait * (0.9 + 0.2 * chance), LONGEST_WAIT_S)


async def _by_first(ways: list[tuple[Messenger, str]], message: Mapping[str, Any]) -> None:
    """Send by the first way; by the next only when one says that it never will."""
    for number, (messenger, address) in enumerate(ways, 1):
        try:
            await messenger.send({"to": address, **message})
        except Undelivered as fault:
            if not fault.final or number == len(ways):
                raise
        else:
            return
