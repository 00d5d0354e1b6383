"""Tokens of machines: how another program proves who it is, and what it may do.

A token is 256 random bits, so a plain hash of it cannot be turned back; only that hash is kept.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.core.record import rfc3339
from locker.core.service_events import Noted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal

PREFIX = "lk_"
_RANDOM_BYTES = 32
_REVOKED = "token-revoked:"
_NAME = re.compile(r"[^\x00-\x20\x7f:](?:[^\x00-\x1f\x7f:]{0,62}[^\x00-\x20\x7f:])?")


class Scope(StrEnum):
    """What a token may do. No scope holds another."""

    READ = "read"
    DEPOSIT = "deposit"
    PICKUP = "pickup"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class MachineToken:
    """A known token: whose it is and what it may do. The text itself is nowhere."""

    name: str
    scopes: frozenset[Scope]

    @property
    def actor(self) -> str:
        """How the journal names whoever shows this token; it is also its source of tried codes."""
        return f"token:{self.name}"


def machine_token_name(text: str) -> str:
    """A name as it is kept. Raises ValueError with what to write instead."""
    name = text.strip()
    if not _NAME.fullmatch(name):
        raise ValueError("a token's name has 1 to 64 characters and no colon, for example carrier-gateway")
    return name


def add_machine_token(db: Database, name: str, scopes: Iterable[Scope], now: datetime) -> tuple[MachineToken, str]:
    """Make a token and keep its hash; the token as kept, and its text, which is never seen again.

    A name that stands already gets a number behind it ("gateway-2"): the token that bears it goes
    on working. Runs inside the caller's transaction. Raises ValueError for a bad name or no scope.
    """
    wanted = frozenset(Scope(scope) for scope in scopes)
    if not wanted:
        raise ValueError("a token needs a scope: read, deposit, pickup or staff")
    token = MachineToken(_unused(db, machine_token_name(name)), wanted)
    text = PREFIX + secrets.token_urlsafe(_RANDOM_BYTES)
    db.execute(
        "insert into token (name, hash, scopes, created_at) values (?, ?, ?, ?)",
        [token.name, machine_token_hash(text), " ".join(sorted(wanted)), now.isoformat(timespec="seconds")],
    )
    return token, text


def machine_token_hash(text: str) -> str:
    """SHA-256 of a token's text, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class ListedToken:
    """A token as people see it in a list. `used_at`: when it was last shown in this life of the daemon."""

    name: str
    scopes: tuple[str, ...]
    created_at: str
    used_at: str


class MachineTokens:
    """All tokens of this cabinet, held in memory by their hash."""

    def __init__(self, journal: Journal, engine: Engine) -> None:
        self._journal = journal
        self._engine = engine
        self._by_hash: dict[str, MachineToken] = {}
        self._used_at: dict[str, datetime] = {}

    async def load(self) -> None:
        """Read the table anew. Call once at start, and after somebody else wrote to it."""

        def work(db: Database) -> dict[str, MachineToken]:
            rows = db.execute("select hash, name, scopes from token").fetchall()
            return {row[0]: MachineToken(row[1], frozenset(Scope(word) for word in row[2].split())) for row in rows}

        self._by_hash = await self._journal.read(work)

    async def create(self, name: str, scopes: Iterable[Scope], by: str) -> str:
        """Make a token; its text, to be shown once. Durable and known when it returns.

        Raises ValueError, and Refused while sealed.
        """

        def work(db: Database, now: datetime) -> tuple[Noted, tuple[MachineToken, str]]:
            token, text = add_machine_token(db, name, scopes, now)
            return Noted(what="token-created", about=f"{token.name}: {', '.join(sorted(token.scopes))}"), (token, text)

        token, text = await self._engine.record_with(work, by)
        self._by_hash[machine_token_hash(text)] = token
        return text

    def find(self, text: str) -> MachineToken | None:
        """The token with this text; one look-up in memory, by hash, so that timing tells nothing of the text."""
        token = self._by_hash.get(machine_token_hash(text))
        if token is not None:
            self._used_at[token.name] = self._engine.now()
        return token

    def stands(self, token: MachineToken) -> bool:
        """True until this token is revoked: for who was let in by it and is still here."""
        return token in self._by_hash.values()

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
        """All that let somebody in, by name."""

        def work(db: Database) -> list[tuple[str, str, str]]:
            return db.execute("select name, scopes, created_at from token order by name").fetchall()

        rows = await self._journal.read(work)
        return [
            ListedToken(name, tuple(scopes.split()), created, rfc3339(used) if used is not None else "")
            for name, scopes, created in rows
            for used in [self._used_at.get(name)]
        ]


def _unused(db: Database, name: str) -> str:
    taken = {row[0] for row in db.execute("select name from token").fetchall()}
    revoked = db.execute("select key from meta where key glob ?", [_REVOKED + "*"]).fetchall()
    taken |= {row[0].removeprefix(_REVOKED) for row in revoked}
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
