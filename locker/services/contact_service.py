"""Another phone or mailbox for a resident, asked for on their own page.

Whoever takes over the address takes over every code to come, so a link that was passed on, and even a device that was
let in, are not enough: one code goes to the address that was written to until now (the phone, where there is one), one
to the new address, and both are typed within half an hour. Who has lost the old phone goes to staff, who see them.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.core.events.record import moment, rfc3339
from locker.core.events.service_events import Noted
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.ports import DeliveryFault, Undelivered
from locker.services.command_service import ResidentDetails
from locker.services.notices import ContactMessage, NoticeTemplate

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.command_service import CommandService
    from locker.services.notices import ContactMessages
    from locker.services.people import Person, ResidentDirectory, ResidentLinks
    from locker.vault import Vault

CODE_DIGITS = 6
VALID = timedelta(minutes=30)
TRIES = 5
ASKS_A_DAY = 3
"""So often a day may codes be asked for: the new address may be a stranger's."""
_MAILBOX = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,190}\.[^@\s,;<>\"]{2,60}")


class ContactFault(StrEnum):
    """Why no code is sent."""

    UNREADABLE = "unreadable"
    SAME = "same"
    UNDELIVERED = "undelivered"
    TOO_OFTEN = "too-often"


class ContactRefused(LockerError):
    """No other address is taken; `fault` says why."""

    def __init__(self, fault: ContactFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class Confirmed(StrEnum):
    """What became of two codes that were typed."""

    DONE = "done"
    WRONG = "wrong"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PendingContact:
    """What was asked for and is not yet confirmed: "phone" or "mail", and the new address."""

    channel: str
    address: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A request as it stands in its table."""

    channel: str
    address: str
    old_hash: str
    new_hash: str
    asked_at: datetime
    wrong: int
    asks: int
    since: datetime


class ContactService:
    """Changes where a resident is reached. Every method raises Refused while sealed."""

    def __init__(
        self,
        engine: Engine,
        journal: Journal,
        directory: ResidentDirectory,
        vault: Vault,
        commands: CommandService,
        links: ResidentLinks,
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._directory = directory
        self._vault = vault
        self._commands = commands
        self._links = links
        self.messages: ContactMessages | None = None
        """What writes to people; set once it runs."""

    async def pending(self, resident: str) -> PendingContact | None:
        """What this resident asked for and may still confirm."""
        row = await self._journal.read(lambda db: _row(db, resident))
        open_until = None if row is None or not row.address else row.asked_at + VALID
        if row is None or open_until is None or self._engine.now() >= open_until or row.wrong >= TRIES:
            return None
        return PendingContact(row.channel, row.address)

    async def ask(self, person: Person, channel: str, typed: str, by: str) -> None:
        """Send one code to the address of now and one to the new one. Raises ContactRefused."""
        address = self._address(person, channel, typed)
        old, new = (f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}" for _ in range(2))
        now = self._engine.now()
        row = _Row(
            channel,
            address,
            self._hash(person, old),
            self._hash(person, new),
            now,
            wrong=0,
            asks=1,
            since=now,
        )

        def work(db: Database, now: datetime) -> tuple[Noted, None]:
            known = _row(db, person.id)
            counted = known if known is not None and known.since > now - timedelta(days=1) else None
            if counted is not None and counted.asks >= ASKS_A_DAY:
                raise ContactRefused(ContactFault.TOO_OFTEN)
            asks, since = (counted.asks + 1, counted.since) if counted is not None else (1, now)
            _write(db, person.id, replace(row, asks=asks, since=since))
            return Noted(what="contact-asked", about=person.id), None

        await self._engine.record_with(work, by)
        try:
            await self._send(person, NoticeTemplate.CONTACT_OLD, old)
            await self._send(self._moved(person, channel, address, alone=True), NoticeTemplate.CONTACT_NEW, new)
        except Undelivered as fault:
            await self._end(person.id)
            raise ContactRefused(ContactFault.UNDELIVERED) from fault

    async def confirm(self, person: Person, old: str, new: str, by: str) -> tuple[Confirmed, str]:
        """Take the new address when both codes are right; the secret of this device, let in anew, comes with it."""
        wanted = (self._hash(person, old), self._hash(person, new))

        def work(db: Database) -> tuple[Confirmed, _Row | None]:
            row, now = _row(db, person.id), self._engine.now()
            if row is None or not row.address or row.wrong >= TRIES or now >= row.asked_at + VALID:
                return Confirmed.ENDED, None
            right = [hmac.compare_digest(*pair) for pair in zip(wanted, (row.old_hash, row.new_hash), strict=True)]
            if not all(right):
                _write(db, person.id, replace(row, wrong=row.wrong + 1))
                return Confirmed.ENDED if row.wrong + 1 >= TRIES else Confirmed.WRONG, None
            _write(db, person.id, replace(row, address="", old_hash="", new_hash=""))
            return Confirmed.DONE, row

        answer, row = await self._journal.write(work)
        if row is None:
            return answer, ""
        moved = self._moved(person, row.channel, row.address)
        details = ResidentDetails(
            unit=person.unit, name=person.name, phone=moved.phone, consent=person.consent, language=person.language,
            email=moved.email, reach=person.reach,
        )  # fmt: skip
        await self._commands.save_resident(details, by)
        await self._tell_old(person)
        return answer, await self._links.let_in(person.id)

    async def give_up(self, resident: str) -> None:
        """Forget what was asked for: its codes change nothing any more."""
        await self._end(resident)

    def _address(self, person: Person, channel: str, typed: str) -> str:
        if channel == "phone":
            dialled = self._directory.dialled(typed)
            if not dialled.can_be_dialled:
                raise ContactRefused(ContactFault.UNREADABLE)
            address = dialled.number
        else:
            address = typed.strip()
            if channel != "mail" or not _MAILBOX.fullmatch(address):
                raise ContactRefused(ContactFault.UNREADABLE)
        if address in {person.phone, person.email}:
            raise ContactRefused(ContactFault.SAME)
        return address

    @staticmethod
    def _moved(person: Person, channel: str, address: str, *, alone: bool = False) -> Person:
        """The same person at another address; `alone`: reached by that one only."""
        if channel == "phone":
            return replace(person, phone=address, email="" if alone else person.email)
        return replace(person, email=address, phone="" if alone else person.phone)

    async def _send(self, person: Person, template: NoticeTemplate, code: str = "") -> None:
        if self.messages is None:
            raise Undelivered(DeliveryFault.NO_WAY, "nothing that writes to people runs yet")
        await self.messages.send(person, ContactMessage(template, self._engine.new_id("n"), code))

    async def _tell_old(self, person: Person) -> None:
        """The old address hears that it is not written to any more; where it cannot, the journal knows."""
        try:
            await self._send(person, NoticeTemplate.CONTACT_CHANGED)
        except Undelivered:
            await self._engine.note("contact-change-untold", person.id, "notices")

    async def _end(self, resident: str) -> None:
        def work(db: Database) -> None:
            row = _row(db, resident)
            if row is not None:
                _write(db, resident, replace(row, address="", old_hash="", new_hash=""))

        await self._journal.write(work)

    def _hash(self, person: Person, code: str) -> str:
        return self._vault.contact_hash(person.id, "".join(code.split()))


def _row(db: Database, resident: str) -> _Row | None:
    names = "channel, address, old_hash, new_hash, asked_at, wrong, asks, since"
    found = db.execute(f"select {names} from contact_change where resident = ?", [resident]).fetchone()  # noqa: S608  own names
    if found is None:
        return None
    channel, address, old_hash, new_hash, asked_at, wrong, asks, since = found
    return _Row(channel, address, old_hash, new_hash, moment(asked_at), wrong, asks, moment(since))


def _write(db: Database, resident: str, row: _Row) -> None:
    db.execute(
        "insert or replace into contact_change (resident, channel, address, old_hash, new_hash, asked_at, wrong, asks,"
        " since) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [resident, row.channel, row.address, row.old_hash, row.new_hash, rfc3339(row.asked_at), row.wrong, row.asks,
         rfc3339(row.since)],
    )  # fmt: skip
