"""Who may use the centre: a password and a code of an authenticator app, always; sessions that end by themselves."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

if TYPE_CHECKING:
    from psycopg import AsyncConnection

IDLE = timedelta(minutes=20)
LONGEST = timedelta(hours=8)
PROVED_FOR = timedelta(minutes=5)
SHORTEST_PASSWORD = 12
_STEP_SECONDS = 30
_FREE_TRIES = 5
_PAUSE = timedelta(seconds=30)
_HASHER = PasswordHasher()
_HASHING = ThreadPoolExecutor(1, "password")
"""Off the loop, for it takes long; one after another, for each takes much memory."""
_NOBODY = _HASHER.hash(secrets.token_hex(16))
"""What a password is compared with where there is no such account, so that it takes as long."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in. `proved_at`: when their app's code was last given."""

    operator: str
    csrf: str
    proved_at: datetime

    def proved(self, now: datetime) -> bool:
        """True while no new code is asked for what has weight."""
        return now - self.proved_at < PROVED_FOR


async def add_operator(connection: AsyncConnection[Any], name: str, password: str) -> str:
    """Make an account, or give it a new password and app; the secret for the app. Raises ValueError."""
    if not name or len(name) > 64 or not name.isprintable():
        raise ValueError("a name has 1 to 64 characters")
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"a password has {SHORTEST_PASSWORD} characters at least")
    secret = pyotp.random_base32()
    await connection.execute(
        "insert into operator (name, password, totp) values (%s, %s, %s) on conflict (name) do update"
        " set password = excluded.password, totp = excluded.totp, used_step = 0, failures = 0",
        [name, _HASHER.hash(password), secret],
    )
    await connection.execute("delete from session where operator = %s", [name])
    return secret


async def sign_in(connection: AsyncConnection[Any], name: str, password: str, code: str) -> str | None:
    """The token of a new session; None for anything that is wrong, whatever it is."""
    now = datetime.now(UTC)
    may_try = await _claim_try(connection, name)
    row = await (await connection.execute("select password from operator where name = %s", [name])).fetchone()
    stored = row[0] if row is not None else _NOBODY
    right = await asyncio.get_running_loop().run_in_executor(_HASHING, _is_password, stored, password)
    if row is None or not may_try or not right or not await _take_code(connection, name, code):
        return None
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    await connection.execute("update operator set failures = 0 where name = %s", [name])
    ended = [now - LONGEST, now - IDLE]
    await connection.execute("delete from session where created_at <= %s or used_at <= %s", ended)
    await connection.execute(
        "insert into session (hash, operator, csrf, created_at, used_at, proved_at) values (%s, %s, %s, %s, %s, %s)",
        [_hash(token), name, csrf, now, now, now],
    )
    return token


async def _claim_try(connection: AsyncConnection[Any], name: str) -> bool:
    """Count a try before it is made, so that many at once are not free; False within the pause."""
    now = datetime.now(UTC)
    claimed = await connection.execute(
        "update operator set failures = failures + 1, failed_at = %s"
        " where name = %s and (failures < %s or failed_at is null or failed_at <= %s)",
        [now, name, _FREE_TRIES, now - _PAUSE],
    )
    return claimed.rowcount == 1


async def _take_code(connection: AsyncConnection[Any], name: str, code: str) -> bool:
    """Whether this is the app's code of now, or of half a minute ago; each is good once."""
    row = await (await connection.execute("select totp, used_step from operator where name = %s", [name])).fetchone()
    if row is None or not (code.isascii() and code.isdigit()):
        return False
    step = int(datetime.now(UTC).timestamp()) // _STEP_SECONDS
    for each in (step, step - 1):
        if pyotp.TOTP(row[0]).verify(code, for_time=each * _STEP_SECONDS):
            taken = await connection.execute(
                "update operator set used_step = %s where name = %s and used_step < %s", [each, name, each]
            )
            return taken.rowcount == 1
    return False


async def find_session(connection: AsyncConnection[Any], token: str) -> Session | None:
    """Whose session this is, if it has not ended; looking prolongs it."""
    now = datetime.now(UTC)
    row = await (
        await connection.execute(
            "update session set used_at = %s where hash = %s and used_at > %s and created_at > %s"
            " returning operator, csrf, proved_at",
            [now, _hash(token), now - IDLE, now - LONGEST],
        )
    ).fetchone()
    return None if row is None else Session(*row)


async def prove(connection: AsyncConnection[Any], token: str, session: Session, code: str) -> bool:
    """Give a fresh code within a session; wrong ones pause as at signing in."""
    if not await _claim_try(connection, session.operator) or not await _take_code(connection, session.operator, code):
        return False
    await connection.execute("update operator set failures = 0 where name = %s", [session.operator])
    await connection.execute("update session set proved_at = %s where hash = %s", [datetime.now(UTC), _hash(token)])
    return True


async def sign_out(connection: AsyncConnection[Any], token: str) -> None:
    """End this session."""
    await connection.execute("delete from session where hash = %s", [_hash(token)])


def _is_password(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
