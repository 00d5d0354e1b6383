"""What came from the operator of many lockers: each signed order once, and what was answered."""

from __future__ import annotations

FLEET = (
    """create table fleet_order (
        id text primary key, sha256 text not null, at text not null, answer text not null) strict, without rowid""",
    "create index fleet_order_at on fleet_order (at)",
)
