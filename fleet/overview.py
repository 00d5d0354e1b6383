"""Who needs somebody: lockers in the order in which a person should look at them, from what they told last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import AsyncConnection


RENEW_DAYS = 30
_LINE = (
    "select l.id, l.name, l.online, l.seen_at, l.state, coalesce(a.person, ''), coalesce(a.note, ''), l.area,"
    " (select max(c.not_after) from certificate c where c.locker = l.id and c.revoked_at is null)"
    " from locker l left join assignment a on a.locker = l.id"
)


class Need(IntEnum):
    """How pressing it is; the highest first."""

    NONE = 0
    LOOK = 1
    SOON = 2
    NOW = 3


@dataclass(frozen=True, slots=True)
class LockerLine:
    """One locker. `reasons`: keys of sentences with what fills them, most pressing first."""

    id: str
    name: str
    online: bool
    seen_at: datetime | None
    need: Need
    reasons: tuple[tuple[str, dict[str, Any]], ...]
    free: dict[str, int]
    stored: int
    overdue: int
    person: str = ""
    note: str = ""
    area: str = ""

    @property
    def takes_more(self) -> bool:
        """Whether parcels may be sent there: it is connected and needs nobody now."""
        return self.online and self.need < Need.NOW


def needs_of(
    online: bool, seen_at: datetime | None, state: dict[str, Any], days_of_certificate: int | None = None
) -> list[tuple[Need, str, dict[str, Any]]]:
    """What of this state wants a person; `days_of_certificate`: so long it can still connect. Pure."""
    found: list[tuple[Need, str, dict[str, Any]]] = []
    if days_of_certificate is not None and days_of_certificate < RENEW_DAYS:
        found.append((Need.SOON, "fleet.need_certificate", {"n": max(0, days_of_certificate)}))
    if not online:
        found.append((Need.NOW, "fleet.need_offline" if seen_at else "fleet.need_never", {}))
    if state.get("sealed"):
        found.append((Need.NOW, "fleet.need_sealed", {}))
    if state.get("clock_unknown"):
        found.append((Need.SOON, "fleet.need_clock", {}))
    found += _needs_of_doors(state)
    warnings = [str(each) for each in state.get("warnings", [])]
    if warnings:
        found.append((Need.SOON, "fleet.need_warning", {"doors": warnings}))
    free = state.get("free", {})
    full = sorted(size for size, count in free.items() if count == 0)
    if full and len(full) == len(free):
        found.append((Need.SOON, "fleet.need_full", {}))
    overdue = state.get("parcels", {}).get("overdue", 0)
    if overdue:
        found.append((Need.LOOK, "fleet.need_overdue", {"n": overdue}))
    return sorted(found, key=lambda each: -each[0])


def _needs_of_doors(state: dict[str, Any]) -> Iterator[tuple[Need, str, dict[str, Any]]]:
    doors = {name: door for name, door in state.get("doors", {}).items() if isinstance(door, dict)}
    for need, key, what, value in (
        (Need.NOW, "fleet.need_unseen", "seen", "unseen"),
        (Need.SOON, "fleet.need_check", "use", "check"),
        (Need.LOOK, "fleet.need_open", "seen", "open"),
    ):
        named = sorted(name for name, door in doors.items() if door.get(what) == value)
        if named:
            yield need, key, {"doors": named}


async def lockers(connection: AsyncConnection[Any], area: str | None = None) -> list[LockerLine]:
    """All lockers, or those of one area, those first that need somebody."""
    rows = await connection.execute(
        f"{_LINE} where %s::text is null or l.area = %s order by l.id".encode(), [area, area]
    )
    lines = [_line(*row) for row in await rows.fetchall()]
    return sorted(lines, key=lambda line: (-line.need, line.id))


async def locker(connection: AsyncConnection[Any], name: str) -> tuple[LockerLine, dict[str, Any]] | None:
    """One locker, and how it stands."""
    row = await (await connection.execute(f"{_LINE} where l.id = %s".encode(), [name])).fetchone()
    return None if row is None else (_line(*row), row[4])


async def last_events(connection: AsyncConnection[Any], name: str, limit: int = 40) -> list[dict[str, Any]]:
    """What it told last, newest first; of the last two months, so that few partitions are read.

    What a clock that was far ahead dated later than tomorrow would stand first for ever, and is left out.
    """
    now = datetime.now(UTC)
    rows = await connection.execute(
        "select at, kind, actor, compartment, data from event where locker = %s"
        " and at between %s and %s order by at desc, seq desc limit %s",
        [name, now - timedelta(days=62), now + timedelta(days=1), limit],
    )
    names = ("at", "kind", "actor", "compartment", "data")
    return [dict(zip(names, row, strict=True)) for row in await rows.fetchall()]


async def last_orders(connection: AsyncConnection[Any], name: str, limit: int = 10) -> list[dict[str, Any]]:
    """The last orders given to it, newest first."""
    rows = await connection.execute(
        "select id, action, body, operator, given_at, not_after, result from given_order where locker = %s"
        " order by given_at desc limit %s",
        [name, limit],
    )
    names = ("id", "action", "body", "operator", "given_at", "not_after", "result")
    return [dict(zip(names, row, strict=True)) for row in await rows.fetchall()]


_SIZES = " XS S M L XL "
"""Sizes as people line them up; another one stands before them."""
REPORTED = ("ParcelStored", "ParcelCollected", "ParcelEnded", "DoorForced", "LockFault", "DoorLeftOpen")


async def by_locker(connection: AsyncConnection[Any], first: date, last: date) -> list[dict[str, Any]]:
    """How often each thing of `REPORTED` happened, by locker, from the counts of days."""
    rows = await connection.execute(
        "select locker, kind, sum(n) from day_count where day between %s and %s and kind = any(%s) group by 1, 2",
        [first, last, list(REPORTED)],
    )
    table: dict[str, dict[str, Any]] = {}
    for name, kind, n in await rows.fetchall():
        table.setdefault(name, {"locker": name, **dict.fromkeys(REPORTED, 0)})[kind] = int(n)
    return [table[name] for name in sorted(table)]


def _line(
    name: str,
    title: str,
    online: bool,
    seen_at: datetime | None,
    state: dict[str, Any],
    person: str,
    note: str,
    area: str,
    certified_until: datetime | None,
) -> LockerLine:
    days = (certified_until - datetime.now(UTC)).days if certified_until is not None else None
    found = needs_of(online, seen_at, state, days)
    parcels = state.get("parcels", {})
    reasons = tuple((key, fills) for _, key, fills in found)
    need = found[0][0] if found else Need.NONE
    told = state.get("free", {})
    free = {size: int(told[size]) for size in sorted(told, key=lambda each: _SIZES.find(f" {each} "))}
    stored, overdue = parcels.get("stored", 0), parcels.get("overdue", 0)
    return LockerLine(
        name, title or name, online, seen_at, need, reasons, free, stored, overdue, person=person, note=note, area=area
    )
