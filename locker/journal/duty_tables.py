"""Tables of people on duty. What a shift note says can be erased alone: its event keeps a salted hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.core.events.record import rfc3339

if TYPE_CHECKING:
    from datetime import datetime

    from sqlite_utils import Database

# Of tasks only those stand here that somebody sees to; whose cause has ended goes with the next that is taken.
DUTY = (
    "create table task_owner (task text primary key, owner text not null, at text not null) strict, without rowid",
    """create table shift (
        id text primary key, staff text not null, begins text not null, ends text not null, by text not null) strict""",
    "create index shift_ends on shift (ends)",
    """create table shift_note (
        id text primary key, at text not null, by text not null, text text not null, salt text not null,
        taken_by text not null, taken_at text) strict""",
    "create index shift_note_open on shift_note (at) where taken_at is null",
    "create index shift_note_taken on shift_note (taken_at) where taken_at is not null",
)

# A door's openings at its last maintenance: one row a door.
DOOR_SERVICE = (
    """create table door_service (
        compartment text primary key, openings integer not null, at text not null, by text not null)
        strict, without rowid""",
)


def on_duty(db: Database, now: datetime) -> frozenset[str]:
    """The staff accounts whose shift it is."""
    sql = "select staff from shift where begins <= ? and ends > ?"
    return frozenset(row[0] for row in db.execute(sql, [rfc3339(now)] * 2).fetchall())
