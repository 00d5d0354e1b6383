"""Staff: who they are, what each role may do, and how they sign in. There is no default account."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.core.events.service_events import Noted
from locker.core.reasons import RefusalReason, Refused
from locker.errors import LockerError
from locker.journal.store import CannotWrite
from locker.services.people.known_sources import KnownSources
from locker.services.people.login_backoff import Backoff, BackoffTable
from locker.services.people.passwords import PasswordHashing, password_weakness
from locker.services.people.sessions import Device, Sessions

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.people.sessions import NewSession


class Role(StrEnum):
    """What somebody is at this site."""

    OPERATOR = "operator"
    TECHNICIAN = "technician"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


class Right(StrEnum):
    """What a role may do beyond looking at the cabinet and its parcels."""

    OPEN = "open"
    CLEAR = "clear"
    RETIRE = "retire"
    RESTORE = "restore"
    SHOW = "show"
    ALONE = "alone"
    JOURNAL = "journal"
    ACCESS = "access"
    RULES = "rules"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OPERATOR: frozenset({Right.OPEN, Right.CLEAR, Right.SHOW}),
    Role.TECHNICIAN: frozenset({Right.OPEN, Right.RETIRE, Right.RESTORE}),
    Role.SUPERVISOR: frozenset(Right),
    Role.AUDITOR: frozenset({Right.JOURNAL}),
}
"""The one table of rights. SHOW is seeing a name or a phone unmasked, which is recorded. ALONE is saying by word what
is behind a door, where no switch can tell, without a second person. JOURNAL is reading who did what, of everybody.
ACCESS is seeing whom the cabinet lets in (tokens of machines, couriers, sessions of others), and shutting one out.
RULES is writing versions of rules; to read them is everybody's."""

SETUP_HOURS = 24
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


@dataclass(frozen=True, slots=True)
class Account:
    """A staff member as listed: no secret in it. `ready`: has chosen a password."""

    name: str
    role: Role
    active: bool
    ready: bool


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
        [name, role.value, _secret_hash(secret), rfc3339(now + timedelta(hours=SETUP_HOURS)), rfc3339(now)],
    )
    return secret


def renew_account(db: Database, name: str, now: datetime) -> str:
    """A new one-time secret for an account whose password is lost; the old password and all sessions end.

    Runs inside the caller's transaction. Raises ValueError if there is no such account.
    """
    secret = _secret()
    done = db.execute(
        "update staff set password = null, active = 1, failures = 0, setup_hash = ?, setup_until = ? where name = ?",
        [_secret_hash(secret), rfc3339(now + timedelta(hours=SETUP_HOURS)), staff_name(name)],
    )
    if done.rowcount != 1:
        raise ValueError(f"nobody here is called '{name}'")
    db.execute("delete from session where staff = ?", [staff_name(name)])
    return secret


