"""Sessions of staff: kept on the server, ended there. Of the id in the cookie only the hash is stored."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339
from locker.frozen import dataclass
from locker.journal.store import CannotWrite

if TYPE_CHECKING:
    from sqlite_utils import Database

    from locker.journal.store import Journal

IDLE_TIMEOUT = timedelta(minutes=15)
MAX_AGE = timedelta(hours=12)
PROOF_LASTS = timedelta(minutes=5)
_WRITE_AFTER = timedelta(minutes=1)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in. `hash` names the session; `csrf` must come back with every form.

    `used_at`: the last touch. `ends_at`: when the session ends if there is no other. `proved_at`: when its owner last
    gave a second factor.
    """

    hash: str
    staff: str
    role: str
    csrf: str = field(repr=False)
    used_at: datetime
    ends_at: datetime
    proved_at: datetime

    def is_proved(self, now: datetime) -> bool:
        """True while what its owner proved is fresh enough for acts that a panel left alone must not allow."""
        return now - self.proved_at < PROOF_LASTS


@dataclass(frozen=True, slots=True)
class NewSession:
    """A new session, and the id that only its cookie holds."""

    id: str = field(repr=False)
    session: Session


@dataclass(frozen=True, slots=True)
class Device:
    """From where somebody signs in: the network address, and what its browser says of itself; empty for not known."""

    address: str = ""
    browser: str = ""


