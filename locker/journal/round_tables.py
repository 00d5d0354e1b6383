"""Walks from door to door: when each began and ended, and what was found behind every door."""

from __future__ import annotations

ROUNDS = (
    """create table round (
        id text primary key, kind text not null, began_at text not null, by text not null, ended_at text,
        ended_by text not null default '') strict""",
    "create index round_open on round (kind) where ended_at is null",
    """create table round_line (
        round text not null, compartment text not null, book text not null, found text not null, ticks text not null,
        note text not null, at text not null, by text not null, primary key (round, compartment))
        strict, without rowid""",
)

# The hash of what was photographed at a door stays; its file goes, and then it has no bytes.
ROUND_PHOTOS = (
    "alter table round_line add column photo text not null default ''",
    "alter table round_line add column photo_type text not null default ''",
    "alter table round_line add column photo_bytes integer not null default 0",
    # Only what still has its file: those that are over are found by their day, and how many bytes there are is counted.
    "create index round_photo on round_line (at, photo_bytes) where photo_bytes > 0",
)

# When a round of each kind was walked last says when the next is due.
ROUNDS_BY_END = ("create index round_ended on round (kind, ended_at) where ended_at is not null",)