class StaffAccounts:
    """Accounts and the two ways in: with a password, or once with the set-up secret.

    An unknown name and a wrong password get the same answer after the same work. Wrong tries make
    the next one wait, by account and by source; a source from which the account has signed in
    before does not wait for what others tried, so nobody can be locked out by a stranger.
    """

    def __init__(self, journal: Journal, engine: Engine) -> None:
        self.sessions = Sessions(journal, engine.now)
        self._journal = journal
        self._engine = engine
        self._hashing = PasswordHashing()
        self._by_source = BackoffTable()
        self._by_typed_name = BackoffTable()
        self._known_sources = KnownSources(journal)

    async def load(self) -> None:
        """Read what is asked for at every sign-in. Call once at start."""
        await self._known_sources.load()

    async def add(self, name: str, role: Role, by: str) -> str:
        """Create an account; the one-time set-up secret. Raises ValueError as `add_account` does."""

        def work(db: Database, now: datetime) -> tuple[Noted, str]:
            secret = add_account(db, name, role, now)
            return Noted(what="staff-added", about=f"{staff_name(name)} {role}"), secret

        return await self._engine.record_with(work, by)

    async def renew(self, name: str, by: str) -> str:
        """A new set-up secret for an account; its password and sessions end. Raises ValueError."""

        def work(db: Database, now: datetime) -> tuple[Noted, str]:
            return Noted(what="staff-renewed", about=staff_name(name)), renew_account(db, name, now)

        return await self._engine.record_with(work, by)

    async def disable(self, name: str, by: str) -> None:
        """Nobody signs in with this account any more, and its sessions end now. Raises ValueError."""
        account = staff_name(name)

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            sql = "update staff set active = 0, setup_hash = null where name = ?"
            if db.execute(sql, [account]).rowcount != 1:
                raise ValueError(f"nobody here is called '{name}'")
            db.execute("delete from session where staff = ?", [account])
            return Noted(what="staff-disabled", about=account), None

        await self._engine.record_with(work, by)
        self.sessions.forget(account)

    async def accounts(self) -> list[Account]:
        """Everybody, by name."""

        def work(db: Database) -> list[Account]:
            rows = db.execute("select name, role, active, password is not null from staff order by name").fetchall()
            return [Account(name, Role(role), bool(active), bool(ready)) for name, role, active, ready in rows]

        return await self._journal.read(work)

    async def sign_in(self, name: str, password: str, source: str, browser: str = "") -> NewSession | None:
        """A new session of a device at `source`, or None for a wrong name or password.

        Raises Refused (throttled) with the wait in seconds.
        """
        row = await self._row(name)
        self._refuse_while_waiting(row, name, source)
        stored = row.password if row and row.active else None
        self._by_source.record_failure(source, self._engine.now())
        if not await self._hashing.verify(stored, password) or row is None:
            await self._record_wrong_try(row, name)
            return None
        return await self._signed_in(row, Device(source, browser), "staff-signed-in")

    async def witness(self, name: str, password: str, source: str) -> str | None:
        """The name of somebody who signs for what another person does; None for a wrong name or password.

        Begins no session, and counts wrong tries as signing in does. Raises Refused (throttled).
        """
        row = await self._row(name)
        self._refuse_while_waiting(row, name, source)
        stored = row.password if row and row.active else None
        self._by_source.record_failure(source, self._engine.now())
        if not await self._hashing.verify(stored, password) or row is None:
            await self._record_wrong_try(row, name)
            return None
        self._by_source.take_back_failure(source)
        return row.name

    async def set_up(self, name: str, secret: str, password: str, source: str, browser: str = "") -> NewSession | None:
        """Choose a password with the one-time secret; a new session, or None when name or secret is not right.

        The password must have no `password_weakness`, else ValueError. Raises Refused (throttled, or sealed).
        """
        if password_weakness(name, password):
            raise ValueError("a weak password")
        row = await self._row(name)
        self._refuse_while_waiting(row, name, source)
        self._by_source.record_failure(source, self._engine.now())
        digest = await self._hashing.hash(password)
        if row is None or not self._is_valid_secret(row, secret) or not await self._spend_secret(row, digest, secret):
            await self._record_wrong_try(row, name)
            return None
        return await self._signed_in(row, Device(source, browser))

    async def change_password(self, name: str, old: str, new: str, source: str, browser: str = "") -> NewSession | None:
        """Another password for somebody signed in: every session ends and a new one begins. None when `old` is wrong.

        `new` must have no `password_weakness`, else ValueError. Raises Refused (throttled, or sealed).
        """
        if password_weakness(name, new):
            raise ValueError("a weak password")
        row = await self._row(name)
        self._refuse_while_waiting(row, name, source)
        self._by_source.record_failure(source, self._engine.now())
        if row is None or not await self._hashing.verify(row.password if row.active else None, old):
            await self._record_wrong_try(row, name)
            return None
        digest = await self._hashing.hash(new)

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            db.execute("update staff set password = ? where name = ?", [digest, row.name])
            db.execute("delete from session where staff = ?", [row.name])
            return Noted(what="staff-password-changed", about=row.name), None

        await self._engine.record_with(work, f"staff:{row.name}")
        return await self._signed_in(row, Device(source, browser))

    async def end_session(self, key: str, by: str) -> bool:
        """End one running session of anybody, told in the journal; False when it has ended already.

        The session ends also while the disk takes no line of it.
        """
        found = next((each for each in await self.sessions.listed() if each.hash == key), None)
        if found is None:
            return False
        await self.sessions.end(key)
        await self._note("staff-session-ended", found.staff, by)
        return True

    # --- inside ---------------------------------------------------------------------------------

    async def _row(self, name: str) -> _StaffRow | None:
        typed = name.strip().lower()
        columns = "name, role, password, setup_hash, setup_until, failures, failed_at, active"

        def work(db: Database) -> _StaffRow | None:
            found = db.execute(f"select {columns} from staff where name = ?", [typed]).fetchone()  # noqa: S608  our own words
            return _StaffRow(*found) if found else None

        return await self._journal.read(work)

    def _refuse_while_waiting(self, row: _StaffRow | None, name: str, source: str) -> None:
        now = self._engine.now()
        wait = self._by_source.wait_seconds(source, now)
        if row is None:
            wait = max(wait, self._by_typed_name.wait_seconds(_memory_key(name), now))
        elif not self._known_sources.holds(row.name, source):
            wait = max(wait, row.backoff(now).wait_seconds(now))
        if wait:
            raise Refused(RefusalReason.THROTTLED, retry_after=wait)

    async def _record_wrong_try(self, row: _StaffRow | None, name: str) -> None:
        now = self._engine.now()
        self._by_typed_name.record_failure(_memory_key(name), now)
        backoff = (row.backoff(now) if row else Backoff(0, now)).with_failure(now)

        def work(db: Database) -> None:
            # A name of nobody is written too (as a mark of when), so that the disk takes as long for both.
            db.execute(
                "update staff set failures = ?, failed_at = ? where name = ?",
                [backoff.failures, rfc3339(now), row.name if row else ""],
            )
            db.execute("insert or replace into meta (key, value) values ('staff-wrong-at', ?)", [rfc3339(now)])

        # While nothing can be written nothing is recorded; the cabinet opens nothing then, but can be looked at.
        with suppress(CannotWrite):
            await self._journal.write(work)
        # What was typed as a name may be a password typed in the wrong field: only known names are recorded.
        await self._note("staff-sign-in-wrong", row.name if row else "", "panel")

    async def _signed_in(self, row: _StaffRow, device: Device, what: str = "") -> NewSession:
        self._by_source.take_back_failure(device.address)
        await self._known_sources.remember(row.name, device.address, self._engine.now())
        session = await self.sessions.begin(row.name, row.role, device)
        if row.failures:
            with suppress(CannotWrite):
                await self._journal.write(lambda db: _clear_failures(db, row.name))
        if what:
            await self._note(what, row.name, f"staff:{row.name}")
        return session

    async def _note(self, what: str, about: str, by: str) -> None:
        try:
            await self._engine.note(what, about, by)
        except Refused as refused:
            if refused.reason is not RefusalReason.SEALED:
                raise

    def _is_valid_secret(self, row: _StaffRow, secret: str) -> bool:
        if not row.active or row.setup_hash is None or row.setup_until is None:
            return False
        return hmac.compare_digest(
            row.setup_hash, _secret_hash(secret)
        ) and self._engine.now() < datetime.fromisoformat(row.setup_until)

    async def _spend_secret(self, row: _StaffRow, digest: str, secret: str) -> bool:
        """Spend the secret: of two at once only one wins."""

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            done = db.execute(
                "update staff set password = ?, setup_hash = null, setup_until = null, failures = 0"
                " where name = ? and setup_hash = ?",
                [digest, row.name, _secret_hash(secret)],
            )
            if done.rowcount != 1:
                raise _SecretSpent
            return Noted(what="staff-password-chosen", about=row.name), None

        try:
            await self._engine.record_with(work, f"staff:{row.name}")
        except _SecretSpent:
            return False
        return True


class _SecretSpent(LockerError):
    """Of two who came with the same set-up secret at once this is the second."""


@dataclass(frozen=True, slots=True)
class _StaffRow:
    name: str
    role: str
    password: str | None = field(repr=False)
    setup_hash: str | None = field(repr=False)
    setup_until: str | None
    failures: int
    failed_at: str | None
    active: int

    def backoff(self, now: datetime) -> Backoff:
        return Backoff(self.failures, datetime.fromisoformat(self.failed_at) if self.failed_at else now)


def _clear_failures(db: Database, name: str) -> None:
    db.execute("update staff set failures = 0 where name = ?", [name])


def _secret() -> str:
    """120 bits in six groups that can be read out; hashed without salt because nobody can guess it."""
    text = base64.b32encode(secrets.token_bytes(15)).decode()
    return "-".join(text[i : i + 4] for i in range(0, 24, 4))


def _secret_hash(secret: str) -> str:
    plain = "".join(c for c in secret.upper() if c.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()


def _memory_key(name: str) -> str:
    """A typed name as a key in memory, whatever its length."""
    return hashlib.sha256(name.strip().lower().encode()).hexdigest()
