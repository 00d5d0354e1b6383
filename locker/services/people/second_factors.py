"""The second factor of staff: an authenticator app each, its replay guard, and recovery codes that work once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.core.events.service_events import Noted
from locker.core.reasons import RefusalReason, Refused
from locker.errors import LockerError
from locker.frozen import dataclass
from locker.journal.store import CannotWrite
from locker.services.people.login_backoff import Backoff, BackoffLimits
from locker.services.people.one_time_codes import matching_step, may_be_recovery_code, new_recovery_codes

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.engine import Engine
    from locker.journal.store import Journal
    from locker.services.people.pending_sign_ins import PendingSignIn
    from locker.vault import Vault

LIMITS = BackoffLimits(longest_s=3600, forget_after=timedelta(days=1))
"""Only who knows the password comes so far: the wait may grow to an hour, for no stranger makes anybody wait here."""


class _SpentAlready(LockerError):
    """Of two who came with the same code at once this is the second."""


@dataclass(frozen=True, slots=True)
class _App:
    """What is known of one account's app: its sealed secret, the last step used, wrong tries in a row."""

    sealed: bytes = field(repr=False)
    step: int
    tries: Backoff


class SecondFactors:
    """Sets apps up and checks their codes, one at a time, so that many tries at once are counted like many tries.

    What was tried and used is held in memory and written; while the disk takes nothing memory alone counts.
    """

    def __init__(self, journal: Journal, engine: Engine, vault: Vault) -> None:
        self._journal = journal
        self._engine = engine
        self._vault = vault
        self._one_at_a_time = asyncio.Lock()
        self._apps: dict[str, _App] = {}

    async def is_set_up(self, staff: str) -> bool:
        """True when this account has an app."""
        return await self._app(staff) is not None

    async def recovery_codes_left(self, staff: str) -> int:
        """How many recovery codes were not used yet."""

        def work(db: Database) -> int:
            return int(db.execute("select count(*) from recovery_code where staff = ?", [staff]).fetchone()[0])

        return await self._journal.read(work)

    async def set_up(self, pending: PendingSignIn, typed: str) -> tuple[str, ...] | None:
        """Take the app of `pending.new_secret`, whose code was typed; the recovery codes, to be shown once.

        Every session of the account ends. None for a wrong code, and for an account that has an app already which
        this one does not replace. Raises Refused (sealed).
        """
        staff, secret = pending.staff, pending.new_secret
        step = matching_step(secret, typed, self._engine.now(), 0)
        if step is None:
            return None
        codes, sealed = new_recovery_codes(), self._vault.seal_authenticator(staff, secret)
        known = "" if pending.replaces else " and totp is null"

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            sql = f"update staff set totp = ?, totp_step = ?, code_failures = 0 where name = ? and active = 1{known}"  # noqa: S608  our own words
            if db.execute(sql, [sealed, step, staff]).rowcount != 1:
                raise _SpentAlready
            self._write_recovery_codes(db, staff, codes)
            db.execute("delete from session where staff = ?", [staff])
            return Noted(what="staff-second-factor-set", about=staff), None

        try:
            await self._engine.record_with(work, f"staff:{staff}")
        except _SpentAlready:
            return None
        self.forget(staff)
        return codes

    async def renew_recovery_codes(self, staff: str) -> tuple[str, ...]:
        """New recovery codes, to be shown once; the former ones end. Raises Refused (sealed)."""
        codes = new_recovery_codes()

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            self._write_recovery_codes(db, staff, codes)
            return Noted(what="staff-recovery-renewed", about=staff), None

        await self._engine.record_with(work, f"staff:{staff}")
        return codes

    async def check(self, staff: str, typed: str) -> bool:
        """True for a code of this account's app that was not used yet, or a recovery code, which is used up.

        Raises Refused: throttled with the wait in seconds, or sealed where the key is missing.
        """
        async with self._one_at_a_time:
            app = await self._app(staff)
            if app is None:
                return False
            now = self._engine.now()
            if wait := app.tries.wait_seconds(now):
                raise Refused(RefusalReason.THROTTLED, retry_after=wait)
            if not self._vault.has_key:
                raise Refused(RefusalReason.SEALED)
            step = matching_step(self._vault.unseal_authenticator(staff, app.sealed), typed, now, app.step)
            if step is not None:
                await self._keep(staff, replace(app, step=step, tries=Backoff(0, now, LIMITS)))
                return True
            if may_be_recovery_code(typed) and await self._spend_recovery_code(staff, typed):
                return True
            await self._keep(staff, replace(app, tries=app.tries.with_failure(now)))
            await self._note_wrong(staff)
            return False

    def forget(self, staff: str) -> None:
        """The account's row was changed by somebody else: read it anew."""
        self._apps.pop(staff, None)

    # --- inside ---------------------------------------------------------------------------------

    async def _app(self, staff: str) -> _App | None:
        if staff in self._apps:
            return self._apps[staff]

        def work(db: Database) -> tuple[bytes, int, int, str | None] | None:
            sql = "select totp, totp_step, code_failures, code_failed_at from staff where name = ? and totp is not null"
            row: tuple[bytes, int, int, str | None] | None = db.execute(sql, [staff]).fetchone()
            return row

        row = await self._journal.read(work)
        if row is None:
            return None
        sealed, step, failures, failed_at = row
        at = datetime.fromisoformat(failed_at) if failed_at else self._engine.now()
        self._apps[staff] = _App(sealed, step, Backoff(failures, at, LIMITS))
        return self._apps[staff]

    async def _keep(self, staff: str, app: _App) -> None:
        self._apps[staff] = app
        values = [app.step, app.tries.failures, rfc3339(app.tries.at), staff]
        sql = "update staff set totp_step = ?, code_failures = ?, code_failed_at = ? where name = ?"
        with suppress(CannotWrite):
            await self._journal.write(lambda db: _execute(db, sql, values))

    async def _spend_recovery_code(self, staff: str, typed: str) -> bool:
        hashed = self._vault.recovery_hash(staff, typed)

        def work(db: Database, _: datetime) -> tuple[Noted, None]:
            done = db.execute("delete from recovery_code where staff = ? and hash = ?", [staff, hashed])
            if done.rowcount != 1:
                raise _SpentAlready
            return Noted(what="staff-recovery-used", about=staff), None

        try:
            await self._engine.record_with(work, f"staff:{staff}")
        except _SpentAlready:
            return False
        return True

    def _write_recovery_codes(self, db: Database, staff: str, codes: tuple[str, ...]) -> None:
        db.execute("delete from recovery_code where staff = ?", [staff])
        for each in codes:
            hashed = self._vault.recovery_hash(staff, each)
            db.execute("insert into recovery_code (staff, hash) values (?, ?)", [staff, hashed])

    async def _note_wrong(self, staff: str) -> None:
        with suppress(Refused):
            await self._engine.note("staff-code-wrong", staff, "panel")


def remove_second_factor(db: Database, staff: str) -> None:
    """The account has no app any more, and no recovery code. Runs inside the caller's transaction."""
    db.execute("update staff set totp = null, totp_step = 0, code_failures = 0 where name = ?", [staff])
    db.execute("delete from recovery_code where staff = ?", [staff])


def _execute(db: Database, sql: str, values: list[object]) -> None:
    db.execute(sql, values)
