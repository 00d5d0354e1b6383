"""How the journal's database is opened, by whoever writes and by whoever only reads."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from sqlite_utils import Database

if TYPE_CHECKING:
    from pathlib import Path


def connect(path: Path) -> Database:
    """The one connection that writes."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
    for pragma in (
        "page_size = 1024",  # a commit touches many places and changes little at each: small pages spare the card
        "journal_mode = wal",
        "synchronous = full",
        "foreign_keys = on",
        "secure_delete = on",
        "wal_autocheckpoint = 4000",  # pages: one that changes with every visit goes to its place once in fifty
        "journal_size_limit = 4194304",
    ):
        connection.execute(f"pragma {pragma}")
    return _database(connection)


def connect_read_only(path: Path) -> Database:
    """One that cannot write, beside whoever writes."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
    connection.execute("pragma query_only = on")
    return _database(connection)


def _database(connection: sqlite3.Connection) -> Database:
    # Nothing that other packages would add to it: looking for them is a hundredth of a start.
    return Database(connection, execute_plugins=False)
