"""The tables of the centre, in PostgreSQL: made and brought up to date by `migrate`, one step after another.

Events are kept by months. Which event it is stands in locker, epoch and number; the time is in the primary key because
PostgreSQL wants the column by which a table is divided in it, and one event has one time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import AsyncConnection

_MIGRATION_LOCK = 4_711_001
_PARTITION_LOCK = 4_711_002
_FIRST_YEAR, _LAST_YEAR = 2020, 2099

STEPS: tuple[tuple[str, ...], ...] = (
    (
        """create table locker (
            id text primary key, name text not null default '', online boolean not null default false,
            seen_at timestamptz, state jsonb not null default '{}')""",
        """create table event (
            locker text not null, epoch text not null, seq bigint not null, at timestamptz not null, kind text not null,
            actor text not null, compartment text, parcel text, data jsonb not null, rowhash text not null,
            primary key (locker, epoch, seq, at)) partition by range (at)""",
        "create index event_of_kind on event (kind, at)",
        "create index event_of_locker on event (locker, at)",
        """create table position (
            locker text not null, epoch text not null, seq bigint not null, primary key (locker, epoch))""",
        """create table day_count (
            locker text not null, day date not null, kind text not null, n bigint not null,
            primary key (locker, day, kind))""",
        """create table given_order (
            id text primary key, locker text not null, action text not null, body jsonb not null,
            operator text not null, given_at timestamptz not null, not_after timestamptz not null, result jsonb)""",
        "create index given_order_at on given_order (given_at desc)",
        """create table anchor (
            locker text not null, size bigint not null, taken_at timestamptz not null, note text not null,
            primary key (locker, size))""",
        """create table operator (
            name text primary key, password text not null, totp text not null, used_step bigint not null default 0,
            failures integer not null default 0, failed_at timestamptz)""",
        """create table session (
            hash text primary key, operator text not null references operator on delete cascade, csrf text not null,
            created_at timestamptz not null, used_at timestamptz not null, proved_at timestamptz not null)""",
    ),
    ("create table event_of_no_month partition of event default",),
    ("create index given_order_of_locker on given_order (locker, given_at desc)",),
    (
        """create table rollout (
            id text primary key, kind text not null, body jsonb not null, reason text not null, operator text not null,
            made_at timestamptz not null, starts_at timestamptz, ends_at timestamptz, watch_minutes integer not null,
            state text not null, why text not null default '', changed_at timestamptz not null)""",
        "create index rollout_at on rollout (made_at desc)",
        "create index rollout_under_way on rollout (id) where state in ('running', 'halted', 'taking-back')",
        """create table rollout_locker (
            rollout text not null references rollout on delete cascade, locker text not null, stage integer not null,
            state text not null default 'waiting', version integer, given text, need_before integer not null default 0,
            done_at timestamptz, why text not null default '', primary key (rollout, locker))""",
    ),
    (
        """create table enrolment (
            id text primary key, locker text not null, secret bytea not null, operator text not null,
            made_at timestamptz not null, not_after timestamptz not null, used_at timestamptz, answered text)""",
        """create table certificate (
            serial text primary key, locker text not null, made_at timestamptz not null, not_after timestamptz not null,
            revoked_at timestamptz, operator text not null)""",
        "create index certificate_of_locker on certificate (locker, not_after desc)",
    ),
    (
        "alter table locker add column area text not null default ''",
        """create table assignment (
            locker text primary key references locker on delete cascade, person text not null, note text not null,
            given_by text not null, given_at timestamptz not null)""",
        """create table assignment_change (
            id bigint generated always as identity primary key, locker text not null, at timestamptz not null,
            given_by text not null, before text not null, person text not null, note text not null)""",
        "create index assignment_change_of_locker on assignment_change (locker, at desc)",
    ),
    (
        """create table rollout_decision (
            id bigint generated always as identity primary key,
            rollout text not null references rollout on delete cascade, at timestamptz not null,
            operator text not null, wish text not null, locker text not null, reason text not null)""",
        "create index rollout_decision_of on rollout_decision (rollout, id desc)",
    ),
)


async def migrate(connection: AsyncConnection[tuple[object, ...]]) -> int:
    """Bring the tables up to date in one transaction; the version reached."""
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock(%s)", [_MIGRATION_LOCK])
        await connection.execute("create table if not exists schema_version (version integer not null)")
        row = await (await connection.execute("select coalesce(max(version), 0) from schema_version")).fetchone()
        version = int(str(row[0])) if row is not None else 0
        for number, step in enumerate(STEPS[version:], version + 1):
            for statement in step:
                await connection.execute(statement.encode())
            await connection.execute("insert into schema_version values (%s)", [number])
    return len(STEPS)


async def make_partitions(connection: AsyncConnection[tuple[object, ...]], moments: Iterable[datetime]) -> None:
    """Make the partitions of these months, where they are not there yet; each by itself, outside any transaction.

    Whoever held rows here while waiting for the table would wait for another consumer that waits for the rows. Times
    of a clock that is far off are in one partition of all such.
    """
    for month in sorted(
        {_first_of(each) for each in moments if _FIRST_YEAR <= each.astimezone(UTC).year <= _LAST_YEAR}
    ):
        name = f"event_{month:%Y_%m}"
        if await _is_there(connection, name):
            continue
        statement = sql.SQL("create table {} partition of event for values from ({}) to ({})")
        ends = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
        async with connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(%s)", [_PARTITION_LOCK])
            if not await _is_there(connection, name):
                await connection.execute(
                    statement.format(
                        sql.Identifier(name), sql.Literal(month.isoformat()), sql.Literal(ends.isoformat())
                    )
                )


async def _is_there(connection: AsyncConnection[tuple[object, ...]], name: str) -> bool:
    row = await (await connection.execute("select to_regclass(%s) is not null", [name])).fetchone()
    return row is not None and bool(row[0])


def _first_of(moment: datetime) -> datetime:
    there = moment.astimezone(UTC)
    return datetime(there.year, there.month, 1, tzinfo=UTC)
