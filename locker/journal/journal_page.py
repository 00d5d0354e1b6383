"""The journal read backwards, page by page: by door, parcel, person, kind and day.

A door and a parcel have an index, a day is a span of numbers. Who it was and what happened have none, for an index of
every line would be written with every line: a page looks back a bounded way and says where it stopped.
"""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING

from locker.core.events.record import Recorded
from locker.frozen import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlite_utils import Database

LOOKED_THROUGH = 5000
_COLUMNS = "select seq, at, kind, by, data, hash from event"
_END = 2**62


@dataclass(frozen=True, slots=True)
class JournalQuery:
    """What is looked for. `first` to before `end` are numbers of lines; `judge` takes or leaves one."""

    door: str = ""
    parcel: str = ""
    first: int = 0
    end: int = _END
    judge: Callable[[Recorded], bool] = bool


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Lines, the newest first. `next`: from which number on the next page looks, 0 when there is nothing more."""

    lines: list[Recorded]
    next: int


def journal_page(db: Database, query: JournalQuery, limit: int) -> JournalPage:
    """The newest lines that fit, at most `limit`, of the newest few thousand that the indexes find."""
    found, last = list[Recorded](), 0
    for looked, line in enumerate(islice(_lines(db, query), LOOKED_THROUGH + 1)):
        if len(found) == limit or looked == LOOKED_THROUGH:
            return JournalPage(found, last)
        last = line.seq
        if query.judge(line):
            found.append(line)
    return JournalPage(found, 0)


def _lines(db: Database, query: JournalQuery) -> Iterator[Recorded]:
    """Lines of this door, of this parcel, or all, the newest first; of both, those of the parcel at the door."""
    if query.parcel:
        own = _rows(db, "json_extract(data, '$.parcel') = ?", query.parcel, query)
        looks = _rows(db, "kind = 'Noted' and json_extract(data, '$.about') = ?", query.parcel, query)
        for line in heapq.merge(own, looks, key=lambda each: -each.seq):
            if not query.door or line.body().get("compartment") == query.door:
                yield line
    elif query.door:
        own = _rows(db, "json_extract(data, '$.compartment') = ?", query.door, query)
        looks = _rows(db, "kind = 'Noted' and json_extract(data, '$.about') = ?", f"door {query.door}", query)
        many = _rows(db, "kind in ('DoorsSeen', 'DoorsUnseen') and ? = ''", "", query)
        sights = (line for line in many if _tells_of(line, query.door))
        yield from heapq.merge(own, looks, sights, key=lambda each: -each.seq)
    else:
        yield from _rows(db, "? = ''", "", query)


def _tells_of(line: Recorded, door: str) -> bool:
    return any(door in listed for listed in line.body().values() if isinstance(listed, list))


def _rows(db: Database, where: str, value: str, query: JournalQuery) -> Iterator[Recorded]:
    sql = f"{_COLUMNS} where {where} and seq >= ? and seq < ? order by seq desc limit ?"
    for row in db.execute(sql, (value, query.first, query.end, LOOKED_THROUGH + 1)):
        yield Recorded(*row)
