"""Tables of the service desk: calls that a telephone exchange counted, what carriers were told; and checked senders."""

from __future__ import annotations

# A record is known by the exchange and its own name there, so that the same list twice counts once; of whoever called
# nothing stands here. What a carrier's system was told of a month stands as it was told. A stamp is what an outside
# authority answered for a checkpoint. Who checked the sender of a parcel stands with it; when, the journal says.
SERVICE_DESK = (
    """create table call_import (
        id text primary key, at text not null, by text not null, source text not null, sha256 text not null,
        records integer not null, undone_at text) strict""",
    "create index call_import_at on call_import (at)",
    """create table call_record (
        source text not null, call text not null, import text not null, at text not null, waited_ms integer not null,
        answered integer not null, queue text not null, primary key (source, call)) strict, without rowid""",
    "create index call_record_at on call_record (at, queue, answered, waited_ms)",
    "create index call_record_import on call_record (import)",
    """create table carrier_report (
        company text not null, month text not null, at text not null, csv text not null,
        primary key (company, month)) strict, without rowid""",
    "create table checkpoint_stamp (size integer primary key, at text not null, answer blob not null) strict",
    "alter table parcel add column identity text not null default ''",
)
