"""The database: one read-write connection on one thread, readers beside it.

`append` is one transaction with the event rows and every row that changed; when it returns, a power
cut cannot take them back. A failed sync is never retried.
"""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import tempfile
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from locker.core.events.record import GENESIS, Recorded, link, rfc3339
from locker.durable_files import sync_folder
from locker.journal import epoch, integrity, reserve, rows
from locker.journal.aside import copy_aside
from locker.journal.codec import event_data
from locker.journal.connections import connect, connect_read_only
from locker.journal.folder import DATABASE
from locker.journal.schema import is_complete, migrate

if TYPE_CHECKING:
    import tempfile
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlite_utils import Database

    from locker.core.outcome import Outcome
    from locker.journal.rows import KeptAnswer

T = TypeVar("T")

WRITE_AGAIN_SECONDS = 5
DAMAGED = f"the database {DATABASE} is damaged"


class CannotWrite(Exception):
    """The disk is full or read-only: nothing was written, nothing is lost, and it may heal."""


class JournalBroken(Exception):
    """The disk failed or the database is not sound: the process must end."""


class Journal:
    """The data folder's database. Made by `open`; closed by `close`.

    A disk that failed once is not believed again: whoever met the fault, from then on everything raises Broken, and
    `until_broken` ends. With `threads` false everything runs in the caller's thread, for tests in virtual time.
    """

    def __init__(self, folder: Path, *, threads: bool = True) -> None:
        self.folder = folder
        self.path = folder / DATABASE
        self._writer: Executor | None = ThreadPoolExecutor(1, "journal") if threads else None
        self._reader: Executor | None = ThreadPoolExecutor(1, "history") if threads else None
        self._db: Database | None = None
        self._history: Database | None = None
        self._aside: tempfile.TemporaryDirectory[str] | None = None
        self._fault: JournalBroken | None = None
        self._broke = asyncio.Event()
        self.seq = 0
        self.at = ""
        self.epoch = ""
        self._head = GENESIS

    def open(self) -> None:
        """Connect and bring tables up to date. Raises CannotWrite or JournalBroken; blocks.

        All of the database is looked into here only after a fault was found, else by `verify`.
        """
        fresh = not self.path.exists()
        try:
            if fresh:
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = connect(self.path)
            migrate(self._db)
            epoch.begin(self._db)
            self._resume()
            if integrity.suspected(self.folder):
                self._must_be_sound(integrity.verdict(self._db.conn))
                integrity.trust(self.folder)
        except (sqlite3.Error, OSError) as fault:
            raise _family(fault) from fault
        if fresh:
            sync_folder(self.folder)
        reserve.lay_by(self.folder)

    def open_read_only(self) -> None:
        """Connect for a start that cannot write: what is there can be read. Raises JournalBroken.

        On a file system that takes no writing SQLite cannot read its own log, so a copy aside is read.
        """
        try:
            self._aside, copy = copy_aside(self.folder)
            self._db = connect(copy)
            migrate(self._db)
            self._resume()
        except (sqlite3.Error, OSError) as fault:
            raise JournalBroken(f"the database {self.path.name} cannot be read: {fault}") from fault

    def _reopen(self) -> None:
        """Leave the copy for the real files, once they can be written. Raises CannotWrite or JournalBroken."""
        aside, copy = self._aside, self._db
        if aside is None or copy is None:
            return
        self.open()
        copy.conn.close()
        aside.cleanup()
        self._aside = None

    def _resume(self) -> None:
        self.epoch = epoch.current(self.db)
        last = self.db.execute("select seq, at, hash from event order by seq desc limit 1").fetchone()
        if last is not None:
            self.seq, self.at, self._head = last

    @property
    def db(self) -> Database:
        """The read-write connection, for the writer's thread and for what runs before it starts."""
        if self._db is None:
            raise JournalBroken("the journal is not open")
        return self._db

    def close(self) -> None:
        """Finish what was begun and let go of the files."""
        for pool in (self._writer, self._reader):
            if pool is not None:
                pool.shutdown(wait=True)
        for db in (self._history, self._db):
            if db is not None:
                db.conn.close()
        self._db = self._history = None

    async def append(self, outcome: Outcome, by: str, keep: KeptAnswer | None = None) -> list[Recorded]:
        """Write the events of `outcome` and every row that they changed; durable when it returns.

        `keep` is the answer to a command that may be asked again. Raises CannotWrite or JournalBroken.
        """
        return await self._on_writer(lambda: self.append_durably(outcome, by, keep))

    def append_durably(self, outcome: Outcome, by: str, keep: KeptAnswer | None = None) -> list[Recorded]:
        """Do as `append` does, in the thread that calls."""
        recorded = self._transact(lambda db: self.append_into(db, outcome, by, keep))
        self.settle(recorded)
        return recorded

    async def append_with(
        self, work: Callable[[Database], tuple[Outcome, Sequence[str], T]]
    ) -> tuple[Outcome, list[Recorded], T]:
        """Run `work` and append the outcome that it returns, each event by whom, in one transaction; then durable.

        Raises CannotWrite or JournalBroken, and whatever `work` raises, with nothing written.
        """

        def whole(db: Database) -> tuple[Outcome, list[Recorded], T]:
            outcome, by, result = work(db)
            return outcome, self.append_into(db, outcome, by), result

        def durably() -> tuple[Outcome, list[Recorded], T]:
            done = self._transact(whole)
            self.settle(done[1])
            return done

        return await self._on_writer(durably)

    def append_into(
        self, db: Database, outcome: Outcome, by: str | Sequence[str], keep: KeptAnswer | None = None
    ) -> list[Recorded]:
        """Write into a transaction that is already open; `settle` must follow its commit. `by`: of all or of each."""
        recorded = []
        head, seq, at = self._head, self.seq, rfc3339(outcome.at)
        names = [by] * len(outcome.events) if isinstance(by, str) else by
        for event, name in zip(outcome.events, names, strict=True):
            seq += 1
            kind, data = type(event).__name__, event_data(event)
            head = link(head, seq, at, kind, name, data)
            recorded.append(Recorded(seq, at, kind, name, data, head))
        rows.write(db, outcome, recorded, keep)
        return recorded

    def settle(self, recorded: list[Recorded]) -> None:
        """Move the head of the chain: the transaction with these events is durable."""
        if recorded:
            self.seq, self.at, self._head = recorded[-1].seq, recorded[-1].at, recorded[-1].hash

    async def write(self, work: Callable[[Database], T]) -> T:
        """Run `work` in one transaction on the writer's thread; durable when it returns.

        Raises CannotWrite or JournalBroken, and whatever `work` raises, with nothing written.
        """
        return await self._on_writer(lambda: self._transact(work))

    def write_now(self, work: Callable[[Database], T]) -> T:
        """Do as `write` does, in the thread that calls, for what happens before the writer's thread begins."""
        return self._transact(work)

    async def write_when_possible(self, work: Callable[[Database], T]) -> T:
        """Write as `write` does, and while the disk is full or read-only try again every few seconds.

        Raises JournalBroken. For those whom nobody waits for: they may wait as long as the disk is full.
        """
        while True:
            try:
                return await self.write(work)
            except CannotWrite:
                await asyncio.sleep(WRITE_AGAIN_SECONDS)

    async def verify(self) -> None:
        """Look into all of the database beside everything else, and nobody waits. Raises JournalBroken for damage."""
        if self._aside is not None:
            return
        pool, db = ThreadPoolExecutor(1, "integrity"), connect_read_only(self.path)

        def look() -> None:
            self._must_be_sound(_reading(db, lambda db: integrity.verdict_beside(db.conn)))

        job = pool.submit(self._latching(look))
        try:
            await asyncio.wrap_future(job)
        finally:
            while not job.done():  # an interruption before its statement begins goes unheard
                db.conn.interrupt()
                await asyncio.sleep(0.02)
            pool.shutdown()
            db.conn.close()

    def _must_be_sound(self, verdict: str) -> None:
        if verdict != integrity.SOUND:
            raise JournalBroken(f"{DAMAGED}: {verdict}")

    async def until_broken(self) -> None:
        """Wait until anybody has met a disk that failed, and raise that Broken: the process must end."""
        await self._broke.wait()
        self._refuse_if_broken()

    async def beat(self) -> None:
        """Return when the writer's thread has answered; nothing is written."""
        await self._on_writer(lambda: None)

    async def lay_by_reserve(self) -> None:
        """Take the reserve again if it was spent and there is room enough."""
        await self._on_writer(lambda: reserve.lay_by(self.folder))

    async def probe(self) -> None:
        """Write something small durably. Raises CannotWrite while the disk cannot take it."""

        def work(db: Database) -> None:
            db.execute("insert or replace into meta (key, value) values ('probe', ?)", (self.at,))

        await self._on_writer(self._reopen)
        await self.write(work)

    async def read(self, work: Callable[[Database], T]) -> T:
        """Run `work` on a connection that cannot write, beside the writer."""
        if self._reader is None or self._aside is not None:
            return self._latching(lambda: _reading(self.db, work))()
        job = self._latching(lambda: _reading(self._read_only(), work))
        return await asyncio.get_running_loop().run_in_executor(self._reader, job)

    def _transact(self, work: Callable[[Database], T]) -> T:
        """Spend the reserve before giving up on a full disk. Raises CannotWrite or JournalBroken."""
        if self._aside is not None:
            raise CannotWrite("the data folder cannot be written")
        try:
            return transact(self.db, work)
        except CannotWrite:
            if not reserve.spend(self.folder):
                raise
            return transact(self.db, work)

    async def _on_writer(self, job: Callable[[], T]) -> T:
        latching = self._latching(job)
        if self._writer is None:
            return latching()
        return await asyncio.get_running_loop().run_in_executor(self._writer, latching)

    def _latching(self, job: Callable[[], T]) -> Callable[[], T]:
        """Do the job unless the disk has failed, and keep in mind when it fails now, also if nobody waits any more."""
        loop = asyncio.get_running_loop()

        def run() -> T:
            self._refuse_if_broken()
            try:
                return job()
            except JournalBroken as fault:
                self._fault = fault
                if DAMAGED in str(fault):
                    integrity.suspect(self.folder, str(fault))
                loop.call_soon_threadsafe(self._broke.set)
                raise

        return run

    def _refuse_if_broken(self) -> None:
        if self._fault is not None:
            raise JournalBroken(str(self._fault)) from self._fault

    def _read_only(self) -> Database:
        if self._history is None:
            self._history = connect_read_only(self.path)
        return self._history


