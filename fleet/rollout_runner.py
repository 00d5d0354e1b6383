"""Drives changes that are under way: gives each locker its order when its turn has come, and takes what it answered."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiomqtt
import psycopg

from fleet.order_sender import OrderNotGiven, give_order
from fleet.overview import Need, needs_of
from fleet.rollout_contents import ANSWER_WITHIN, GivenOrder, content_of
from fleet.rollouts import SETTLED, RolloutState, newly_in_need, parts_of, stage_of

if TYPE_CHECKING:
    from fleet.settings import FleetSettings

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
MOST_ORDERS_A_LOOK = 50
_LATE_WORD = timedelta(hours=3)
"""So long after its end a change still takes what lockers answer that had their order before."""
UNDO = "undo-rule"
_LOCK = 4_711_003


class RolloutRunner:
    """One of them works at a time, however many centres run on one database."""

    def __init__(self, settings: FleetSettings) -> None:
        self._settings = settings

    async def run(self) -> None:
        """Look for as long as the program lives."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._settings.database, autocommit=True) as db:
                    while True:
                        await self.look(db)
                        await asyncio.sleep(LOOK_EVERY_S)
            except (psycopg.Error, OSError, aiomqtt.MqttError) as gone:
                log.warning("changes wait: %s", str(gone).strip() or type(gone).__name__)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self, db: psycopg.AsyncConnection[Any]) -> None:
        """One look at all changes under way."""
        row = await (await db.execute("select pg_try_advisory_lock(%s)", [_LOCK])).fetchone()
        if row is None or not row[0]:
            return
        try:
            rows = await db.execute(
                "select id, kind, body, reason, operator, starts_at, ends_at, watch_minutes, state from rollout"
                " where state in ('running', 'halted', 'taking-back')"
                " or (state in ('stopped', 'done') and changed_at > %s) order by made_at",
                [datetime.now(UTC) - _LATE_WORD],
            )
            names = ("id", "kind", "body", "reason", "operator", "starts_at", "ends_at", "watch_minutes", "state")
            for told in await rows.fetchall():
                change = dict(zip(names, told, strict=True))
                if change["state"] == RolloutState.TAKING_BACK:
                    await self._take_back(db, change)
                else:
                    await _take_answers(db, change)
                if change["state"] == RolloutState.RUNNING:
                    await self._go_on(db, change)
        finally:
            await db.execute("select pg_advisory_unlock(%s)", [_LOCK])

    async def _go_on(self, db: psycopg.AsyncConnection[Any], change: dict[str, Any]) -> None:
        name = change["id"]
        failed = await (
            await db.execute("select locker, why from rollout_locker where rollout = %s and state = 'failed'", [name])
        ).fetchone()
        if failed is not None:
            return await _set(db, name, RolloutState.HALTED, f"{failed[0]}: {failed[1]}")
        if (troubled := await newly_in_need(db, name)) is not None:
            return await _set(db, name, RolloutState.HALTED, troubled)
        if (lost := await _lost(db, change)) is not None:
            return await _set(db, name, RolloutState.HALTED, lost)
        parts, now = await parts_of(db, name), datetime.now(UTC)
        watch = timedelta(minutes=change["watch_minutes"])
        if all(part.state in SETTLED for part in parts):
            if all(part.done_at is None or now >= part.done_at + watch for part in parts):
                await _set(db, name, RolloutState.DONE, "")
            return None
        stage = stage_of(parts, watch, now)
        if stage is not None:
            await self._give(db, change, stage)
        return None

    async def _give(self, db: psycopg.AsyncConnection[Any], change: dict[str, Any], stage: int) -> None:
        """Orders for the lockers of this stage that are there. Which version it will be is fixed at the first time."""
        rows = await db.execute(
            "select r.locker, r.version, l.seen_at, l.state from rollout_locker r join locker l on l.id = r.locker"
            " where r.rollout = %s and r.stage = %s and r.state = 'waiting' and l.online order by r.locker limit %s",
            [change["id"], stage, MOST_ORDERS_A_LOOK],
        )
        content = content_of(change["kind"])
        for locker, fixed, seen_at, state in await rows.fetchall():
            version, body = content.order(change, state, fixed)
            need = max((found[0] for found in needs_of(True, seen_at, state)), default=Need.NONE)
            await db.execute(
                "update rollout_locker set version = %s, need_before = %s where rollout = %s and locker = %s",
                [version, int(need), change["id"], locker],
            )
            if content.has_it(change, state):
                await _became(db, change["id"], locker, "waiting", ("done", ""))
            else:
                await self._order(db, change, locker, content.action, body)

    async def _take_back(self, db: psycopg.AsyncConnection[Any], change: dict[str, Any]) -> None:
        name = change["id"]
        await db.execute(
            "update rollout_locker set state = case when version is null then 'undone' else 'to-undo' end, given = null"
            " where rollout = %s and state in ('waiting', 'ordered', 'done', 'failed')",
            [name],
        )
        await _take_undone(db, name)
        rows = await db.execute(
            "select r.locker, r.version from rollout_locker r join locker l on l.id = r.locker where r.rollout = %s"
            " and r.state = 'to-undo' and l.online order by r.locker limit %s",
            [name, MOST_ORDERS_A_LOOK],
        )
        for locker, version in await rows.fetchall():
            body = {"kind": change["kind"], "version": version, "reason": change["reason"]}
            await self._order(db, change, locker, UNDO, body)
        row = await (
            await db.execute(
                "select count(*) filter (where state not in ('undone', 'stuck', 'left-out')),"
                " min(locker || ': ' || why) filter (where state = 'stuck') from rollout_locker where rollout = %s",
                [name],
            )
        ).fetchone()
        if row is not None and row[0] == 0:
            await _set(db, name, RolloutState.TAKEN_BACK, row[1] or "")

    async def _order(
        self, db: psycopg.AsyncConnection[Any], change: dict[str, Any], locker: str, action: str, body: dict[str, Any]
    ) -> None:
        try:
            given = await give_order(self._settings, db, locker, action, body, change["operator"])
        except OrderNotGiven as later:
            log.info("the order for %s waits: %s", locker, later)
            return
        before, after = ("to-undo", "undoing") if action == UNDO else ("waiting", "ordered")
        await db.execute(  # somebody may have left it out meanwhile: that stays
            "update rollout_locker set given = %s, state = case when state = %s then %s else state end"
            " where rollout = %s and locker = %s",
            [given, before, after, change["id"], locker],
        )


