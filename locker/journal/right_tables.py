"""Tables of carriers' rights to put parcels in."""

from __future__ import annotations

# `deposit_right` is the site's own (`KnownRight`), `carrier_key` what staff registered: public keys, nothing secret.
RIGHTS = (
    """create table deposit_right (
        id text primary key, company text not null, name text not null, uses integer not null, until text not null,
        used integer not null, given_back integer not null, used_at text, revoked_at text, size text not null,
        door text not null) strict, without rowid""",
    "alter table parcel add column deposit_right text not null default ''",
    """create table carrier_key (
        id text primary key, company text not null, public text not null, added_at text not null,
        added_by text not null) strict, without rowid""",
    "alter table token add column company text not null default ''",
)
