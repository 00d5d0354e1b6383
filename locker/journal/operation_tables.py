"""Running the place: which alert began an incident and which were taken already, and who was trained in what."""

from __future__ import annotations

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
