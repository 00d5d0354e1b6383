"""Staff: who they are and how they sign in, with a password and a code of their app. There is no default account."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.core.events.service_events import Noted
from locker.core.reasons import RefusalReason, Refused
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.journal.store import CannotWrite
from locker.services.people.known_sources import KnownSources
from locker.services.people.login_backoff import Backoff, BackoffTable
from locker.services.people.one_time_codes import new_secret
from locker.services.people.passwords import PasswordHashing, password_weakness
from locker.services.people.pending_sign_ins import PendingSignIn, PendingSignIns
from locker.services.people.roles import Role
from locker.services.people.second_factors import SecondFactors
from locker.services.people.sessions import Device, Sessions
from locker.services.people.staff_rows import (
    add_account,
    change_role,
    clear_failures,
    renew_account,
    secret_hash,
    staff_name,
    staff_row,
)

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.people.sessions import NewSession, Session
    from locker.services.people.staff_rows import StaffRow
    from locker.vault import Vault


@dataclass(frozen=True, slots=True)
class Account:
    """A staff member as listed: no secret in it. `ready`: has chosen a password and set up a second factor.

    `ends_at`: from when on nobody signs in with it any more; None for no end.
    """

    name: str
    role: Role
    active: bool
    ready: bool
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Somebody who has just set up their app: signed in, with recovery codes that are shown this once."""

    session: NewSession
    recovery_codes: tuple[str, ...] = field(repr=False)


def active_staff(db: Database, role: Role) -> list[str]:
    """Who of this role may sign in, by name."""
    return [row[0] for row in db.execute("select name from staff where active = 1 and role = ? order by name", [role])]


