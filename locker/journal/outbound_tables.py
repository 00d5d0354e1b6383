"""What is known of a parcel that goes out beside its state: what its sender chose, who fetches it, where it is.

Consumables stand here too: what is left of what couriers and senders pack with.
"""

from __future__ import annotations

OUTBOUND = (
    """create table outbound_order (
        parcel text primary key, service text not null default '', lane text not null default '',
        window_from text, window_to text, estimate integer,
        state text not null default '', courier text not null default '', offered_at text, answer_by text,
        passed text not null default '', eta text, eta_at text,
        taken_at text, weight_g integer, delivered_at text,
        place text not null default '', lat real, lon real, seen_at text) strict, without rowid""",
    "create index outbound_order_here on outbound_order (parcel) where taken_at is null",
    """create index outbound_order_away on outbound_order (taken_at)
        where taken_at is not null and delivered_at is null""",
    """create table courier_shift (
        courier text primary key, zones text not null default '', begins integer not null, ends integer not null,
        most integer not null) strict, without rowid""",
    """create table consumable (
        name text primary key, unit text not null, stock integer not null, low integer not null, at text not null,
        by text not null) strict, without rowid""",
)
