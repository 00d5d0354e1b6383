"""Tables of reports: facts by day, and what the follower that folds events into them remembers between two of them."""

from __future__ import annotations

# One row a day and thing counted, however many parcels there are: found by what and when, never by reading all.
FACTS = (
    """create table fact (
        what text not null, day text not null, size text not null, company text not null, channel text not null,
        who text not null, part text not null, n integer not null, seconds integer not null,
        primary key (what, day, size, company, channel, who, part)) strict, without rowid""",
    """create table fact_state (
        id integer primary key check (id = 1), writes integer not null, state text not null) strict""",
    """create table improvement (
        id integer primary key, month text not null, action text not null, owner text not null, due text not null,
        made_by text not null, made_at text not null, done_at text) strict""",
    "create index improvement_open on improvement (due) where done_at is null",
    "create index improvement_month on improvement (month)",
)
