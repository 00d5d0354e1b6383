"""Notices on their way: takes what waits in the outbox and sends it, until it is accepted or pointless.

A phone company that is down delays a notice, never a deposit. Every try of one notice bears the
same id, so that it is never a second message.

What may pass (a dead network, a wrong setting, a sealed cabinet) only delays. A notice fails when trying
again cannot help, and then an event says so. A notice that meets a fault of its own stops no other.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from locker.core.events.service_events import NoticeFailed
from locker.core.reasons import Refused
from locker.errors import LockerError
from locker.journal.store import CannotWrite, JournalBroken
from locker.ports import DeliveryFault, Undelivered
from locker.services.notices import outbox
from locker.services.notices.messengers import Messengers, Way, fault_inside, send_once
from locker.services.notices.notice_lanes import NoticeLanes
from locker.services.notices.outside_recipients import carrier_company, public_channel
from locker.services.notices.quiet_hours import held_until
from locker.services.notices.shipment_notices import HOLD
from locker.services.notices.staff_alarm import staff_address
from locker.services.people import NO_WISHES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.options import SiteOptions
    from locker.services.notices.notice_writer import NoticeWriter
    from locker.services.notices.outbox import Notice, NoticeDetails
    from locker.services.people import ResidentDirectory, Wishes, WishRegister

log = logging.getLogger(__name__)

FIRST_WAIT_S = 5.0
MAX_WAIT_S = 600.0
MAX_ASKED_S = 3600.0
"""Seconds that a far end may ask us to wait; a code that comes later than that helps nobody."""

ESCALATE_AFTER = 3
"""After so many tries in vain of the channel that was wished, some 20 seconds, the next is asked too (R13)."""

MAX_AT_ONCE = 8
_LOOK_EVERY_S = 60.0
_NEWS_FOR = timedelta(days=7)  # what no end of its parcel makes obsolete is no news after that
_BY = "cabinet"


LinkOf = Callable[["Database", str, "datetime"], str]
PictureOf = Callable[["Database", str], "Path | None"]


class _Ended(LockerError):
    """The notice waits no longer: somebody else ended it."""


class NoticeSender:
    """Sends notices: several at once, but to one phone one after another in the order of their events."""

    def __init__(
        self,
        journal: Journal,
        engine: Engine,
        directory: ResidentDirectory,
        site: SiteOptions,
        writer: NoticeWriter,
        messengers: Messengers,
        random: Callable[[], float],
        staff: Sequence[str] = (),
        wishes: WishRegister | None = None,
        link: LinkOf | None = None,
        picture: PictureOf | None = None,
    ) -> None:
        """What is asked in the transaction that counts a try.

        `link`: the address of a resident's page, where there is one. `picture`: where the picture of a parcel behind
        its door lies, where pictures go along and one was taken (R26).
        """
        self._link = link
        self._picture = picture
        self._writer = writer
        self._wishes = wishes
        self._staff = staff
        self._journal = journal
        self._engine = engine
        self._directory = directory
        self._site = site
        self._messengers = messengers
        self._random = random
        self._lanes = NoticeLanes()
        self._news = asyncio.Event()
        self._look_at = 0.0
        self._under_way = 0

    def wake(self) -> None:
        """Look at the outbox now. Call from the loop."""
        self._look_at = 0.0
        self._news.set()

    async def run(self) -> None:
        """Deliver for as long as the daemon lives."""
        if self._messengers == Messengers():
            return
        now = self._engine.now()
        await self._journal.write_when_possible(lambda db: outbox.retry_after_start(db, now, HOLD))
        async with asyncio.TaskGroup() as group:
            while True:
                self._news.clear()
                if asyncio.get_running_loop().time() >= self._look_at:
                    await self._look()
                pause = self._start_due(group)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._news.wait()

    async def _look(self) -> None:
        """Read page by page what waits, and let go of what need not be said any more."""
        self._look_at = asyncio.get_running_loop().time() + _LOOK_EVERY_S
        self._lanes.look_begins()
        found: dict[str, list[Notice]] = {}
        now = self._engine.now()
        place: tuple[int, str] | None = outbox.FIRST_PAGE
        while place is not None:
            page = await self._journal.read(partial(outbox.waiting_page, after=place))
            for row in page.unreadable:
                await self._fail(row, Undelivered(DeliveryFault.UNENCODABLE, "its row cannot be understood"))
            notices = [one for one in page.notices if not self._lanes.is_out(self._lane(one)) or not one.obsolete]
            if stale := [one.id for one in notices if one.obsolete]:
                await self._journal.write_when_possible(partial(outbox.mark_obsolete, notices=stale, now=now))
            for notice in notices:
                if notice.tries == 0 and notice.due_at > now:
                    # It waits for a picture or for other pieces of its shipment, and what comes later goes before it.
                    seconds = (notice.due_at - now).total_seconds()
                    self._look_at = min(self._look_at, asyncio.get_running_loop().time() + seconds)
                elif not (notice.obsolete or notice.held or self._unreadable_now(notice)):
                    due = self._held_until(notice) or notice.due_at
                    found.setdefault(self._lane(notice), []).append(replace(notice, due_at=max(due, notice.due_at)))
            place = page.next
        self._lanes.look_ended(found)

    def _start_due(self, group: asyncio.TaskGroup) -> float:
        """Start what is due; the seconds until the next is due, or until the outbox is looked at again."""
        now = self._engine.now()
        while self._under_way < MAX_AT_ONCE and (taken := self._lanes.take(now)) is not None:
            self._under_way += 1
            group.create_task(self._deliver(*taken))
        pause = max(0.0, self._look_at - asyncio.get_running_loop().time())
        due = self._lanes.next_due() if self._under_way < MAX_AT_ONCE else None
        return pause if due is None else min(pause, max(0.0, (due - now).total_seconds()))

    def _unreadable_now(self, notice: Notice) -> bool:
        return notice.template.tells_code and self._writer.cannot_unseal

    def _lane(self, notice: Notice) -> str:
        """What keeps the order: the phone, else the mailbox, else nobody but this recipient."""
        staff = staff_address(notice.recipient, self._staff)
        person = self._directory.get(notice.recipient)
        return staff or (person and (person.phone or person.email)) or notice.recipient

    async def _deliver(self, lane: str, notice: Notice) -> None:
        due = held = self._held_until(notice)
        try:
            if held is not None:
                return
            details = await self._journal.write_when_possible(lambda db: self._start_attempt(db, notice))
            if details is not None:
                due = await self._try(notice, details)
        except (CannotWrite, JournalBroken):
            raise
        except Exception as fault:  # noqa: BLE001  the top of this notice: the others go on
            due = await self._record_failure(notice, fault_inside(fault))
        finally:
            self._under_way -= 1
            self._lanes.give_back(lane, notice, due, tried=held is None)
            self._news.set()

    def _start_attempt(self, db: Database, notice: Notice) -> NoticeDetails | None:
        details = outbox.start_attempt(db, notice.id)
        if details is None:
            return None
        if self._picture is not None and notice.template.tells_code:
            details = replace(details, picture=self._picture(db, notice.parcel))
        if self._link is None or not notice.template.has_link:
            return details
        return replace(details, link=self._link(db, notice.recipient, self._engine.now()))

    def _held_until(self, notice: Notice) -> datetime | None:
        """Until when its recipient does not want to be disturbed by it; None when it may go now."""
        wishes = self._wishes_of(notice.recipient)
        parcel = self._engine.site.parcels.get(notice.parcel)
        deadline = parcel.deadline if parcel is not None else None
        return held_until(notice.template, wishes, self._engine.now(), deadline, self._site.timezone)

    def _wishes_of(self, recipient: str) -> Wishes:
        return self._wishes.of(recipient) if self._wishes is not None else NO_WISHES

    async def _try(self, notice: Notice, details: NoticeDetails) -> datetime | None:
        """Send it; when it is tried again, None when it waits no longer."""
        try:
            said = await self._send(notice, details)
        except Undelivered as fault:
            return await self._record_failure(notice, fault)
        now = self._engine.now()
        await self._journal.write_when_possible(lambda db: outbox.mark_sent(db, notice.id, now, said))
        return None

    async def _send(self, notice: Notice, details: NoticeDetails) -> outbox.Said:
        """Make the words and send them by the first messenger that takes them; what was said. Raises Undelivered."""
        addresses, language = self._addresses(notice.recipient)
        addresses = [way for way in addresses if way.channel not in details.shunned]
        if not addresses:
            raise Undelivered(DeliveryFault.REFUSED, "no way delivered it")
        written = self._writer.write(notice, details, language)
        message = {**written.message, **await _picture(details.picture)}
        channel = await _send_by_first(addresses, message, patient=notice.tries < ESCALATE_AFTER)
        return outbox.Said(channel, written.language, written.version, written.masked)

    def _addresses(self, recipient: str) -> tuple[list[Way], str]:
        """Where a resident or one of the staff is reached and by which messenger, and the language spoken there.

        Raises Undelivered when nobody can be reached there: for good without phone and mailbox.
        """
        staff, company, channel = (
            staff_address(recipient, self._staff),
            carrier_company(recipient),
            public_channel(recipient),
        )
        person = self._directory.get(recipient) if staff is None else None
        if company is not None:
            addresses, language = self._messengers.to_carrier(company), ""
            if not addresses:
                raise Undelivered(DeliveryFault.UNREACHABLE, "the site file names no system of this carrier")
        elif channel is not None:
            addresses, language = self._messengers.to_public(channel), ""
            if not addresses:
                raise Undelivered(DeliveryFault.UNREACHABLE, "the site file names no such channel any more")
        elif staff:
            addresses, language = self._messengers.to_staff(staff), ""
        elif person is not None and (person.phone or person.email):
            addresses, language = self._messengers.to(person, self._wishes_of(recipient).order), person.language
        else:
            raise Undelivered(DeliveryFault.UNREACHABLE, "no phone and no mailbox is known")
        if not addresses:
            raise Undelivered(DeliveryFault.NO_WAY, "the site file names no way that reaches this recipient")
        return addresses, language

    async def _record_failure(self, notice: Notice, fault: Undelivered) -> datetime | None:
        """Give it up or let it wait; until when it waits."""
        tries, now, reason = notice.tries + 1, self._engine.now(), str(fault)
        old = not notice.template.of_waiting_parcel and now - notice.created_at >= _NEWS_FOR
        if (fault.final or old) and await self._fail(notice.id, fault):
            return None
        pause = max(wait_before(tries + 1, self._random()), min(fault.retry_after, MAX_ASKED_S))
        due = now + timedelta(seconds=pause)
        log.info("notice %s waits after %d tries: %s", notice.id, tries, reason)
        await self._journal.write_when_possible(lambda db: outbox.postpone(db, notice.id, due, reason))
        return due

    async def _fail(self, notice: str, fault: Undelivered) -> bool:
        """Give this notice up and record that; False while nothing can be recorded."""

        def work(db: Database, now: datetime) -> tuple[NoticeFailed, None]:
            ended = outbox.mark_failed(db, notice, str(fault), now)
            if ended is None:
                raise _Ended
            parcel, template = ended
            kind, _, detail = str(fault).partition(": ")
            return NoticeFailed(parcel=parcel, notice=template, fault=kind, detail=detail), None

        try:
            await self._engine.record_with(work, _BY)
        except _Ended:
            return True
        except Refused:
            return False
        log.error("notice %s will not be delivered: %s", notice, fault)
        return True


async def _picture(path: Path | None) -> dict[str, str]:
    """The picture as a part of the message; one that has gone meanwhile keeps back nothing."""
    if path is None:
        return {}
    try:
        return {"picture": base64.b64encode(await asyncio.to_thread(path.read_bytes)).decode()}
    except OSError:
        return {}


def wait_before(attempt: int, chance: float) -> float:
    """Seconds between the try before and this one: 5, 10, 20 … 600, give or take a tenth; `chance` is 0 to 1."""
    wait = FIRST_WAIT_S * 2.0 ** min(max(attempt - 2, 0), 10)
    return min(wait * (0.9 + 0.2 * chance), MAX_WAIT_S)


async def _send_by_first(ways: Sequence[Way], message: Mapping[str, Any], *, patient: bool) -> str:
    """Send by the first messenger that takes it; the channel that did.

    `patient`: the next is asked only when one says that it never will, for what passes is waited for.
    """
    for number, way in enumerate(ways, 1):
        try:
            await send_once(way.messenger, {"to": way.address, **message})
        except Undelivered as fault:
            if (patient and not fault.final) or number == len(ways):
                raise
        else:
            return way.channel
    raise Undelivered(DeliveryFault.NO_WAY, "nobody is named who takes notices")
