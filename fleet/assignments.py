"""Who goes to which locker, and where a full one's parcels may go instead: work is moved, and every move is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import AsyncConnection

    from fleet.overview import LockerLine

LONGEST_NAME, LONGEST_NOTE = 64, 200
MOST_SPARE = 3


class NotAssigned(Exception):
    """Nothing was moved; the text is the key of a sentence."""


@dataclass(frozen=True, slots=True)
class Load:
    """One person: for which lockers they are asked, and how many of these need somebody."""

    person: str
    lockers: tuple[LockerLine, ...]
    needing: int


async def assign(connection: AsyncConnection[Any], locker: str, person: str, note: str, by: str) -> None:
    """Let this person go there, nobody when it is empty. Raises NotAssigned."""
    await _move(connection, [locker], _checked(person), note, by)


async def move_work(connection: AsyncConnection[Any], before: str, person: str, note: str, by: str) -> int:
    """Give all of one person's lockers to another, who is ill or has too many; how many. Raises NotAssigned."""
    person = _checked(person)
    rows = await connection.execute("select locker from assignment where person = %s order by locker", [before])
    lockers = [str(row[0]) for row in await rows.fetchall()]
    if not lockers or person == before:
        raise NotAssigned("fleet.work_nothing")
    await _move(connection, lockers, person, note, by)
    return len(lockers)


async def set_area(connection: AsyncConnection[Any], locker: str, area: str) -> None:
    """Say with which others this locker shares its overflow: those of the same area. Raises NotAssigned."""
    if len(area) > LONGEST_NAME or not area.isprintable():
        raise NotAssigned("fleet.work_name")
    await connection.execute("update locker set area = %s where id = %s", [area, locker])


async def changes(connection: AsyncConnection[Any], limit: int = 30) -> list[dict[str, Any]]:
    """What was moved last, newest first."""
    rows = await connection.execute(
        "select at, locker, before, person, note, given_by from assignment_change order by id desc limit %s", [limit]
    )
    names = ("at", "locker", "before", "person", "note", "given_by")
    return [dict(zip(names, row, strict=True)) for row in await rows.fetchall()]


def loads(lines: Sequence[LockerLine]) -> list[Load]:
    """Who has how much: the one with most that needs somebody first, and at the end what nobody has. Pure."""
    by_person: dict[str, list[LockerLine]] = {}
    for line in lines:
        if line.person or line.need:
            by_person.setdefault(line.person, []).append(line)
    found = [Load(person, tuple(given), sum(bool(line.need) for line in given)) for person, given in by_person.items()]
    return sorted(found, key=lambda load: (not load.person, -load.needing, load.person))


def spare_rooms(lines: Sequence[LockerLine]) -> dict[str, list[tuple[LockerLine, Mapping[str, int]]]]:
    """For each locker that has no room of some size: who of its area has it, the emptiest first. Pure.

    A locker that needs somebody now is nobody's overflow.
    """
    found: dict[str, list[tuple[LockerLine, Mapping[str, int]]]] = {}
    for line in lines:
        wanted = [size for size, count in line.free.items() if count == 0]
        if not wanted or not line.area:
            continue
        offers: list[tuple[LockerLine, Mapping[str, int]]] = []
        for other in lines:
            room = {size: other.free[size] for size in wanted if other.free.get(size)}
            if other.id != line.id and other.area == line.area and other.takes_more and room:
                offers.append((other, room))
        if offers:
            offers.sort(key=lambda offer: (-sum(offer[1].values()), offer[0].id))
            found[line.id] = offers[:MOST_SPARE]
    return found


async def people(connection: AsyncConnection[Any]) -> list[str]:
    """Everybody who has something, as the names to choose from."""
    rows = await connection.execute("select distinct person from assignment order by 1")
    return [str(row[0]) for row in await rows.fetchall()]


def _checked(person: str) -> str:
    person = " ".join(person.split())
    if len(person) > LONGEST_NAME or not person.isprintable():
        raise NotAssigned("fleet.work_name")
    return person


async def _move(connection: AsyncConnection[Any], lockers: Sequence[str], person: str, note: str, by: str) -> None:
    note = " ".join(note.split())
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise NotAssigned("fleet.work_note")
    now = datetime.now(UTC)
    async with connection.transaction():
        for locker in lockers:
            row = await (
                await connection.execute(
                    "select coalesce(a.person, '') from locker l left join assignment a on a.locker = l.id"
                    " where l.id = %s for update of l",
                    [locker],
                )
            ).fetchone()
            if row is None:
                raise NotAssigned("fleet.no_such_locker")
            if person:
                await connection.execute(
                    "insert into assignment (locker, person, note, given_by, given_at) values (%s, %s, %s, %s, %s)"
                    " on conflict (locker) do update set person = excluded.person, note = excluded.note,"
                    " given_by = excluded.given_by, given_at = excluded.given_at",
                    [locker, person, note, by, now],
                )
            else:
                await connection.execute("delete from assignment where locker = %s", [locker])
            await connection.execute(
                "insert into assignment_change (locker, at, given_by, before, person, note)"
                " values (%s, %s, %s, %s, %s, %s)",
                [locker, now, by, row[0], person, note],
            )
