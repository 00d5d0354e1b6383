"""What came from the operator of many lockers, each signed order once, and what programs outside did not take."""

from __future__ import annotations

FLEET = (
    """create table fleet_order (
        id text primary key, sha256 text not null, at text not null, answer text not null) strict, without rowid""",
    "create index fleet_order_at on fleet_order (at)",
)

DEAD_LETTERS = (
    """create table dead_letter (
        hook text not null, seq integer not null, at text not null, why text not null,
        primary key (hook, seq)) strict, without rowid""",
)
