"""A resident's way to the page of their own: a link in the notice, and once a device the end of the phone.

Whoever holds the link alone (it was forwarded, read over a shoulder, found in a chat) learns nothing of the parcel:
they are asked for the last four digits of the phone that was written to. Then this device is let in, until the resident
ends it, the phone changes, or it was not used for long. Only hashes are kept, of links and of devices.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

from locker.core.events.record import moment, rfc3339
from locker.core.events.service_events import Noted
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.people.residents import Person, ResidentDirectory
    from locker.vault import Vault

T = TypeVar("T")

LINK_DAYS = 30
"""So long after it was last told a link leads somewhere."""
DEVICE_DAYS = 90
"""So long after it last came a device is known."""
TRIES = 5
REST_MINUTES = 15
_PROOF_DIGITS = 4
_FEED = "feed:"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class GateAnswer:
    """What a try at the gate gave: the device's secret when it was right; else how many tries are left.

    `rests`: too many were wrong, nothing is tried for a while.
    """

    device: str = ""
    left: int = 0
    rests: bool = False


class ResidentLinks:
    """Links and devices. Every look-up reads the table: a page of a resident is no path to a coil."""

    def __init__(self, journal: Journal, engine: Engine, directory: ResidentDirectory, vault: Vault) -> None:
        self._journal = journal
        self._engine = engine
        self._directory = directory
        self._vault = vault

    def offer(self, db: Database, resident: str, now: datetime) -> str:
        """Give the link that a notice to this resident tells, in the open transaction; empty for nobody.

        The same as in the notice before, unless that one has ended. Told is noted once a day: it costs the card a page.
        """
        person = self._directory.get(resident)
        if person is None or not self._vault.has_key:
            return ""
        phone = self._phone(person)
        newest = "select number, phone, told_at from resident_link where resident = ?"
        row = db.execute(newest, [resident]).fetchone()
        if row is not None and row[1] == phone and moment(row[2]) > now - timedelta(days=LINK_DAYS):
            token = self._vault.link_token(resident, row[0])
            if moment(row[2]) < now - _DAY:
                db.execute("update resident_link set told_at = ? where hash = ?", [rfc3339(now), _hash(token)])
            return token
        number = secrets.randbits(48)  # counted on, a restore would give out again what was ended since
        db.execute("delete from resident_link where resident = ?", [resident])
        token = self._vault.link_token(resident, number)
        db.execute(
            "insert into resident_link (hash, resident, number, phone, made_at, told_at) values (?, ?, ?, ?, ?, ?)",
            [_hash(token), resident, number, phone, rfc3339(now), rfc3339(now)],
        )
        return token

    async def resident_of_link(self, token: str) -> str | None:
        """Whose link this is; None for one that was never given, has ended, or went to another phone."""
        if not token.isascii() or len(token) > 64:
            return None
        now = self._engine.now()
        return await self._journal.read(lambda db: self._of_link(db, token, now))

    def _of_link(self, db: Database, token: str, now: datetime) -> str | None:
        sql = "select resident, phone, told_at, number from resident_link where hash = ?"
        row = db.execute(sql, [_hash(token)]).fetchone()
        if row is None or moment(row[2]) <= now - timedelta(days=LINK_DAYS) or not self._same_phone(row[0], row[1]):
            return None
        return str(row[0])

    def proof_is_unit(self, resident: str) -> bool:
        """True when the gate asks for the unit: whoever has no phone is written to by mail."""
        person = self._directory.get(resident)
        return person is not None and len(_digits(person.phone)) < _PROOF_DIGITS

    async def enter(self, token: str, proof: str) -> GateAnswer | None:
        """Try to let this device in; None when the link leads nowhere. Raises Refused while sealed."""
        now = self._engine.now()

        def work(db: Database) -> GateAnswer | None:
            resident = self._of_link(db, token, now)
            person = self._directory.get(resident) if resident is not None else None
            if person is None:
                return None
            sql = "select wrong, rests_until from resident_link where hash = ?"
            wrong, rests_until = db.execute(sql, [_hash(token)]).fetchone()
            if rests_until is not None and moment(rests_until) > now:
                return GateAnswer(rests=True)
            if not self.proves(person, proof):
                return _tried_wrong(db, token, wrong + 1, now)
            device = secrets.token_urlsafe(32)
            db.execute("update resident_link set wrong = 0, rests_until = null where hash = ?", [_hash(token)])
            self._add_device(db, person, device, now)
            return GateAnswer(device=device)

        return await self._write(work)

    async def new_feed(self, resident: str) -> str:
        """A secret that reads this resident's parcels and does nothing else; it ends as devices do. Raises Refused."""
        person, now, feed = self._directory.get(resident), self._engine.now(), secrets.token_urlsafe(32)
        if person is None:
            raise Refused(RefusalReason.UNKNOWN)
        await self._write(lambda db: self._add_device(db, person, _FEED + feed, now))
        return feed

    async def resident_of_feed(self, feed: str) -> str | None:
        """Who is told by this secret; None for one that is not known or has ended."""
        return await self._resident_of(_FEED + feed)

    async def let_in(self, resident: str) -> str:
        """Let a device in whose person was proved in another way; its secret. Raises Refused while sealed."""
        person, now, device = self._directory.get(resident), self._engine.now(), secrets.token_urlsafe(32)
        if person is None:
            raise Refused(RefusalReason.UNKNOWN)
        await self._write(lambda db: self._add_device(db, person, device, now))
        return device

    def _add_device(self, db: Database, person: Person, device: str, now: datetime) -> None:
        db.execute(
            "insert into resident_device (hash, resident, phone, since, used_at) values (?, ?, ?, ?, ?)",
            [_hash(device), person.id, self._phone(person), rfc3339(now), rfc3339(now)],
        )

    async def resident_of_device(self, device: str) -> str | None:
        """Whose device this is; None for one that is not known, was ended, or is of another phone than today's."""
        return None if device.startswith(_FEED) else await self._resident_of(device)

    async def _resident_of(self, device: str) -> str | None:
        if not device.isascii() or not device or len(device) > 64:
            return None
        now = self._engine.now()
        sql = "select resident, phone, used_at from resident_device where hash = ?"
        row = await self._journal.read(lambda db: db.execute(sql, [_hash(device)]).fetchone())
        if row is None or moment(row[2]) <= now - timedelta(days=DEVICE_DAYS) or not self._same_phone(row[0], row[1]):
            return None
        if moment(row[2]) < now - _DAY and self._engine.sealed is None:
            update = "update resident_device set used_at = ? where hash = ?"
            await self._write(lambda db: db.execute(update, [rfc3339(now), _hash(device)]))
        return str(row[0])

    async def devices(self, resident: str) -> list[tuple[str, str]]:
        """Since when and when last each device of this resident came, the newest first."""
        sql = "select since, used_at from resident_device where resident = ? order by since desc"
        return await self._journal.read(lambda db: [tuple(row) for row in db.execute(sql, [resident]).fetchall()])

    async def end(self, resident: str, by: str) -> None:
        """End every link and every device of this resident. Raises Refused while sealed."""

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            end_links(db, resident)
            return Noted(what="resident-links-ended", about=resident), None

        await self._engine.record_with(work, by)

    def proves(self, person: Person, proof: str) -> bool:
        """True for the last digits of the phone, or the unit of whoever has none."""
        phone = _digits(person.phone)
        if len(phone) >= _PROOF_DIGITS:
            return hmac.compare_digest(_digits(proof).encode(), phone[-_PROOF_DIGITS:].encode())
        wanted, said = ("".join(text.casefold().split()).encode() for text in (person.unit, proof))
        return hmac.compare_digest(wanted, said)

    def _phone(self, person: Person) -> str:
        return self._vault.phone_hash(person.phone or person.email)

    def _same_phone(self, resident: str, phone: str) -> bool:
        person = self._directory.get(resident)
        return person is not None and self._phone(person) == phone

    async def _write(self, work: Callable[[Database], T]) -> T:
        if self._engine.sealed is not None:
            raise Refused(RefusalReason.SEALED)
        return await self._journal.write(work)


def end_links(db: Database, resident: str) -> None:
    """End link and devices of a resident in the open transaction: what was told leads nowhere any more."""
    db.execute("delete from resident_link where resident = ?", [resident])
    db.execute("delete from resident_device where resident = ?", [resident])


def _tried_wrong(db: Database, token: str, wrong: int, now: datetime) -> GateAnswer:
    rests = wrong >= TRIES
    until = rfc3339(now + timedelta(minutes=REST_MINUTES)) if rests else None
    values = [0 if rests else wrong, until, _hash(token)]
    db.execute("update resident_link set wrong = ?, rests_until = ? where hash = ?", values)
    return GateAnswer(rests=True) if rests else GateAnswer(left=TRIES - wrong)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isascii() and character.isdigit())


def _hash(secret: str) -> str:
    """Of so many random bits that a plain hash cannot be turned back."""
    return hashlib.sha256(secret.encode()).hexdigest()
