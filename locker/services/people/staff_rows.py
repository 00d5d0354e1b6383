"""Accounts of staff as rows: made and renewed with a one-time secret, of which only the hash is kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.services.people.login_backoff import Backoff
from locker.services.people.second_factors import remove_second_factor

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.services.people.roles import Role

SETUP_HOURS = 24
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


def staff_name(text: str) -> str:
    """A name as it is kept: lower case. Raises ValueError with what to write instead."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise ValueError(f"'{text}' is no staff name: 1 to 32 letters a to z, digits, dot, dash, for example chen.lin")
    return name


def add_account(db: Database, name: str, role: Role, now: datetime) -> str:
    """Create an account that has no password yet; the one-time secret to set it up, valid 24 h.

    Runs inside the caller's transaction. Raises ValueError if the name is taken or is no name.
    """
    name, secret = staff_name(name), _secret()
    if db.execute("select 1 from staff where name = ?", [name]).fetchone():
        raise ValueError(f"'{name}' exists already")
    db.execute(
        "insert into staff (name, role, setup_hash, setup_until, created_at) values (?, ?, ?, ?, ?)",
        [name, role.value, secret_hash(secret), rfc3339(now + timedelta(hours=SETUP_HOURS)), rfc3339(now)],
    )
    return secret


def renew_account(db: Database, name: str, now: datetime) -> str:
    """A new one-time secret for an account whose password or phone is lost; what it had of both, and its sessions, end.

    Runs inside the caller's transaction. Raises ValueError if there is no such account.
    """
    secret = _secret()
    done = db.execute(
        "update staff set password = null, active = 1, failures = 0, setup_hash = ?, setup_until = ? where name = ?",
        [secret_hash(secret), rfc3339(now + timedelta(hours=SETUP_HOURS)), staff_name(name)],
    )
    if done.rowcount != 1:
        raise ValueError(f"nobody here is called '{name}'")
    remove_second_factor(db, staff_name(name))
    db.execute("delete from session where staff = ?", [staff_name(name)])
    return secret


@dataclass(frozen=True, slots=True)
class StaffRow:
    """One account with what proves who its owner is."""

    name: str
    role: str
    password: str | None = field(repr=False)
    setup_hash: str | None = field(repr=False)
    setup_until: str | None
    failures: int
    failed_at: str | None
    active: int

    def takes_secret(self, secret: str, now: datetime) -> bool:
        """True for the one-time secret of this account while it may be used."""
        if not self.active or self.setup_hash is None or self.setup_until is None:
            return False
        return hmac.compare_digest(self.setup_hash, secret_hash(secret)) and now < datetime.fromisoformat(
            self.setup_until
        )

    def backoff(self, now: datetime) -> Backoff:
        """How long whoever tries a password of this account waits."""
        return Backoff(self.failures, datetime.fromisoformat(self.failed_at) if self.failed_at else now)


def staff_row(db: Database, typed: str) -> StaffRow | None:
    """The account of a name as it is typed, None for nobody's."""
    columns = "name, role, password, setup_hash, setup_until, failures, failed_at, active"
    found = db.execute(f"select {columns} from staff where name = ?", [typed.strip().lower()]).fetchone()  # noqa: S608  our own words
    return StaffRow(*found) if found else None


def clear_failures(db: Database, name: str) -> None:
    """Whoever came in makes nobody wait."""
    db.execute("update staff set failures = 0 where name = ? and failures > 0", [name])


def _secret() -> str:
    """120 bits in six groups that can be read out; hashed without salt because nobody can guess it."""
    text = base64.b32encode(secrets.token_bytes(15)).decode()
    return "-".join(text[i : i + 4] for i in range(0, 24, 4))


def secret_hash(secret: str) -> str:
    """SHA-256 of a one-time secret, in hex. Case, spaces and dashes do not count."""
    plain = "".join(c for c in secret.upper() if c.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