class StaffAccounts:
    """Accounts and the two ways in: with a password, or once with the set-up secret; then a code of their app.

    An unknown name and a wrong password get the same answer after the same work. Wrong tries make
    the next one wait, by account and by source; a source from which the account has signed in
    before does not wait for what others tried, so nobody can be locked out by a stranger.
    """

    def __init__(self, journal: Journal, engine: Engine, vault: Vault) -> None:
        self.sessions = Sessions(journal, engine.now)
        self.second_factors = SecondFactors(journal, engine, vault)
        self._pending = PendingSignIns()
        self._journal = journal
        self._engine = engine
        self._hashing = PasswordHashing()
        self._by_source = BackoffTable()
        self._by_typed_name = BackoffTable()
        self._known_sources = KnownSources(journal)

    async def load(self) -> None:
        """Read what is asked for at every sign-in. Call once at start."""
        await self._known_sources.load()

    async def add(self, name: str, role: Role, by: str, days: int | None = None) -> str:
        """Create an account, for so many days or for good; the one-time set-up secret. Raises ValueError."""

        def work(db: Database, now: datetime) -> tuple[Noted, str]:
            made = add_account(db, name, role, now, days)
            return Noted(what="staff-added", about=made.told), made.secret

        return await self._engine.record_with(work, by)

    async def renew(self, name: str, by: str) -> str:
        """A new set-up secret for an account; its password and sessions end. Raises ValueError."""

        def work(db: Database, now: datetime) -> tuple[Noted, str]:
            return Noted(what="staff-renewed", about=staff_name(name)), renew_account(db, name, now)

        secret = await self._engine.record_with(work, by)
        self._let_go(staff_name(name))
        return secret

    async def change_role(self, name: str, role: Role, by: str) -> None:
        """Another role, from the next request of this account on. Raises ValueError as the row's function does."""

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            return Noted(what="staff-role-changed", about=change_role(db, staff_name(name), role)), None

        await self._engine.record_with(work, by)
        self._pending.end_all(staff_name(name))

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
        self._let_go(account)

    def _let_go(self, account: str) -> None:
        """What stands in memory only of an account whose row has just changed."""
        self.sessions.forget(account)
        self.second_factors.forget(account)
        self._pending.end_all(account)

    async def accounts(self) -> list[Account]:
        """Everybody, by name."""

        def work(db: Database) -> list[Account]:
            rows = db.execute(
                "select name, role, active, password is not null and totp is not null, ends_at from staff order by name"
            ).fetchall()
            ends = [datetime.fromisoformat(row[4]) if row[4] else None for row in rows]
            return [
                Account(row[0], Role(row[1]), bool(row[2]) and (end is None or now < end), bool(row[3]), end)
                for row, end in zip(rows, ends, strict=True)
            ]

        now = self._engine.now()

        return await self._journal.read(work)

    async def sign_in(self, name: str, password: str, source: str, browser: str = "") -> PendingSignIn | None:
        """The first step of a device at `source`: the second is `finish`, or `enrol` where there is no app yet.

        None for a wrong name or password. Raises Refused (throttled) with the wait in seconds.
        """
        row = await self._with_password(name, password, source)
        return None if row is None else await self._first_step(row, Device(source, browser))

    def pending(self, text: str) -> PendingSignIn | None:
        """Who stands between the two steps under this id, if it still lasts."""
        return self._pending.find(text, self._engine.now())

    async def finish(self, pending: PendingSignIn, code: str) -> NewSession | None:
        """The second step: a new session, or None for a wrong code. Raises Refused (throttled, or sealed)."""
        if not await self.second_factors.check(pending.staff, code) or not self._pending.end(pending):
            self._pending.count_wrong(pending)
            return None
        return await self._signed_in(pending, "staff-signed-in")

    async def enrol(self, pending: PendingSignIn, code: str) -> Enrolled | None:
        """The second step of the first time: the app holds `pending.new_secret` if it shows this code.

        Every other session of the account ends. None for a wrong code. Raises Refused (sealed).
        """
        recovery_codes = await self.second_factors.set_up(pending, code)
        if recovery_codes is None or not self._pending.end(pending):
            self._pending.count_wrong(pending)
            return None
        self._let_go(pending.staff)
        return Enrolled(await self._signed_in(pending), recovery_codes)

    def begin_another_app(self, session: Session, source: str, browser: str = "") -> PendingSignIn:
        """Somebody signed in is about to set up another app; until `enrol` the present one holds."""
        device = Device(source, browser)
        return self._pending.begin(session.staff, session.role, device, new_secret(), self._engine.now(), replaces=True)

    async def prove(self, session: Session, code: str) -> bool:
        """Somebody signed in shows that it is still they, before what must not be done from a panel left alone.

        False for a wrong code. Raises Refused (throttled, or sealed where the key is missing).
        """
        if not await self.second_factors.check(session.staff, code):
            return False
        await self.sessions.mark_proved(session.hash)
        return True

    async def witness(self, name: str, password: str, code: str, source: str) -> str | None:
        """The name of somebody who signs for what another person does; None where anything of it is wrong.

        Begins no session, and counts wrong tries as signing in does. Raises Refused (throttled).
        """
        row = await self._with_password(name, password, source)
        return None if row is None or not await self.second_factors.check(row.name, code) else row.name

    async def set_up(
        self, name: str, secret: str, password: str, source: str, browser: str = ""
    ) -> PendingSignIn | None:
        """Choose a password with the one-time secret; then comes `enrol`. None when name or secret is not right.

        The password must have no `password_weakness`, else ValueError. Raises Refused (throttled, or sealed).
        """
        if password_weakness(name, password):
            raise ValueError("a weak password")
        row = await self._row(name)
        self._refuse_while_waiting(row, name, source)
        self._by_source.record_failure(source, self._engine.now())
        digest = await self._hashing.hash(password)
        if (
            row is None
            or not row.takes_secret(secret, self._engine.now())
            or not await self._spend_secret(row, digest, secret)
        ):
            await self._record_wrong_try(row, name)
            return None
        return await self._first_step(row, Device(source, browser))

    async def change_password(
        self, session: Session, old: str, new: str, source: str, browser: str = ""
    ) -> NewSession | None:
        """Another password for somebody signed in: every session ends and a new one begins. None when `old` is wrong.

        `new` must have no `password_weakness`, else ValueError. Raises Refused (throttled, or sealed).
        """
        if password_weakness(session.staff, new):
            raise ValueError("a weak password")
        row = await self._with_password(session.staff, old, source)
        if row is None:
            return None
        digest = await self._hashing.hash(new)

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            db.execute("update staff set password = ? where name = ?", [digest, row.name])
            db.execute("delete from session where staff = ?", [row.name])
            return Noted(what="staff-password-changed", about=row.name), None

        await self._engine.record_with(work, f"staff:{row.name}")
        self._let_go(row.name)
        return await self.sessions.begin(row.name, row.role, Device(source, browser), proved_at=session.proved_at)

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

    async def _with_password(self, name: str, password: str, source: str) -> StaffRow | None:
        """The account of this name and password; for anything else None, after the same work, and one more wrong try.

        Raises Refused (throttled).
        """
        row = await self._row(name)
        self._refuse_while_waiting(row, name, source)
        stored = row.password if row and row.active else None
        self._by_source.record_failure(source, self._engine.now())
        if not await self._hashing.verify(stored, password) or row is None:
            await self._record_wrong_try(row, name)
            return None
        self._by_source.take_back_failure(source)
        return row

    async def _first_step(self, row: StaffRow, device: Device) -> PendingSignIn:
        self._by_source.take_back_failure(device.address)
        secret = "" if await self.second_factors.is_set_up(row.name) else new_secret()
        return self._pending.begin(row.name, row.role, device, secret, self._engine.now())

    async def _row(self, name: str) -> StaffRow | None:
        return await self._journal.read(lambda db: staff_row(db, name, self._engine.now()))

    def _refuse_while_waiting(self, row: StaffRow | None, name: str, source: str) -> None:
        now = self._engine.now()
        wait = self._by_source.wait_seconds(source, now)
        if row is None:
            wait = max(wait, self._by_typed_name.wait_seconds(_memory_key(name), now))
        elif not self._known_sources.holds(row.name, source):
            wait = max(wait, row.backoff(now).wait_seconds(now))
        if wait:
            raise Refused(RefusalReason.THROTTLED, retry_after=wait)

    async def _record_wrong_try(self, row: StaffRow | None, name: str) -> None:
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

    async def _signed_in(self, pending: PendingSignIn, what: str = "") -> NewSession:
        staff = pending.staff
        await self._known_sources.remember(staff, pending.device.address, self._engine.now())
        session = await self.sessions.begin(staff, pending.role, pending.device)
        with suppress(CannotWrite):
            await self._journal.write(lambda db: clear_failures(db, staff))
        if what:
            await self._note(what, staff, f"staff:{staff}")
        return session

    async def _note(self, what: str, about: str, by: str) -> None:
        try:
            await self._engine.note(what, about, by)
        except Refused as refused:
            if refused.reason is not RefusalReason.SEALED:
                raise

    async def _spend_secret(self, row: StaffRow, digest: str, secret: str) -> bool:
        """Spend the secret: of two at once only one wins."""

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            done = db.execute(
                "update staff set password = ?, setup_hash = null, setup_until = null, failures = 0"
                " where name = ? and setup_hash = ?",
                [digest, row.name, secret_hash(secret)],
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


def _memory_key(name: str) -> str:
    """A typed name as a key in memory, whatever its length."""
    return hashlib.sha256(name.strip().lower().encode()).hexdigest()
