"""Accounts of staff as rows: made and renewed with a one-time secret, of which only the hash is kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.frozen import dataclass
from locker.services.people.login_backoff import Backoff
from locker.services.people.second_factors import remove_second_factor

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.services.people.roles import Role

SETUP_HOURS = 24
MAX_DAYS = 3650
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


def staff_name(text: str) -> str:
    """A name as it is kept: lower case. Raises ValueError with what to write instead."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise ValueError(f"'{text}' is no staff name: 1 to 32 letters a to z, digits, dot, dash, for example chen.lin")
    return name


def add_account(db: Database, name: str, role: Role, now: datetime, days: int | None = None) -> NewAccount:
    """Create an account that has no password yet, ending by itself after so many days.

    Runs inside the caller's transaction. Raises ValueError if the name is taken or is no name, or for no such time.
    """
    name, secret = staff_name(name), _secret()
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise ValueError(f"an account lasts from 1 to {MAX_DAYS} days")
    ends_at = rfc3339(now + timedelta(days=days)) if days is not None else None
    if db.execute("select 1 from staff where name = ?", [name]).fetchone():
        raise ValueError(f"'{name}' exists already")
    db.execute(
        "insert into staff (name, role, setup_hash, setup_until, created_at, ends_at) values (?, ?, ?, ?, ?, ?)",
        [name, role.value, secret_hash(secret), rfc3339(now + timedelta(hours=SETUP_HOURS)), rfc3339(now), ends_at],
    )
    return NewAccount(secret, f"{name} {_rights(role, ends_at)}")


def change_role(db: Database, name: str, role: Role) -> str:
    """Another role for an account; how the journal tells of it. Runs inside the caller's transaction.

    Raises ValueError if there is no such account, or it has this role.
    """
    row = db.execute("select ends_at from staff where name = ? and role <> ?", [name, role.value]).fetchone()
    if row is None:
        raise ValueError(f"nobody here is called '{name}', or that is the role already")
    db.execute("update staff set role = ? where name = ?", [role.value, name])
    return f"{name} {_rights(role, row[0])}"


def _rights(role: Role, ends_at: str | None) -> str:
    return role.value + (f" until {ends_at}" if ends_at else "")


def renew_account(db: Database, name: str, now: datetime) -> str:
    """A new one-time secret for an account whose password or phone is lost; what it had of both, and its sessions, end.

    Runs inside the caller's transaction. Raises ValueError if there is no such account.
    """
    secret = _secret()
    done = db.execute(
        "update staff set password = null, active = 1, failures = 0, setup_hash = ?, setup_until = ?"
        " where name = ? and (ends_at is null or ends_at > ?)",
        [secret_hash(secret), rfc3339(now + timedelta(hours=SETUP_HOURS)), staff_name(name), rfc3339(now)],
    )
    if done.rowcount != 1:
        raise ValueError(f"nobody here is called '{name}', or the account has ended")
    remove_second_factor(db, staff_name(name))
    db.execute("delete from session where staff = ?", [staff_name(name)])
    return secret


@dataclass(frozen=True, slots=True)
class NewAccount:
    """The one-time secret of a new account, valid 24 h, and how the journal tells of the account."""

    secret: str = field(repr=False)
    told: str


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


def staff_row(db: Database, typed: str, now: datetime) -> StaffRow | None:
    """The account of a name as it is typed, None for nobody's; one that has ended is not active."""
    columns = "name, role, password, setup_hash, setup_until, failures, failed_at"
    active = "active and (ends_at is null or ends_at > ?)"
    sql = f"select {columns}, {active} from staff where name = ?"  # noqa: S608  our own words
    found = db.execute(sql, [rfc3339(now), typed.strip().lower()]).fetchone()
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
