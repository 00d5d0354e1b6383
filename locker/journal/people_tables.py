"""Steps of the tables about residents and couriers, in the order in which they were taken."""

from __future__ import annotations

# Whom staff help at the cabinet; and what somebody agreed to is found by who it is.
HELP_AND_CONSENT = (
    "alter table wish add column assisted integer not null default 0",
    """create index event_of_resident on event (json_extract(data, '$.resident'))
        where kind = 'ResidentSaved'""",
)
