"""Tables of cases. Numbers and times stand in `cases`; what people wrote and who they are can be erased alone."""

from __future__ import annotations

# A case is found by its number, by what it is about, and by what it waits for; never by reading all that ever were.
# `watch_at` is the next moment at which somebody must be told; `warned` what was told already.
CASES = (
    """create table cases (
        number text primary key, serial integer not null unique, epoch text not null, kind text not null,
        priority integer not null, source text not null, stage text not null, parcel text not null,
        compartment text not null, unit text not null, resident text not null, urgent integer not null,
        owner text not null, partners text not null, opened_at text not null, opened_by text not null,
        reply_due text not null, replied_at text, due text not null, provisional integer not null,
        watch_at text, warned text not null, of integer not null, closed_at text, outcome text not null,
        erase integer not null) strict""",
    "create unique index case_of on cases (of) where of > 0",
    "create index case_open on cases (priority, due) where closed_at is null",
    "create index case_watch on cases (watch_at) where closed_at is null",
    "create index case_closed on cases (closed_at) where closed_at is not null",
    "create index case_parcel on cases (parcel) where parcel <> ''",
    "create index case_resident on cases (resident) where resident <> ''",
    """create table case_entry (
        number text not null, entry integer not null, at text not null, by text not null, what text not null,
        text text not null, salt text not null, primary key (number, entry)) strict, without rowid""",
    """create table case_field (
        number text not null, field text not null, value text not null, at text not null, by text not null,
        primary key (number, field)) strict, without rowid""",
    """create table case_photo (
        number text not null, sha256 text not null, type text not null, bytes integer not null, at text not null,
        by text not null, primary key (number, sha256)) strict, without rowid""",
    """create table case_forward (
        number text not null, entry integer not null, recipient text not null, party text not null, due text not null,
        returned_at text, primary key (number, entry)) strict, without rowid""",
    """create table case_award (
        number text primary key, party text not null, actual integer not null, declared integer,
        amount integer not null, decided_by text not null, decided_at text not null, approved_by text not null,
        approved_at text) strict, without rowid""",
    """create table case_freeze (
        number text not null, compartment text not null, parcel text not null, state text not null,
        primary key (number, compartment, parcel)) strict, without rowid""",
    """create table case_answer (
        key text primary key, body text not null, answer text not null, at text not null) strict""",
    """create table working_day (day text primary key, kind text not null, name text not null) strict, without rowid""",
    """create table working_year (
        year integer primary key, source text not null, by text not null, at text not null) strict""",
    "create table peak_approval (version integer primary key, by text not null, at text not null) strict",
)

# What is told of a month is found by when it was opened.
CASES_BY_TIME = ("create index case_opened on cases (opened_at, serial)",)
