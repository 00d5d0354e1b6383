"""Steps of the tables about residents and couriers, in the order in which they were taken."""

from __future__ import annotations

# How residents like to be told.
WISHES = (
    """create table wish (
        resident text primary key, channels text not null, quiet_from integer, quiet_to integer,
        at_once integer not null) strict, without rowid""",
)

# What couriers may do for a resident, also while nobody is at home.
WISHES_OF_COURIERS = (
    "alter table wish add column in_person integer not null default 0",
    "alter table wish add column away_first text",
    "alter table wish add column away_last text",
    "alter table wish add column away_keep integer not null default 0",
)

# What a reader sends of a courier's badge, as a keyed hash, and whether it signs in without a PIN.
BADGES = (
    "alter table courier add column badge_hash text",
    "alter table courier add column badge_alone integer not null default 0",
    "create unique index courier_badge on courier (badge_hash) where badge_hash is not null",
)

# Whom staff help at the cabinet; and what somebody agreed to is found by who it is.
HELP_AND_CONSENT = (
    "alter table wish add column assisted integer not null default 0",
    """create index event_of_resident on event (json_extract(data, '$.resident'))
        where kind = 'ResidentSaved'""",
)

# Lists of residents that were taken over: what each row says and what stood there before, for a day.
IMPORTS = (
    """create table resident_import (
        id text primary key, at text not null, by text not null, state text not null, total integer not null,
        done integer not null, added integer not null, kept integer not null) strict""",
    """create table resident_import_row (
        import text not null, number integer not null, row text not null, state text not null default 'waiting',
        resident text not null default '', before text, primary key (import, number)) strict, without rowid""",
)

# A courier's account ends by itself; who looked at badge and papers; and what the couriers of a company may do.
COURIERS = (
    "alter table courier add column ends_at text",
    "alter table courier add column verified_by text not null default ''",
    "alter table courier add column verified_at text",
    """create table company (
        name text primary key, puts_in integer not null, takes_out integer not null) strict, without rowid""",
)

# Who agreed that the lobby's screen says, masked, that something waits for them.
IN_THE_PILOT_GROUP = ("alter table wish add column pilot integer not null default 0",)
ON_THE_LOBBY_SCREEN = ("alter table wish add column lobby integer not null default 0",)
