"""Who asks to be let in as a resident, until staff have looked: nobody gets a parcel by having filled in a form (S7).

What is asked stands in a table of its own, goes with the answer or after `KEPT`, and in no event.
"""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING

from locker.core.events.record import moment, rfc3339
from locker.core.events.service_events import Noted
from locker.core.reasons import RefusalReason, Refused
from locker.frozen import dataclass
from locker.services.people.login_backoff import Backoff, BackoffLimits
from locker.services.people.phone_numbers import plain_phone
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

    from locker.core.events.service_events import Told
    from locker.engine import Engine
    from locker.journal.store import Journal

KEPT = timedelta(days=14)
MOST_WAITING = 100
"""More are not taken: a list that nobody can look through helps whoever writes it full."""
_LIMITS = BackoffLimits(longest_s=60, forget_after=timedelta(hours=1))
_FREE = 20
"""A house into which many move on one day asks so often within an hour; from then on there is a minute between two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What somebody says of themselves. `terms`: the version of the terms that they accepted, 0 for none."""

    id: str = ""
    unit: str
    name: str = field(repr=False)
    phone: str = field(repr=False)
    language: str
    consent: bool
    terms: int = 0
    at: datetime | None = None


class Applications:
    """All who wait. Lives on the loop."""

    def __init__(self, engine: Engine, journal: Journal) -> None:
        self._engine = engine
        self._journal = journal
        self._tries = Backoff(0, engine.now(), _LIMITS)

    async def ask(self, said: Application) -> None:
        """Keep it for staff to look at; asked again for the same person and phone it stands once.

        Of the same person with another phone both stand: one of them may be somebody else, and staff see that.

        Raises Refused: throttled with the seconds to wait while too many come or wait; sealed.
        """
        now = self._engine.now()
        wait = self._tries.wait_seconds(now) if self._tries.failures > _FREE else 0
        if wait:
            raise Refused(RefusalReason.THROTTLED, retry_after=wait)
        self._tries = self._tries.with_failure(now)
        fresh = self._engine.new_id("a")

        def work(db: Database, at: datetime) -> tuple[Noted, None]:
            _forget_old(db, at)
            who = folded_name(f"{said.unit}\n{said.name}\n{plain_phone(said.phone)}")
            db.execute("delete from application where who = ?", [who])
            if int(db.execute("select count(*) from application").fetchone()[0]) >= MOST_WAITING:
                raise Refused(RefusalReason.THROTTLED, retry_after=3600)
            values = [fresh, who, said.unit, said.name, said.phone, said.language, int(said.consent), said.terms]
            sql = "insert into application values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            db.execute(sql, [*values, rfc3339(at)])
            return Noted(what="resident-applied", about=fresh), None

        await self._engine.record_with(work, "resident")

    async def waiting(self) -> list[Application]:
        """All who wait, the first first."""
        oldest = rfc3339(self._engine.now() - KEPT)
        return await self._journal.read(lambda db: _waiting(db, oldest))

    async def find(self, name: str) -> Application:
        """One of them. Raises Refused (unknown)."""
        found = next((each for each in await self.waiting() if each.id == name), None)
        if found is None:
            raise Refused(RefusalReason.UNKNOWN)
        return found

    async def refuse(self, name: str, by: str) -> None:
        """Not let in: what was said goes. Raises Refused: unknown, sealed."""

        def work(db: Database, at: datetime) -> tuple[Noted, None]:
            take_application(db, name, at)
            return Noted(what="application-refused", about=name), None

        await self._engine.record_with(work, by)

    async def refuse_all(self, last: str, count: int, by: str) -> None:
        """Let in none of those up to the `last` that somebody saw, each with a line in the journal: all or none.

        Raises Refused: not now when these are not `count` any more, as when another looked at one; sealed.
        """
        oldest = rfc3339(self._engine.now() - KEPT)

        def work(db: Database, at: datetime) -> tuple[list[Told], None]:
            waiting = [each.id for each in _waiting(db, oldest)]
            seen = waiting[: waiting.index(last) + 1] if last in waiting else []
            if not seen or len(seen) != count:
                raise Refused(RefusalReason.NOT_NOW)
            for name in seen:
                take_application(db, name, at)
            return [(Noted(what="application-refused", about=name), by) for name in seen], None

        await self._engine.record_all_with(work)


def take_application(db: Database, name: str, now: datetime) -> None:
    """It was looked at: what was said goes. Raises Refused (unknown) when there is none, or none any more."""
    _forget_old(db, now)
    if db.execute("delete from application where id = ?", [name]).rowcount == 0:
        raise Refused(RefusalReason.UNKNOWN)


def applications_waiting(db: Database, now: datetime) -> tuple[int, datetime | None]:
    """How many wait for staff, and since when the first."""
    count, first = db.execute(
        "select count(*), min(at) from application where at >= ?", [rfc3339(now - KEPT)]
    ).fetchone()
    return int(count), moment(first) if first else None


def _forget_old(db: Database, now: datetime) -> None:
    db.execute("delete from application where at < ?", [rfc3339(now - KEPT)])


def _waiting(db: Database, oldest: str) -> list[Application]:
    sql = """select id, unit, name, phone, language, consent, terms, at from application
             where at >= ? order by at, id"""
    return [
        Application(
            id=id_,
            unit=unit,
            name=name,
            phone=phone,
            language=language,
            consent=bool(consent),
            terms=terms,
            at=moment(at),
        )
        for id_, unit, name, phone, language, consent, terms, at in db.execute(sql, [oldest]).fetchall()
    ]
