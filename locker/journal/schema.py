"""Tables of the data folder's one database, as numbered steps. A step is never changed once released."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING

from locker.journal.access_tables import ENTRIES
from locker.journal.case_tables import CASES, CASES_BY_TIME
from locker.journal.desk_tables import SERVICE_DESK
from locker.journal.door_tables import VISITS_IN_THEIR_DOORS
from locker.journal.duty_tables import DOOR_SERVICE, DUTY
from locker.journal.event_tree import TABLES as _CHAIN_PROOF
from locker.journal.fleet_tables import DEAD_LETTERS, FLEET
from locker.journal.operation_tables import ALERTS, AUTOMATION, BROADCASTS, TRAINING
from locker.journal.outbound_tables import OUTBOUND
from locker.journal.people_tables import (
    APPLICATIONS,
    BADGES,
    CONTACT_CHANGES,
    COURIERS,
    HELP_AND_CONSENT,
    IMPORTS,
    IN_THE_CUSTOMER_SYSTEM,
    IN_THE_PILOT_GROUP,
    ON_THE_LOBBY_SCREEN,
    RESIDENT_LINKS,
    SECOND_FACTORS,
    WISHES,
    WISHES_OF_COURIERS,
)
from locker.journal.report_tables import FACTS
from locker.journal.right_tables import RIGHTS
from locker.journal.round_tables import ROUND_PHOTOS, ROUNDS, ROUNDS_BY_END

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlite_utils import Database

# Whatever is listed, paged or caught up with is found without reading all that ever happened. An index costs a page or
# two of the card for each row that enters or leaves it, so most hold only the few rows that are asked for again, and
# lists go by rowid, the order in which rows came, which every index has already and which is never written again.
# Of the states of a parcel only the seldom ones need an index: the live have another, and nearly all were collected.
_LISTS_WITHOUT_SCANS = (
    "drop index parcel_state",
    """create index parcel_seldom on parcel (state)
        where state in ('cancelled', 'expected', 'returned', 'withdrawn')""",
    "drop index parcel_tracking",
    "create index parcel_tracking on parcel (tracking collate nocase)",
    "create index parcel_tracking_end on parcel (substr(tracking, -4) collate nocase)",
    "create index parcel_compartment on parcel (compartment)",
    """create index event_of_sensor on event (json_extract(data, '$.sensor'))
        where kind in ('TemperatureOut', 'TemperatureBack')""",
    """create index event_of_fault on event (json_extract(data, '$.compartment'), kind)
        where kind in ('LockFault', 'SwitchFault')""",
    "create index event_of_sight on event (seq) where kind in ('Started', 'DoorsUnseen')",
    "drop index outbox_due",
    "create index outbox_waiting on outbox (event) where state = 'waiting'",
    "create index outbox_failed_parcel on outbox (parcel) where state = 'failed'",
    "create index outbox_failed_recipient on outbox (recipient) where state = 'failed'",
    "create index outbox_failed_at on outbox (done_at) where state = 'failed'",
    "create index snapshot_kept on snapshot (of, bytes) where removed = 0",
    "create index snapshot_kept_name on snapshot (sha256) where removed = 0",
)

# What residents report and who looked at whom: few lines among many, found without reading the many.
_REPORTS_AND_LOOKS = (
    "create index event_of_report on event (seq) where kind in ('ResidentReported', 'ReportSettled')",
    "create index event_of_note on event (json_extract(data, '$.about')) where kind = 'Noted'",
)

# Who was let in can be looked at and shut out again: until when a token lasts, when it was last used, and from where a
# session came.
_ENDS_AND_USES = (
    "alter table token add column ends_at text",
    "alter table token add column used_at text",
    "alter table session add column address text not null default ''",
    "alter table session add column browser text not null default ''",
)

# A stranger's wrong passwords make nobody wait where they signed in before, also after a power cut.
_KNOWN_SOURCES = (
    """create table staff_source (
        staff text not null references staff (name) on delete cascade, address text not null, used_at text not null,
        primary key (staff, address)) strict""",
)

# Lines that tell of many doors at once, found under each of them.
_SIGHTS_OF_A_DOOR = ("create index event_of_doors on event (seq) where kind in ('DoorsSeen', 'DoorsUnseen')",)

# A parcel is opened by its credentials, which stand in its own row as long as they open it: no index of hashes, no
# row of their own. What opened a parcel that has left is not copied. Doors and visits may have several parcels.
_PARCELS_OF_EVERY_DIRECTION = (
    "alter table compartment add column parcels text not null default '[]'",
    "update compartment set parcels = json_array(parcel) where parcel is not null",
    "alter table compartment drop column parcel",
    "alter table visit add column parcels text not null default '[]'",
    "update visit set parcels = json_array(parcel) where parcel is not null",
    "alter table visit drop column parcel",
    "alter table visit add column put_back text not null default '[]'",
    "alter table visit add column accepted text not null default '[]'",
    "alter table visit add column door_open_seconds integer",
    "alter table visit add column reopen_seconds integer",
    "alter table parcel add column direction text not null default 'in'",
    "alter table parcel add column credentials text not null default '[]'",
    "alter table parcel add column held text not null default ''",
    "alter table parcel add column place text not null default ''",
    "alter table parcel add column extended integer not null default 0",
    "alter table parcel add column reserved_until text",
    "alter table parcel add column free_hours integer",
    """update parcel set credentials = json_array(
        json_object('id', 'c' || substr(id, 2), 'kind', 'code',
            'code_hash', code_hash, 'token_hash', '', 'until', null),
        json_object('id', 't' || substr(id, 2), 'kind', 'token',
            'code_hash', '', 'token_hash', token_hash, 'until', null))
        where in_site = 1 and code_hash not like 'dead:%'""",
    "drop index parcel_code",
    "drop index parcel_token",
    "alter table parcel drop column code_hash",
    "alter table parcel drop column token_hash",
    """create table credential_name (
        parcel text not null, credential text not null, name text not null,
        primary key (parcel, credential)) strict, without rowid""",
)

# What somebody was told is kept with its notice, code and link hidden: by which channel, in which words.
_NOTICES_AS_SAID = (
    "alter table outbox add column channel text not null default ''",
    "alter table outbox add column language text not null default ''",
    "alter table outbox add column version text not null default ''",
    "alter table outbox add column said text not null default ''",
)

# One row a door and day for a month, and one a door for good: what is asked of locks grows with doors, not with time.
_HEALTH = (
    """create table door_day (
        compartment text not null, day text not null, cycles integer not null, openings integer not null,
        faults integer not null, timings text not null, primary key (compartment, day)) strict, without rowid""",
    """create table door_total (
        compartment text primary key, since text not null, cycles integer not null) strict, without rowid""",
    "create index event_of_health on event (seq) where kind in ('HealthWarned', 'HealthRestored')",
    """create index event_of_backup on event (kind, seq)
        where kind in ('BackupMade', 'BackupFailed', 'RestoreDrilled')""",
)

# A parcel that is held knows since when, for its time stands still; one that needs features knows which.
_CUSTODY = (
    "alter table parcel add column held_at text",
    "alter table parcel add column needs text not null default '[]'",
    "alter table parcel add column fetched_by text not null default ''",
    "alter table visit add column place text not null default ''",
    "alter table visit add column target text not null default ''",
    "create index parcel_place on parcel (place) where place <> ''",
    "create index parcel_direction on parcel (direction) where direction <> 'in'",
)

# Rules in versions: added, never changed and never deleted.
_RULES = (
    """create table rule (
        kind text not null, version integer not null, author text not null, reason text not null, made_at text not null,
        starts_at text not null, ends_at text, review_on text not null, body text not null check (json_valid(body)),
        primary key (kind, version)) strict, without rowid""",
    "create trigger rule_keep before delete on rule begin select raise(abort, 'rules are never deleted'); end",
    "create trigger rule_fixed before update on rule begin select raise(abort, 'rules are never changed'); end",
)

# How long who brought a parcel may open its door again is what held when that visit began.
# Of a parcel between two doors the second visit names the first.
_REOPENING = (
    "alter table parcel add column reopen_seconds integer",
    "alter table visit add column origin text not null default ''",
)

# An account of somebody who helps out for a time ends by itself.
_ACCOUNTS_WITH_AN_END = ("alter table staff add column ends_at text",)

# What a gateway said later of a notice that it took, and which channels turned out not to reach somebody.
_RECEIPTS = (
    "alter table outbox add column receipt text not null default ''",
    "alter table outbox add column receipt_at text",
    "alter table outbox add column shunned text not null default ''",
)

# A door remembers for an hour who ordered it alone: so many doors and no more are opened by one person or program.
_WHO_ORDERED = ("alter table compartment add column staff_orders text not null default '[]'",)


_SIGNATURES_AND_INCIDENTS = (
    """create table signature (
        parcel text not null, pickup text not null, at text not null, points text not null, svg text not null,
        primary key (parcel, pickup)) strict, without rowid""",
    """create table incident (
        id integer primary key check (id = 1), words text not null check (json_valid(words)),
        declared_at text not null, recovers_at text not null, by text not null) strict""",
)

# What lies in a parcel, as a category; whether it is for staff; and what was said of it beside its label, as JSON.
_TYPES_AND_THE_DESK = (
    "alter table parcel add column type text not null default 'parcel'",
    "alter table parcel add column to_staff integer not null default 0",
    "alter table parcel add column details text not null default ''",
    """update parcel set type = coalesce((select json_extract(data, '$.type') from event
        where json_extract(data, '$.parcel') = parcel.id and kind = 'OutboundBooked'), 'parcel')
        where direction = 'out' and direction <> 'in'""",
)

# Whoever signs in is asked for the terms that they have not accepted yet: one look, however long the journal is.
_WHO_ACCEPTED = ("create index event_of_acceptance on event (by, seq) where kind = 'RuleAccepted'",)
# A clip is a picture of many frames; it has a budget of its own.
_CLIPS = (
    "alter table snapshot add column frames integer not null default 0",
    "drop index snapshot_kept",
    "create index snapshot_kept on snapshot (of, bytes) where removed = 0 and frames = 0",
    "create index clip_kept on snapshot (of, bytes) where removed = 0 and frames > 0",
    "create index picture_kept on snapshot (of) where removed = 0",
)


STEPS: tuple[tuple[str, ...], ...] = (
    (
        """create table event (
            seq integer primary key, at text not null, kind text not null, by text not null,
            data text not null check (json_valid(data)), hash text not null) strict""",
        """create index event_compartment on event (json_extract(data, '$.compartment'))
            where json_extract(data, '$.compartment') is not null""",
        """create index event_parcel on event (json_extract(data, '$.parcel'))
            where json_extract(data, '$.parcel') is not null""",
        "create trigger event_keep before delete on event begin select raise(abort, 'events are never deleted'); end",
        "create trigger event_fixed before update on event begin select raise(abort, 'events are never changed'); end",
        """create table compartment (
            id text primary key, use text not null, seen text not null, since text, parcel text,
            openings integer not null, faults integer not null, reason text not null) strict, without rowid""",
        """create table visit (
            compartment text primary key, id text not null, kind text not null, parcel text, by text not null,
            began_at text not null, pulsed_at text not null, pulses integer not null, asked integer not null,
            opened_at text, shut_at text, leaving text, inside integer not null, blind integer not null,
            doubt integer not null) strict, without rowid""",
        """create table parcel (
            id text primary key, state text not null, compartment text not null, size text not null,
            recipients text not null, label_hash text not null, code_hash text not null, token_hash text not null,
            since text not null, stored_at text, deadline text, overdue integer not null, check_from text,
            failed text not null, in_site integer not null,
            tracking text not null, unit text not null, company text not null, courier text not null,
            flags text not null, consent text, created_at text not null) strict""",
        "create index parcel_in_site on parcel (in_site) where in_site = 1",
        "create unique index parcel_code on parcel (code_hash) where in_site = 1",
        "create unique index parcel_token on parcel (token_hash) where in_site = 1",
        "create index parcel_tracking on parcel (tracking)",
        "create index parcel_unit on parcel (unit)",
        "create index parcel_state on parcel (state, id)",
        "create table sealed (parcel text primary key, blob blob not null) strict, without rowid",
        "create table bucket (source text primary key, level integer not null, at text not null, wrong_at text) strict",
        """create table answer (
            key text primary key, body text not null, kind text not null, answer text not null,
            at text not null) strict""",
        """create table resident (
            id text primary key, unit text not null, name text not null, phone text not null, language text not null,
            email text not null, consent integer, reach integer not null) strict""",
        "create unique index resident_who on resident (unit, name)",
        "create index resident_phone on resident (phone)",
        """create table courier (
            id text primary key, company text not null, name text not null, pin_hash text not null,
            active integer not null, unique (company, pin_hash)) strict""",
        """create table token (
            name text primary key, hash text not null unique, scopes text not null, created_at text not null) strict""",
        """create table staff (
            name text primary key, role text not null, password text, setup_hash text, setup_until text,
            failures integer not null default 0, failed_at text, created_at text not null,
            active integer not null default 1) strict""",
        """create table session (
            hash text primary key, staff text not null references staff (name) on delete cascade,
            csrf text not null, created_at text not null, used_at text not null) strict""",
        "create table follower (name text primary key, seq integer not null) strict",
        """create table outbox (
            id text primary key, event integer not null, recipient text not null, template text not null,
            parcel text not null, due_at text not null, tries integer not null, state text not null,
            last_fault text not null, created_at text not null, done_at text,
            unique (event, recipient, template)) strict, without rowid""",
        "create index outbox_due on outbox (due_at) where state = 'waiting'",
        """create table snapshot (
            of integer not null, sha256 text not null, compartment text not null, parcel text not null,
            cause text not null, day text not null, bytes integer not null, removed integer not null,
            primary key (of, cause)) strict""",
        "create index snapshot_parcel on snapshot (parcel, of)",
        "create table meta (key text primary key, value text not null) strict",
    ),
    _LISTS_WITHOUT_SCANS,
    _REPORTS_AND_LOOKS,
    _ENDS_AND_USES,
    _KNOWN_SOURCES,
    _SIGHTS_OF_A_DOOR,
    _PARCELS_OF_EVERY_DIRECTION,
    _NOTICES_AS_SAID,
    _HEALTH,
    _CUSTODY,
    WISHES,
    RESIDENT_LINKS,
    _RULES,
    SECOND_FACTORS,
    CASES,
    _CHAIN_PROOF,
    WISHES_OF_COURIERS,
    _REOPENING,
    _RECEIPTS,
    CONTACT_CHANGES,
    BROADCASTS,
    BADGES,
    _TYPES_AND_THE_DESK,
    _SIGNATURES_AND_INCIDENTS,
    _ACCOUNTS_WITH_AN_END,
    _WHO_ORDERED,
    CASES_BY_TIME,
    _WHO_ACCEPTED,
    HELP_AND_CONSENT,
    _CLIPS,
    FLEET,
    DUTY,
    FACTS,
    IMPORTS,
    COURIERS,
    ROUNDS,
    ON_THE_LOBBY_SCREEN,
    ROUNDS_BY_END,
    DEAD_LETTERS,
    ALERTS,
    TRAINING,
    IN_THE_PILOT_GROUP,
    ROUND_PHOTOS,
    DOOR_SERVICE,
    ENTRIES,
    APPLICATIONS,
    SERVICE_DESK,
    OUTBOUND,
    AUTOMATION,
    IN_THE_CUSTOMER_SYSTEM,
    RIGHTS,
    VISITS_IN_THEIR_DOORS,
)


def migrate(db: Database) -> int:
    """Bring the tables up to date, each step and its record in one transaction; the version reached.

    Where nothing stands yet all of it is made at once, as it is behind the last step: one sync, not one a step.
    """
    version = _version(db)
    if version == 0:
        _take(db, whole(STEPS), len(STEPS))
        return len(STEPS)
    for number, step in enumerate(STEPS[version:], version + 1):
        _take(db, step, number)
    return len(STEPS)


def _take(db: Database, step: Iterable[str], number: int) -> None:
    db.execute("begin immediate")
    try:
        for statement in step:
            db.execute(statement)
        db.execute(f"pragma user_version = {number}")
        db.execute("commit")
    except BaseException:
        db.execute("rollback")
        raise


@cache
def whole(steps: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """What makes at once the tables, indexes and triggers that these steps come to; no step leaves a row behind."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as made:
        for step in steps:
            for statement in step:
                made.execute(statement)
        asked = "select sql from sqlite_master where sql is not null and name not like 'sqlite_%' order by rowid"
        return tuple(statement for (statement,) in made.execute(asked))


def is_complete(db: Database) -> bool:
    """Whether every step of this release was taken; a start that was cut short left some out."""
    return _version(db) >= len(STEPS)


def _version(db: Database) -> int:
    version: int = db.execute("pragma user_version").fetchone()[0]
    return version


def tables_number(database: Path) -> int:
    """The number of steps that a database has taken; 0 where there is none, or none that can be read."""
    if not database.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return int(connection.execute("pragma user_version").fetchone()[0])
    except sqlite3.Error:
        return 0
