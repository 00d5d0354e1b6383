"""Running the place: what was written to many, which alerts began an incident, who was trained in what."""

from __future__ import annotations

# What staff wrote to many at once.
BROADCASTS = (
    """create table broadcast (
        id text primary key, template text not null, audience text not null, texts text not null, effective_at text,
        author text not null, made_at text not null) strict, without rowid""",
    "create index event_of_broadcast on event (seq) where kind = 'BroadcastSent'",
    "create index outbox_survey on outbox (recipient, created_at) where template = 'survey'",
)

ALERTS = (
    "alter table incident add column alert text not null default ''",
    "create table alert (id text primary key, outcome text not null, at text not null) strict, without rowid",
)

# Of each person and course the newest entry counts; the others are kept.
TRAINING = (
    """create table training (
        id integer primary key, person text not null, course text not null, held text not null, expires text,
        by text not null, at text not null, newest integer not null default 1) strict""",
    "create index training_person on training (person, course, held)",
    "create index training_expires on training (expires, id) where newest = 1",
)

# Rules of automation that have fired and whose number is still reached; the firings themselves are events.
AUTOMATION = (
    """create table automation_standing (
        rule text primary key, "then" text not null, "when" text not null, value integer not null,
        since text not null) strict, without rowid""",
    "create index event_of_firing on event (seq) where kind = 'AutomationFired'",
)
