"""Whether key and database belong together: a cabinet with one of them, or with two of different ones, opens nothing.

The database keeps a check value of its key. A first start makes the database with that value durable, and only then
the key file, so whatever a power cut leaves of a first start is told from a loss:

| database | key file | what it is | what is done |
|---|---|---|---|
| none, or without any event | none | a first start, or one that was cut short | a new key |
| without any event | fits | a first start cut short after its key | goes on |
| none, or empty without a check value | there | the database is lost | refused |
| with events | none, damaged or another | the key is lost | sealed until the right one is back |
| with events, of before check values | there | proved by a code that it unseals, or nothing to prove | goes on |

An audit or a backup may meet the same before any start goes on, and without all of its tables: `nothing_recorded`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from locker.errors import LockerError
from locker.journal.folder import DATABASE, LOCK
from locker.journal.schema import is_complete
from locker.journal.store import CannotWrite, read_only
from locker.vault import KEY_FILE, SHORTEST_SEALED, CannotUnseal, KeyMissing, Vault, keep_key, make_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlite_utils import Database

    from locker.journal.store import Journal

CHECK = "key-check"
_SAMPLES = 100


class KeyAlone(LockerError):
    """A key has lost its database: what stood in it nobody may guess to be nothing."""


def refuse_key_alone(folder: Path) -> None:
    """Raise KeyAlone where there is a key and no database."""
    if (folder / KEY_FILE).exists() and not (folder / DATABASE).exists():
        raise KeyAlone(_lost(folder, f"no database {DATABASE}"))


def open_vault(journal: Journal) -> tuple[Vault, Callable[[], str | None] | None]:
    """The vault of an open journal, and None when its key fits.

    Otherwise the vault fits no code, and what is returned beside it looks again and says why not, None once it fits.
    Raises KeyAlone for a lost database, CannotWrite or OSError where a first key cannot be kept.
    """
    folder, blank, fits = journal.folder, journal.seq == 0, key_test(journal.db)
    if blank and not (folder / KEY_FILE).exists():
        return _first_key(journal), None
    if blank and _stored(journal.db) is None:
        raise KeyAlone(_lost(folder, f"an empty database {DATABASE}"))
    vault = Vault.without_key()
    obstacle = partial(_obstacle, vault, folder, fits)
    if obstacle() is not None:
        return vault, obstacle
    if _stored(journal.db) is None:
        _remember(journal, vault)
    return vault, None


def nothing_recorded(folder: Path) -> bool:
    """Whether this is what a cut leaves of a first start before its tables stood, so that nothing can be in them.

    Raises KeyAlone where a key tells that there was more, JournalBroken where no database can be read.
    """
    exists = (folder / DATABASE).exists()
    complete, blank = _look(folder) if exists else (False, True)
    if blank and (folder / KEY_FILE).exists():
        raise KeyAlone(_lost(folder, f"{'an empty' if exists else 'no'} database {DATABASE}"))
    # The lock file is what a start makes first: a folder without it is none of ours, or a mistyped one.
    return blank and not complete and (folder / LOCK).exists()


def _look(folder: Path) -> tuple[bool, bool]:
    """Whether all tables of this release are there; whether there is neither an event nor a key's check value."""
    db = read_only(folder)
    try:
        tables = {row[0] for row in db.execute("select name from sqlite_master where type = 'table'")}
        recorded = "event" in tables and _first_event(db) is not None
        keyed = "meta" in tables and _stored(db) is not None
        return is_complete(db), not recorded and not keyed
    finally:
        db.conn.close()


def _first_event(db: Database) -> object:
    return db.execute("select seq from event limit 1").fetchone()


def key_fault(folder: Path) -> str | None:
    """Why the key that lies here opens nothing of the database beside it; None when it fits. Raises JournalBroken."""
    db = read_only(folder)
    try:
        return _obstacle(Vault.without_key(), folder, key_test(db))
    finally:
        db.conn.close()


def key_test(db: Database) -> Callable[[Vault], bool]:
    """Tell whether a key is this database's, also later and from any thread. Without a trace of its key any key is."""
    stored = _stored(db)
    if stored is not None:
        return lambda vault: vault.check_value == stored
    sql = "select blob from sealed where length(blob) >= ? limit ?"  # what is shorter was sealed with no key
    samples = [bytes(row[0]) for row in db.execute(sql, (SHORTEST_SEALED, _SAMPLES)).fetchall()]
    return lambda vault: not samples or any(_unseals(vault, blob) for blob in samples)


def _first_key(journal: Journal) -> Vault:
    key = make_key()
    vault = Vault(key)
    journal.write_now(lambda db: _write(db, vault))
    keep_key(journal.folder, key)
    return vault


def _obstacle(vault: Vault, folder: Path, fits: Callable[[Vault], bool]) -> str | None:
    try:
        vault.reload_key(folder, fits)
    except (KeyMissing, OSError) as missing:
        return str(missing)
    return None


def _remember(journal: Journal, vault: Vault) -> None:
    try:
        journal.write_now(lambda db: _write(db, vault))
    except CannotWrite:
        return  # the next start that can write does it


def _write(db: Database, vault: Vault) -> None:
    db.execute("insert or replace into meta (key, value) values (?, ?)", (CHECK, vault.check_value))


def _stored(db: Database) -> str | None:
    row = db.execute("select value from meta where key = ?", (CHECK,)).fetchone()
    return None if row is None else str(row[0])


def _unseals(vault: Vault, blob: bytes) -> bool:
    try:
        vault.unseal(blob)
    except CannotUnseal:
        return False
    return True


def _lost(folder: Path, what: str) -> str:
    return (
        f"{folder} holds a key and {what}; restore a backup, or move the key away if this is meant to be a new locker"
    )