NOWHERE = Device()


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A running session as people see it in a list; `hash` names it and lets nobody in."""

    hash: str
    staff: str
    began_at: datetime
    used_at: datetime
    device: Device


@dataclass(frozen=True, slots=True)
class _SessionRow:
    staff: str
    role: str
    csrf: str = field(repr=False)
    created_at: str
    used_at: str
    address: str
    browser: str
    proved_at: str

    def listed(self, key: str, used: datetime) -> ListedSession:
        began = datetime.fromisoformat(self.created_at)
        return ListedSession(key, self.staff, began, used, Device(self.address, self.browser))

    def runs(self, used: datetime, now: datetime) -> bool:
        """True when it was used by then and is neither idle nor too old now."""
        return now - used < IDLE_TIMEOUT and now < datetime.fromisoformat(self.created_at) + MAX_AGE


_MAY_SIGN_IN = "active = 1 and (ends_at is null or ends_at > ?)"
_COLUMNS = "staff, role, csrf, session.created_at, used_at, address, browser, proved_at"


class Sessions:
    """Begins, finds and ends sessions: 15 minutes idle, 12 hours at most.

    A look by the page itself (live pictures) finds a session without prolonging it.
    """

    def __init__(self, journal: Journal, now: Callable[[], datetime]) -> None:
        self._journal = journal
        self._now = now
        # When each was used, ahead of the table: the table is written once a minute to spare the card.
        self._used_at: dict[str, datetime] = {}
        # Sessions that began while the disk could not take them: a sealed cabinet can still be looked at.
        self._unwritten: dict[str, _SessionRow] = {}
        self._ended: set[str] = set()
        self._proved_at: dict[str, datetime] = {}

    async def begin(
        self, staff: str, role: str, device: Device = NOWHERE, proved_at: datetime | None = None
    ) -> NewSession:
        """A new session under a new id of 256 bits; those that have run out are cleared away. Proved now, or then."""
        now, text = self._now(), secrets.token_urlsafe(32)
        proved = proved_at or now
        key, csrf = _hash(text), secrets.token_urlsafe(24)

        def work(db: Database) -> None:
            old = [rfc3339(now - IDLE_TIMEOUT), rfc3339(now - MAX_AGE)]
            db.execute("delete from session where used_at < ? or created_at < ?", old)
            db.execute(
                "insert into session (hash, staff, csrf, created_at, used_at, address, browser, proved_at)"
                " values (?, ?, ?, ?, ?, ?, ?, ?)",
                [key, staff, csrf, rfc3339(now), rfc3339(now), device.address, device.browser, rfc3339(proved)],
            )

        self._used_at = {k: at for k, at in self._used_at.items() if now - at < IDLE_TIMEOUT}
        self._unwritten = {k: row for k, row in self._unwritten.items() if k in self._used_at}
        self._used_at[key] = now
        try:
            await self._journal.write(work)
        except CannotWrite:
            self._unwritten[key] = _SessionRow(
                staff, role, csrf, rfc3339(now), rfc3339(now), device.address, device.browser, rfc3339(proved)
            )
        return NewSession(text, Session(key, staff, role, csrf, now, now + IDLE_TIMEOUT, proved))

    async def find(self, text: str, *, prolong: bool = True) -> Session | None:
        """The session of this cookie, if it runs and its account is active; role and account are read each time."""
        key, now = _hash(text), self._now()
        row = None if key in self._ended else await self._row(key)
        if row is None:
            return None
        written = datetime.fromisoformat(row.used_at)
        used = self._last_used(key, row)
        latest = datetime.fromisoformat(row.created_at) + MAX_AGE
        if not row.runs(used, now):
            return None
        if prolong:
            self._used_at[key] = used = now
            if now - written >= _WRITE_AFTER:
                # What cannot be written now stands in memory, and is written at the next look.
                with suppress(CannotWrite):
                    await self._journal.write(lambda db: _touch(db, key, now))
        proved = max(datetime.fromisoformat(row.proved_at), self._proved_at.get(key, _LONG_AGO))
        return Session(key, row.staff, row.role, row.csrf, used, min(used + IDLE_TIMEOUT, latest), proved)

    async def mark_proved(self, key: str) -> None:
        """Its owner has just given a second factor again. While the disk takes nothing it stands in memory."""
        now = self._now()
        self._proved_at[key] = now
        with suppress(CannotWrite):
            await self._journal.write(
                lambda db: db.execute("update session set proved_at = ? where hash = ?", [rfc3339(now), key])
            )
            del self._proved_at[key]

    async def listed(self, staff: str | None = None) -> list[ListedSession]:
        """Sessions that run, of one person or of everybody, the last used first."""
        now = self._now()

        def work(db: Database) -> dict[str, _SessionRow]:
            rows = db.execute(
                f"select hash, {_COLUMNS} from session join staff on name = staff where {_MAY_SIGN_IN}",  # noqa: S608  our own words
                [rfc3339(now)],
            ).fetchall()
            return {row[0]: _SessionRow(*row[1:]) for row in rows}

        rows = await self._journal.read(work)
        running = {key: row for key, row in (self._unwritten | rows).items() if key not in self._ended}
        found = [
            row.listed(key, used)
            for key, row in running.items()
            for used in [self._last_used(key, row)]
            if row.runs(used, now) and staff in {None, row.staff}
        ]
        return sorted(found, key=lambda each: each.used_at, reverse=True)

    def _last_used(self, key: str, row: _SessionRow) -> datetime:
        written = datetime.fromisoformat(row.used_at)
        return max(written, self._used_at.get(key, written))

    async def _row(self, key: str) -> _SessionRow | None:
        def work(db: Database) -> _SessionRow | None:
            found = db.execute(
                f"select {_COLUMNS} from session join staff on name = staff where hash = ? and {_MAY_SIGN_IN}",  # noqa: S608  our own words
                [key, rfc3339(self._now())],
            ).fetchone()
            return _SessionRow(*found) if found else None

        return await self._journal.read(work) or self._unwritten.get(key)

    async def end(self, key: str) -> None:
        """Sign out here."""
        self._used_at.pop(key, None)
        self._unwritten.pop(key, None)
        self._ended.add(key)
        with suppress(CannotWrite):
            await self._journal.write(lambda db: _remove(db, "hash", key))
            self._ended.discard(key)

    async def end_others(self, staff: str, kept: str) -> None:
        """Sign this person out everywhere but in the session `kept`."""
        for each in await self.listed(staff):
            if each.hash != kept:
                await self.end(each.hash)

    async def end_all(self, staff: str) -> None:
        """Sign out everywhere."""
        self.forget(staff)
        await self._journal.write(lambda db: _remove(db, "staff", staff))

    def forget(self, staff: str) -> None:
        """Let go of sessions that stand in memory only; those in the table have ended with the account's row."""
        self._unwritten = {key: row for key, row in self._unwritten.items() if row.staff != staff}


def _touch(db: Database, key: str, now: datetime) -> None:
    db.execute("update session set used_at = ? where hash = ?", [rfc3339(now), key])


def _remove(db: Database, column: str, value: str) -> None:
    db.execute(f"delete from session where {column} = ?", [value])  # noqa: S608  the column is one of our two words


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