def transact(db: Database, work: Callable[[Database], T]) -> T:
    """Run `work` between begin and commit. Raises CannotWrite or JournalBroken, and what `work` raises, undone."""
    try:
        db.execute("begin immediate")
        try:
            result = work(db)
            db.execute("commit")
        except BaseException:
            if db.conn.in_transaction:
                db.execute("rollback")
            raise
    except (sqlite3.OperationalError, sqlite3.DatabaseError, OSError) as fault:
        if isinstance(fault, sqlite3.IntegrityError):
            raise
        raise _family(fault) from fault
    return result


def _reading(db: Database, work: Callable[[Database], T]) -> T:
    """Raises JournalBroken where the disk cannot be read; any other fault is of whoever asks."""
    try:
        return work(db)
    except sqlite3.DatabaseError as fault:
        if getattr(fault, "sqlite_errorcode", 0) & 0xFF in _UNREADABLE:
            raise _family(fault) from fault
        raise


_UNREADABLE = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def read_only(folder: Path) -> Database:
    """A connection that cannot write, beside whoever writes; on a disk that takes no writing, to a copy.

    Tables of an earlier release are read in a copy that was brought up to date: the folder stays as it lies.
    Raises JournalBroken when there is no database, or none that can be read.
    """
    if not (folder / DATABASE).exists():
        raise JournalBroken(f"there is no database {DATABASE} in {folder}")
    try:
        try:
            db = _read(connect_read_only(folder / DATABASE))
            return _copy_of_today(folder) if _is_of_before(db) else db
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
                raise  # somebody writes: what is copied now may be half of a change
            return _copy_of_today(folder)
    except (sqlite3.Error, OSError) as fault:
        raise JournalBroken(f"the database {DATABASE} cannot be read: {fault}") from fault


