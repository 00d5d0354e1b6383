"""What people decide of a change that goes out, and who did: halt, go on, stop, take back, leave a locker out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fleet.overview import Need
from fleet.rollout_contents import PROGRAM
from fleet.rollouts import LEFT_OUT, RolloutNotPossible, RolloutState, under_way

if TYPE_CHECKING:
    from psycopg import AsyncConnection

LEAVE_OUT, BRING_IN = "leave-out", "bring-in"
MAY_BE_LEFT_OUT = ("waiting", "ordered", "failed", "to-undo", "undoing", "stuck")
_RUNNING, _HALTED, _DONE = RolloutState.RUNNING, RolloutState.HALTED, RolloutState.DONE
_DECISIONS = {
    "halt": (_HALTED, (_RUNNING,)),
    "go-on": (_RUNNING, (_HALTED,)),
    "stop": (RolloutState.STOPPED, (_RUNNING, _HALTED)),
    "take-back": (RolloutState.TAKING_BACK, (_RUNNING, _HALTED, _DONE, RolloutState.STOPPED)),
}
_IN = {RolloutState.RUNNING, RolloutState.HALTED, RolloutState.TAKING_BACK}


@dataclass(frozen=True, slots=True)
class Decision:
    """One thing that somebody decided."""

    at: datetime
    operator: str
    wish: str
    locker: str
    reason: str


async def decide(connection: AsyncConnection[Any], name: str, wish: str, by: str) -> None:
    """What a person decides of a change as a whole: halt, go-on, stop, take-back. Raises RolloutNotPossible."""
    if wish not in _DECISIONS:
        raise RolloutNotPossible("fleet.rollout_not_now")
    to, fits = _DECISIONS[wish]
    async with connection.transaction():
        changed = await connection.execute(
            "update rollout set state = %s, why = '', changed_at = %s where id = %s and state = any(%s)"
            " and (%s <> 'take-back' or kind <> %s)",
            [to.value, datetime.now(UTC), name, [each.value for each in fits], wish, PROGRAM],
        )
        if changed.rowcount != 1:
            raise RolloutNotPossible("fleet.rollout_not_now")
        if to is _RUNNING:  # whoever goes on tries once more where it was refused, and has seen who needs them
            await connection.execute(
                "update rollout_locker set state = 'waiting', given = null, why = '' where rollout = %s"
                " and state = 'failed'",
                [name],
            )
            await connection.execute(
                "update rollout_locker set need_before = %s where rollout = %s and state = 'done'",
                [int(Need.NOW), name],
            )
        elif wish == "take-back":  # one that was left out may have it all the same, if it was ordered before
            await connection.execute(
                "update rollout_locker set state = 'to-undo', given = null where rollout = %s and state = %s"
                " and version is not null",
                [name, LEFT_OUT],
            )
        await _note(connection, name, Decision(datetime.now(UTC), by, wish, "", ""))


async def leave_out(connection: AsyncConnection[Any], name: str, locker: str, reason: str, by: str) -> None:
    """Nobody waits for this locker any more. Raises RolloutNotPossible."""
    async with connection.transaction():
        await _locked(connection, name)
        changed = await connection.execute(
            "update rollout_locker set state = %s, why = %s, done_at = null where rollout = %s and locker = %s"
            " and state = any(%s)",
            [LEFT_OUT, reason, name, locker, list(MAY_BE_LEFT_OUT)],
        )
        if changed.rowcount != 1:
            raise RolloutNotPossible("fleet.rollout_not_now")
        await _note(connection, name, Decision(datetime.now(UTC), by, LEAVE_OUT, locker, reason))


async def bring_in(connection: AsyncConnection[Any], name: str, locker: str, by: str) -> None:
    """It gets the change after all, and what was ended goes on for it. Raises RolloutNotPossible."""
    async with connection.transaction():
        state, kind = await _locked(connection, name)
        if state is _DONE and await under_way(connection, kind):
            raise RolloutNotPossible("fleet.rollout_under_way")
        changed = await connection.execute(
            "update rollout_locker set why = '', given = null, state = case when %s then"
            " case when version is null then 'undone' else 'to-undo' end else 'waiting' end"
            " where rollout = %s and locker = %s and state = %s",
            [state is RolloutState.TAKING_BACK, name, locker, LEFT_OUT],
        )
        if changed.rowcount != 1:
            raise RolloutNotPossible("fleet.rollout_not_now")
        if state is _DONE:
            await connection.execute("update rollout set state = %s where id = %s", [_RUNNING.value, name])
        await _note(connection, name, Decision(datetime.now(UTC), by, BRING_IN, locker, ""))


async def decisions(connection: AsyncConnection[Any], name: str, limit: int = 100) -> list[Decision]:
    """What was decided of a change, newest first."""
    rows = await connection.execute(
        "select at, operator, wish, locker, reason from rollout_decision where rollout = %s order by id desc limit %s",
        [name, limit],
    )
    return [Decision(*row) for row in await rows.fetchall()]


async def _locked(connection: AsyncConnection[Any], name: str) -> tuple[RolloutState, str]:
    """How a change stands in which lockers may come and go, held until the transaction ends."""
    row = await (
        await connection.execute("select state, kind from rollout where id = %s for update", [name])
    ).fetchone()
    state = RolloutState(row[0]) if row is not None else RolloutState.STOPPED
    if row is None or state not in {*_IN, _DONE}:
        raise RolloutNotPossible("fleet.rollout_not_now")
    return state, str(row[1])


async def _note(connection: AsyncConnection[Any], name: str, made: Decision) -> None:
    await connection.execute(
        "insert into rollout_decision (rollout, at, operator, wish, locker, reason) values (%s, %s, %s, %s, %s, %s)",
        [name, made.at, made.operator, made.wish, made.locker, made.reason],
    )
