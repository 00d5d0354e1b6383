"""Which numbering of events this is.

A restore counts on from the backup, so numbers that were given before mean other events after it. Whoever keeps the
number of the last event that it read keeps the epoch with it: a random name, renewed by every restore. For each epoch
that a restore ended, the number of its `Restored` is kept: what stands before it is the same in both.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

_CURRENT = "epoch"
_ENDED = "epoch-ended:"
_BYTES = 6


def current(db: Database) -> str:
    """The epoch's name, of letters and digits; empty in a database of before there were epochs."""
    row = db.execute("select value from meta where key = ?", (_CURRENT,)).fetchone()
    return str(row[0]) if row is not None else ""


def begin(db: Database) -> None:
    """Give the database its first epoch, if it has none yet."""
    if not current(db):
        db.execute("insert into meta (key, value) values (?, ?)", (_CURRENT, secrets.token_hex(_BYTES)))


def renew(db: Database, restored: int) -> None:
    """Begin another epoch with the event of this number, the `Restored`. Runs in the caller's transaction."""
    db.execute("insert or replace into meta (key, value) values (?, ?)", (_ENDED + current(db), str(restored)))
    db.execute("update meta set value = ? where key = ?", (secrets.token_hex(_BYTES), _CURRENT))


def resume(db: Database, epoch: str, seq: int, head: int) -> tuple[int, bool]:
    """Behind which event a reader goes on that last read `seq` of `epoch`, and whether it must be told of a reset.

    Without an epoch (a bare number) only a number beyond the `head` can be known to be of another time.
    """
    here = epoch in {"", current(db)}
    if here and seq <= head:
        return seq, False
    rows = db.execute("select key, value from meta where key glob ?", (_ENDED + "*",)).fetchall()
    ended = {str(key).removeprefix(_ENDED): int(value) for key, value in rows}
    restored = max(ended.values(), default=0) if here else ended.get(epoch, 0)
    return min(seq, max(restored - 1, 0)), True


def ended(db: Database) -> list[tuple[str, int]]:
    """The epochs before this one, oldest first, each with the number of the `Restored` that ended it."""
    rows = db.execute("select key, value from meta where key glob ?", (_ENDED + "*",)).fetchall()
    return sorted(((str(key).removeprefix(_ENDED), int(value)) for key, value in rows), key=lambda each: each[1])
