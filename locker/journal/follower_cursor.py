"""Up to which event a follower has done its work: one row each, written in the transaction of what it wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def cursor_of(db: Database, follower: str) -> int | None:
    """The number of the last event that it has done; None for one that has never written."""
    row = db.execute("select seq from follower where name = ?", [follower]).fetchone()
    return int(row[0]) if row is not None else None


def store_cursor(db: Database, follower: str, seq: int) -> None:
    """Keep it, in the caller's transaction. Changed in place: what is replaced goes into its index again."""
    sql = "insert into follower (name, seq) values (?, ?) on conflict (name) do update set seq = excluded.seq"
    db.execute(sql, [follower, seq])
