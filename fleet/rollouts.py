"""A change for many lockers goes out in stages: a few first, then a tenth, then all; and it can be taken back.

Each locker gets an order of its own, signed when its turn has come and while it is there: nothing is queued. The first
refusal, a locker that went back, or one that needs somebody now and did not before, stops everything behind it until a
person decides. One that never comes is left out, by a person with a reason.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from fleet.overview import Need, needs_of
from fleet.rollout_contents import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import AsyncConnection

SECOND_STAGE_SHARE = 10
MOST_BODY = 8_000


class RolloutState(StrEnum):
    """How a change stands as a whole."""

    RUNNING = "running"
    HALTED = "halted"
    DONE = "done"
    STOPPED = "stopped"
    TAKING_BACK = "taking-back"
    TAKEN_BACK = "taken-back"


OPEN_STATES = tuple(each.value for each in (RolloutState.RUNNING, RolloutState.HALTED, RolloutState.TAKING_BACK))
LEFT_OUT = "left-out"
SETTLED = frozenset({"done", LEFT_OUT})
"""How a part stands for which no stage waits."""


class RolloutNotPossible(Exception):
    """It cannot begin, or not go on like that; the text is the key of a sentence."""


@dataclass(frozen=True, slots=True)
class Change:
    """What goes to many: a version of a rule or, of the kind `program`, of the program; from when until when, why."""

    kind: str
    body: dict[str, Any]
    reason: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LockerPart:
    """How far one locker is within a change."""

    locker: str
    stage: int
    state: str
    version: int | None
    done_at: datetime | None
    why: str


def staged(lockers: Sequence[str], first: Sequence[str]) -> dict[str, int]:
    """In which stage each locker gets a change: those named first, then a tenth of all, then the rest. Pure."""
    named = [each for each in first if each in set(lockers)]
    rest = [each for each in lockers if each not in set(named)]
    tenth = max(1, len(lockers) // SECOND_STAGE_SHARE) if rest else 0
    stages = dict.fromkeys(named, 1)
    return stages | dict.fromkeys(rest[:tenth], 2) | dict.fromkeys(rest[tenth:], 3)


def stage_of(parts: Sequence[LockerPart], watch: timedelta, now: datetime) -> int | None:
    """The stage whose turn it is; None while the one before is still watched, or when nothing is left. Pure."""
    for stage in sorted({each.stage for each in parts}):
        here = [each for each in parts if each.stage == stage]
        if any(each.state not in SETTLED for each in here):
            return stage
        if any(each.done_at is not None and now < each.done_at + watch for each in here):
            return None
    return None


async def begin(connection: AsyncConnection[Any], change: Change, first: Sequence[str], watch: int, by: str) -> str:
    """Write a change down for all lockers that can take it; its id. Raises RolloutNotPossible."""
    if len(json.dumps(change.body)) > MOST_BODY:
        raise RolloutNotPossible("fleet.rollout_too_long")
    lockers = await takers(connection, change.kind)
    if not lockers:
        raise RolloutNotPossible("fleet.program_nobody" if change.kind == PROGRAM else "fleet.rollout_nobody")
    if not set(first) <= set(lockers):
        raise RolloutNotPossible("fleet.rollout_unknown_first")
    if await under_way(connection, change.kind):
        raise RolloutNotPossible("fleet.rollout_under_way")
    name, now = secrets.token_urlsafe(9), datetime.now(UTC)
    async with connection.transaction():
        await connection.execute(
            "insert into rollout (id, kind, body, reason, operator, made_at, starts_at, ends_at, watch_minutes, state,"
            " changed_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                *(name, change.kind, json.dumps(change.body), change.reason, by, now),
                *(change.starts_at, change.ends_at, watch, RolloutState.RUNNING.value, now),
            ],
        )
        async with connection.cursor() as cursor:
            await cursor.executemany(
                "insert into rollout_locker (rollout, locker, stage) values (%s, %s, %s)",
                [(name, locker, stage) for locker, stage in staged(lockers, first or lockers[:1]).items()],
            )
    return name


async def under_way(connection: AsyncConnection[Any], kind: str) -> bool:
    """Whether a change of this kind is under way: two at once would overtake each other."""
    rows = await connection.execute(
        "select 1 from rollout where kind = %s and state = any(%s) limit 1", [kind, list(OPEN_STATES)]
    )
    return await rows.fetchone() is not None


async def takers(connection: AsyncConnection[Any], kind: str) -> list[str]:
    """Who can take a change of this kind: knows the rule, or says that its program may be updated from here."""
    if kind == PROGRAM:
        rows = await connection.execute("select id from locker where state->'program'->'updates' = 'true' order by id")
    else:
        rows = await connection.execute("select id from locker where state->'rules' ? %s order by id", [kind])
    return [str(row[0]) for row in await rows.fetchall()]


async def programs(connection: AsyncConnection[Any]) -> list[tuple[str, int]]:
    """Which versions run in lockers whose program may be updated from here, and in how many; most first."""
    rows = await connection.execute(
        "select state->'program'->>'version', count(*) from locker where state->'program'->'updates' = 'true'"
        " group by 1 order by 2 desc, 1 limit 20"
    )
    return [(str(version), int(n)) for version, n in await rows.fetchall()]


async def listed(connection: AsyncConnection[Any], limit: int = 30) -> list[dict[str, Any]]:
    """The last changes, newest first, each with how many lockers have it."""
    rows = await connection.execute(
        "select id, kind, reason, operator, made_at, state, why,"
        " (select count(*) from rollout_locker where rollout = id) as lockers,"
        " (select count(*) from rollout_locker where rollout = id and state = 'done') as done,"
        " (select count(*) from rollout_locker where rollout = id and state = 'left-out') as left_out, body"
        " from rollout order by made_at desc limit %s",
        [limit],
    )
    names = ("id", "kind", "reason", "operator", "made_at", "state", "why", "lockers", "done", "left_out", "body")
    return [dict(zip(names, row, strict=True)) for row in await rows.fetchall()]


async def one(connection: AsyncConnection[Any], name: str) -> tuple[dict[str, Any], list[LockerPart]] | None:
    """One change and its lockers in the order of their stages."""
    rows = await connection.execute(
        "select id, kind, body, reason, operator, made_at, starts_at, ends_at, watch_minutes, state, why from rollout"
        " where id = %s",
        [name],
    )
    row = await rows.fetchone()
    if row is None:
        return None
    names = [column.name for column in rows.description or ()]
    return dict(zip(names, row, strict=True)), await parts_of(connection, name)


async def parts_of(connection: AsyncConnection[Any], name: str) -> list[LockerPart]:
    """The lockers of a change in the order of their stages."""
    rows = await connection.execute(
        "select locker, stage, state, version, done_at, why from rollout_locker where rollout = %s"
        " order by stage, locker",
        [name],
    )
    return [LockerPart(*row) for row in await rows.fetchall()]


async def newly_in_need(connection: AsyncConnection[Any], name: str) -> str | None:
    """A locker that has this change, needs somebody now and did not before; None while there is none."""
    rows = await connection.execute(
        "select l.id, l.online, l.seen_at, l.state from rollout_locker r join locker l on l.id = r.locker"
        " where r.rollout = %s and r.state = 'done' and r.need_before < %s order by l.id",
        [name, int(Need.NOW)],
    )
    for locker, online, seen_at, state in await rows.fetchall():
        if any(need is Need.NOW for need, _, _ in needs_of(online, seen_at, state)):
            return str(locker)
    return None


async def kinds(connection: AsyncConnection[Any]) -> list[str]:
    """The kinds of rules that lockers say they know."""
    rows = await connection.execute("select distinct jsonb_object_keys(state->'rules') from locker order by 1")
    return [str(row[0]) for row in await rows.fetchall()]