def _is_of_before(db: Database) -> bool:
    """Whether an earlier release recorded here; a first start that was cut short recorded nothing."""
    if is_complete(db) or not db.execute("select 1 from sqlite_master where name = 'event'").fetchone():
        return False
    return db.execute("select 1 from event limit 1").fetchone() is not None


def _copy_of_today(folder: Path) -> Database:
    aside, copy = copy_aside(folder)
    with aside:
        db = connect(copy)
        if _is_of_before(db):
            migrate(db)
        return _read(db)  # what is open stays until it is closed


def _read(db: Database) -> Database:
    """Open all its files now: `connect` alone opens none. From here on it changes nothing."""
    db.execute("select count(*) from sqlite_master").fetchone()
    db.execute("pragma query_only = on")
    return db


def _family(fault: sqlite3.Error | OSError) -> Exception:
    """Full and read-only heal; all else of a disk does not."""
    if isinstance(fault, OSError):
        heals = fault.errno in {errno.ENOSPC, errno.EROFS, errno.EDQUOT}
        return CannotWrite(fault.strerror or "cannot write") if heals else JournalBroken(str(fault))
    whole = getattr(fault, "sqlite_errorcode", 0)
    code = whole & 0xFF
    # Without room for its index of the log SQLite speaks of I/O: nothing that lasts was tried.
    no_room = whole == sqlite3.SQLITE_IOERR_SHMSIZE
    if no_room or code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}:
        return CannotWrite(str(fault))
    damaged = code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
    return JournalBroken(f"{DAMAGED}: {fault}" if damaged else str(fault))
