"""Tokens of machines: how another program proves who it is, and what it may do.

A token is 256 random bits, so a plain hash of it cannot be turned back; only that hash is kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.core.events.service_events import Noted
from locker.frozen import dataclass
from locker.text_folding import visible_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

PREFIX = "lk_"
MAX_DAYS = 3650
LONGEST_COMPANY = 60
GATHER_SECONDS = 30
USES_WRITTEN_EVERY_SECONDS = 600
"""Last uses are worth no more wear of the card than this; in the running daemon they are known to the second."""
_RANDOM_BYTES = 32
_REVOKED = "token-revoked:"
_NAME = re.compile(r"[^\x00-\x20\x7f:](?:[^\x00-\x1f\x7f:]{0,62}[^\x00-\x20\x7f:])?")


class Scope(StrEnum):
    """What a token may do. No scope holds another."""

    READ = "read"
    DEPOSIT = "deposit"
    PICKUP = "pickup"
    STAFF = "staff"
    ENTRY = "entry"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class MachineToken:
    """A known token: whose it is, what it may do and until when, None for no end. The text itself is nowhere.

    `company`: whose it is, empty for one of nobody in particular: it reaches that company's deposit rights.
    """

    name: str
    scopes: frozenset[Scope]
    ends_at: datetime | None = None
    company: str = ""

    @property
    def actor(self) -> str:
        """How the journal names whoever shows this token; it is also its source of tried codes."""
        return f"token:{self.name}"

    def has_ended(self, now: datetime) -> bool:
        """True from the moment on at which it lets nobody in any more."""
        return self.ends_at is not None and now >= self.ends_at

    @property
    def rights(self) -> str:
        """Its scopes, its end and its company as the journal tells them."""
        until = f" until {rfc3339(self.ends_at)}" if self.ends_at else ""
        whose = f" for {self.company}" if self.company else ""
        return ", ".join(sorted(self.scopes)) + until + whose


def machine_token_name(text: str) -> str:
    """A name as it is kept. Raises ValueError with what to write instead."""
    name = text.strip()
    if not _NAME.fullmatch(name):
        raise ValueError("a token's name has 1 to 64 characters and no colon, for example carrier-gateway")
    return name


def add_machine_token(
    db: Database, name: str, scopes: Iterable[Scope], now: datetime, days: int | None = None, company: str = ""
) -> tuple[MachineToken, str]:
    """Make a token and keep its hash; the token as kept, and its text, which is never seen again.

    It lasts so many days, without `days` until it is revoked. A name that stands already gets a number behind it
    ("gateway-2"): the token that bears it goes on working. Runs inside the caller's transaction.
    Raises ValueError for a bad name or company, no scope, or days that are none.
    """
    wanted = frozenset(Scope(scope) for scope in scopes)
    if not wanted:
        raise ValueError("a token needs a scope: read, deposit, pickup or staff")
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise ValueError(f"a token lasts 1 to {MAX_DAYS} days, or until it is revoked when no days are said")
    ends_at = None if days is None else now + timedelta(days=days)
    company = visible_name(company)
    if len(company) > LONGEST_COMPANY:
        raise ValueError(f"a company has a name of {LONGEST_COMPANY} characters at most")
    token = MachineToken(_unused(db, machine_token_name(name)), wanted, ends_at, company)
    text = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    db.execute(
        "insert into token (name, hash, scopes, created_at, ends_at, company) values (?, ?, ?, ?, ?, ?)",
        [
            token.name,
            machine_token_hash(text),
            " ".join(sorted(wanted)),
            now.isoformat(timespec="seconds"),
            rfc3339(ends_at) if ends_at else None,
            company,
        ],
    )
    return token, text


def machine_token_hash(text: str) -> str:
    """SHA-256 of a token's text, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token as people see it in a list, ended ones too until they are revoked.

    `used_at`: when it last let somebody in, None for never; ten minutes of it may be lost in a power cut.
    """

    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    ends_at: datetime | None
    used_at: datetime | None
    ended: bool
    company: str = ""


class MachineTokens:
    """All tokens of this cabinet, held in memory by their hash."""

    def __init__(self, journal: Journal, engine: Engine) -> None:
        self._journal = journal
        self._engine = engine
        self._by_hash: dict[str, MachineToken] = {}
        self._used_at: dict[str, datetime] = {}
        self._unwritten: set[str] = set()
        self._used = asyncio.Event()

    async def load(self) -> None:
        """Read the table anew. Call once at start, and after somebody else wrote to it."""

        def work(db: Database) -> dict[str, MachineToken]:
            rows = db.execute("select hash, name, scopes, ends_at, company from token").fetchall()
            return {
                row[0]: MachineToken(row[1], frozenset(Scope(word) for word in row[2].split()), _moment(row[3]), row[4])
                for row in rows
            }

        self._by_hash = await self._journal.read(work)

    async def run(self) -> None:
        """Keep last uses on the disk until cancelled: seldom, many at once, and on no way to a door."""
        while True:
            await self._used.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._used.clear()
            names, self._unwritten = self._unwritten, set()
            uses = [(rfc3339(self._used_at[name]), name) for name in sorted(names)]
            await self._journal.write_when_possible(partial(_write_uses, uses=uses))
            await asyncio.sleep(USES_WRITTEN_EVERY_SECONDS - GATHER_SECONDS)

    async def create(
        self, name: str, scopes: Iterable[Scope], by: str, days: int | None = None, company: str = ""
    ) -> str:
        """Make a token as `add_machine_token` does; its text, to be shown once. Durable and known when it returns.

        Raises ValueError, and Refused while sealed.
        """

        def work(db: Database, now: datetime) -> tuple[Noted, tuple[MachineToken, str]]:
            token, text = add_machine_token(db, name, scopes, now, days, company)
            return Noted(what="token-created", about=f"{token.name}: {token.rights}"), (token, text)

        token, text = await self._engine.record_with(work, by)
        self._by_hash[machine_token_hash(text)] = token
        return text

    def find(self, text: str) -> MachineToken | None:
        """The token with this text, None for one that is unknown or has ended.

        One look-up in memory, by hash, so that timing tells nothing of the text.
        """
        token, now = self._by_hash.get(machine_token_hash(text)), self._engine.now()
        if token is None or token.has_ended(now):
            return None
        self._used_at[token.name] = now
        self._unwritten.add(token.name)
        self._used.set()
        return token

    def stands(self, token: MachineToken) -> bool:
        """True until this token ends or is revoked: for who was let in by it and is still here."""
        return token in self._by_hash.values() and not token.has_ended(self._engine.now())

    async def revoke(self, name: str, by: str) -> None:
        """Let nobody in with this token any more, from now on. Its name is never given to another.

        Raises ValueError when there is no such token, and Refused while sealed.
        """

        def work(db: Database, now: datetime) -> tuple[Noted, str]:
            row = db.execute("select hash from token where name = ?", [name]).fetchone()
            if row is None:
                raise ValueError(f"no token here is called '{name}'")
            db.execute("delete from token where name = ?", [name])
            db.execute("insert into meta (key, value) values (?, ?)", [_REVOKED + name, rfc3339(now)])
            return Noted(what="token-revoked", about=name), str(row[0])

        hashed = await self._engine.record_with(work, by)
        self._by_hash.pop(hashed, None)

    async def listed(self) -> list[ListedToken]:
        """All that were not revoked, by name."""

        def work(db: Database) -> list[tuple[str, str, str, str | None, str | None, str]]:
            names = "name, scopes, created_at, ends_at, used_at, company"
            return db.execute(f"select {names} from token order by name").fetchall()  # noqa: S608  own names

        now, rows = self._engine.now(), await self._journal.read(work)
        return [
            ListedToken(
                name,
                tuple(scopes.split()),
                datetime.fromisoformat(created),
                _moment(ends),
                self._used_at.get(name) or _moment(used),
                ended=ends is not None and now >= datetime.fromisoformat(ends),
                company=company,
            )
            for name, scopes, created, ends, used, company in rows
        ]


def _write_uses(db: Database, uses: list[tuple[str, str]]) -> None:
    for use in uses:
        db.execute("update token set used_at = ? where name = ?", use)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _unused(db: Database, name: str) -> str:
    taken = {row[0] for row in db.execute("select name from token").fetchall()}
    revoked = db.execute("select key from meta where key glob ?", [_REVOKED + "*"]).fetchall()
    taken |= {row[0].removeprefix(_REVOKED) for row in revoked}
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