async def _take_answers(db: psycopg.AsyncConnection[Any], change: dict[str, Any]) -> None:
    """What lockers answered, and told since. One that was left out and has it all the same is counted."""
    content, now = content_of(change["kind"]), datetime.now(UTC)
    rows = await db.execute(
        "select r.locker, r.state, o.id, o.given_at, o.result, l.state from rollout_locker r"
        " join given_order o on o.id = r.given join locker l on l.id = r.locker"
        " where r.rollout = %s and r.state in ('ordered', 'left-out')",
        [change["id"]],
    )
    for locker, state, order, given_at, result, told in await rows.fetchall():
        became = content.outcome(GivenOrder(order, given_at, result), told, now)
        if became is not None and (state == "ordered" or became[0] == "done"):
            await _became(db, change["id"], locker, state, became)


async def _take_undone(db: psycopg.AsyncConnection[Any], name: str) -> None:
    """Where it is as before; an order without an answer is given again when it can no longer be followed."""
    now = datetime.now(UTC)
    rows = await db.execute(
        "select r.locker, o.id, o.given_at, o.result from rollout_locker r join given_order o on o.id = r.given"
        " where r.rollout = %s and r.state = 'undoing'",
        [name],
    )
    for locker, order, given_at, result in await rows.fetchall():
        given = GivenOrder(order, given_at, result)
        if given.unheard:
            if now < given_at + ANSWER_WITHIN:
                continue
            became = "to-undo", ""
        elif given.refusal == "not-now":  # it has another version by now, or never got this: nothing of ours holds
            became = "undone", given.refusal
        else:
            became = ("stuck", given.refusal) if given.refusal else ("undone", "")
        await _became(db, name, locker, "undoing", became)


async def _became(
    db: psycopg.AsyncConnection[Any], name: str, locker: str, before: str, became: tuple[str, str]
) -> None:
    """How a part stands now, unless somebody decided otherwise meanwhile."""
    done_at = datetime.now(UTC) if became[0] in {"done", "undone"} else None
    await db.execute(
        "update rollout_locker set state = %s, why = %s, done_at = %s"
        " where rollout = %s and locker = %s and state = %s",
        [*became, done_at, name, locker, before],
    )


async def _lost(db: psycopg.AsyncConnection[Any], change: dict[str, Any]) -> str | None:
    """The first locker that had the change and no longer has it, with why."""
    content = content_of(change["kind"])
    rows = await db.execute(
        "select l.id, l.state from rollout_locker r join locker l on l.id = r.locker"
        " where r.rollout = %s and r.state = 'done' and r.need_before < %s order by l.id",
        [change["id"], int(Need.NOW)],
    )
    for locker, state in await rows.fetchall():
        if why := content.lost(change, state):
            return f"{locker}: {why}"
    return None


async def _set(db: psycopg.AsyncConnection[Any], name: str, state: RolloutState, why: str) -> None:
    """Only what is under way ends or halts by itself: what somebody decided meanwhile stays."""
    before = RolloutState.TAKING_BACK if state is RolloutState.TAKEN_BACK else RolloutState.RUNNING
    await db.execute(
        "update rollout set state = %s, why = %s, changed_at = %s where id = %s and state = %s",
        [state.value, why[:200], datetime.now(UTC), name, before.value],
    )
