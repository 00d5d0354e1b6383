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
IN_THE_CUSTOMER_SYSTEM = ("alter table wish add column crm integer not null default 0",)
IN_THE_PILOT_GROUP = ("alter table wish add column pilot integer not null default 0",)
ON_THE_LOBBY_SCREEN = ("alter table wish add column lobby integer not null default 0",)

# Who asks to be let in as a resident, until staff have looked; `who` is unit, name and phone, folded.
APPLICATIONS = (
    """create table application (
        id text primary key, who text not null unique, unit text not null, name text not null, phone text not null,
        language text not null, consent integer not null, terms integer not null, at text not null)
        strict, without rowid""",
)

# A resident's way to the page of their own: hashes of the links that they were sent, and of the devices that came in.
RESIDENT_LINKS = (
    """create table resident_link (
        hash text primary key, resident text not null, number integer not null, phone text not null,
        made_at text not null, told_at text not null, wrong integer not null default 0, rests_until text)
        strict, without rowid""",
    "create unique index resident_link_of on resident_link (resident, number)",
    """create table resident_device (
        hash text primary key, resident text not null, phone text not null, since text not null,
        used_at text not null) strict, without rowid""",
    "create index resident_device_of on resident_device (resident)",
)

# Staff sign in with an authenticator app beside their password: its secret is sealed, the last half minute whose code
# was used is kept so that none works twice, and of recovery codes there are keyed hashes. Accounts of before have none
# and set one up when they next sign in. A session knows when its owner last gave a second factor.
SECOND_FACTORS = (
    "alter table staff add column totp blob",
    "alter table staff add column totp_step integer not null default 0",
    "alter table staff add column code_failures integer not null default 0",
    "alter table staff add column code_failed_at text",
    """create table recovery_code (
        staff text not null references staff (name) on delete cascade, hash text not null,
        primary key (staff, hash)) strict, without rowid""",
    "delete from session",
    "alter table session add column proved_at text not null default ''",
)

# Another phone or mailbox that a resident asked for: keyed hashes of the two codes that confirm it, and how often.
CONTACT_CHANGES = (
    """create table contact_change (
        resident text primary key, channel text not null, address text not null, old_hash text not null,
        new_hash text not null, asked_at text not null, wrong integer not null, asks integer not null,
        since text not null) strict, without rowid""",
)
