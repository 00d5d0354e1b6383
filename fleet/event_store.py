"""Writes what lockers tell, each event once, and says up to which number all of it is held.

Whatever is said to a locker as held was committed before. The same event told twice changes nothing: neither the table
nor the counts of days.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from fleet.schema import make_partitions
from fleet.wire_format import start_position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import AsyncConnection

    from fleet.wire_format import Batch, Hello, ToldEvent

_ANSWERS = frozenset({"OrderAnswered", "OrderRefused"})
_OF_AN_ANSWER = ("state", "why", "where", "version", "opening")
_COLUMNS = "locker, epoch, seq, at, kind, actor, compartment, parcel, data, rowhash"


@dataclass(frozen=True, slots=True)
class Held:
    """Up to which number all events of a locker's epoch are held; `asked`: it is the answer to a hello."""

    locker: str
    epoch: str
    seq: int
    asked: bool = False

    @property
    def payload(self) -> bytes:
        """As the locker is told."""
        told: dict[str, Any] = {"epoch": self.epoch, "seq": self.seq}
        return json.dumps(told | ({"asked": True} if self.asked else {}), separators=(",", ":")).encode()


async def take_hello(connection: AsyncConnection[Any], hello: Hello) -> Held:
    """Where this locker stands with us."""
    async with connection.transaction():
        await _know(connection, hello.locker)
        rows = await connection.execute("select epoch, seq from position where locker = %s", [hello.locker])
        known = {str(epoch): int(seq) for epoch, seq in await rows.fetchall()}
        seq = start_position(hello, known)
        await connection.execute(
            "insert into position (locker, epoch, seq) values (%s, %s, %s) on conflict do nothing",
            [hello.locker, hello.epoch, seq],
        )
    return Held(hello.locker, hello.epoch, seq, asked=True)


@dataclass(slots=True)
class Taken:
    """What became of batches: how far lockers are held now, who has to say hello first, and what came too early.

    Of two consumers the one may have the later batch in hand before the other has written the earlier one.
    """

    held: list[Held] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    early: list[Batch] = field(default_factory=list)


async def take_batches(connection: AsyncConnection[Any], batches: Sequence[Batch]) -> Taken:
    """Keep these events, all or none."""
    taken = Taken()
    await make_partitions(connection, {each.at for batch in batches for each in batch.events})
    async with connection.transaction():
        by_epoch: dict[tuple[str, str], list[Batch]] = {}
        for batch in batches:
            by_epoch.setdefault((batch.locker, batch.epoch), []).append(batch)
        for (locker, epoch), told in sorted(
            by_epoch.items()
        ):  # always in one order, or two consumers wait for each other
            row = await (
                await connection.execute(
                    "select seq from position where locker = %s and epoch = %s for update", [locker, epoch]
                )
            ).fetchone()
            if row is None:
                taken.unknown.append(locker)
                continue
            before = seq = int(row[0])
            fresh = []
            for batch in sorted(told, key=lambda each: each.first):
                if batch.first > seq + 1:
                    taken.early.append(batch)
                elif batch.last > seq:
                    fresh += [(epoch, each) for each in batch.events if each.seq > seq]
                    seq = batch.last
            if seq > before:
                await _insert(connection, locker, fresh)
                await connection.execute(
                    "update position set seq = %s where locker = %s and epoch = %s", [seq, locker, epoch]
                )
            taken.held.append(Held(locker, epoch, seq))
    return taken


async def _insert(connection: AsyncConnection[Any], locker: str, fresh: Sequence[tuple[str, Any]]) -> None:
    async with (
        connection.cursor() as cursor,
        cursor.copy(f"copy event ({_COLUMNS}) from stdin") as copy,
    ):
        for epoch, each in fresh:
            data = json.dumps(each.data, ensure_ascii=False)
            door, parcel = each.data.get("compartment"), each.data.get("parcel")
            row = [
                locker,
                epoch,
                each.seq,
                each.at,
                each.kind,
                each.actor,
                _text(door),
                _text(parcel),
                data,
                each.rowhash,
            ]
            await copy.write_row(row)
    await _take_answers(connection, locker, [each for _, each in fresh])
    counts = Counter((each.at.astimezone(UTC).date(), each.kind) for _, each in fresh)
    await _count(connection, locker, counts)


async def _take_answers(connection: AsyncConnection[Any], locker: str, fresh: Sequence[ToldEvent]) -> None:
    """What became of orders stands in the locker's journal too: an answer that the wire lost comes after all."""
    for each in fresh:
        if each.kind in _ANSWERS and isinstance(order := each.data.get("order"), str):
            said = {"state": "refused", "why": each.data.get("cause")} if each.kind == "OrderRefused" else each.data
            told = {name: said[name] for name in _OF_AN_ANSWER if isinstance(said.get(name), str | int) and said[name]}
            if isinstance(told.get("state"), str):
                await take_result(connection, locker, order, told)


async def _count(connection: AsyncConnection[Any], locker: str, counts: Counter[tuple[date, str]]) -> None:
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "insert into day_count (locker, day, kind, n) values (%s, %s, %s, %s)"
            " on conflict (locker, day, kind) do update set n = day_count.n + excluded.n",
            [(locker, day, kind, n) for (day, kind), n in sorted(counts.items())],
        )


async def take_state(connection: AsyncConnection[Any], locker: str, state: dict[str, Any], now: datetime) -> None:
    """Keep how a locker stands."""
    await _know(connection, locker)
    await connection.execute(
        "update locker set state = %s, seen_at = %s, name = %s where id = %s",
        [json.dumps(state), now, str(state.get("name", ""))[:120], locker],
    )


async def take_online(connection: AsyncConnection[Any], locker: str, now: datetime, *, online: bool) -> None:
    """Keep whether a locker is connected; being told again that it is gone leaves `seen_at`."""
    await _know(connection, locker)
    await connection.execute(
        "update locker set online = %s, seen_at = case when %s or online then %s else seen_at end where id = %s",
        [online, online, now, locker],
    )


async def take_result(connection: AsyncConnection[Any], locker: str, order: str, result: dict[str, Any]) -> None:
    """Keep what became of an order; the first answer stays, for a repeated order gives it again."""
    await connection.execute(
        "update given_order set result = %s where id = %s and locker = %s and result is null",
        [json.dumps(result), order, locker],
    )


async def take_checkpoint(connection: AsyncConnection[Any], locker: str, size: int, note: str, now: datetime) -> None:
    """Keep a signed note of a locker's log: what its log was, in case somebody says otherwise later."""
    await connection.execute(
        "insert into anchor (locker, size, taken_at, note) values (%s, %s, %s, %s) on conflict do nothing",
        [locker, size, now, note],
    )


async def _know(connection: AsyncConnection[Any], locker: str) -> None:
    await connection.execute("insert into locker (id) values (%s) on conflict do nothing", [locker])


def _text(value: object) -> str | None:
    return value[:100] if isinstance(value, str) else None
