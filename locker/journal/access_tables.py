"""Tables of what an access-control system has told."""

from __future__ import annotations

# `badge_end`: the last letters of a badge, enough to ask the other system whose it is. A report that comes again is
# found by the first index, what is over by the second.
ENTRIES = (
    """create table entry (
        number integer primary key, point text not null, passage text not null, happened_at text not null,
        badge_end text not null, told_by text not null) strict""",
    "create unique index entry_once on entry (point, happened_at, passage, badge_end)",
    "create index entry_at on entry (happened_at)",
)
