"""Finding parcels for staff (QRY-01): by name, initial, end of phone, unit, waybill, compartment, date and state."""

from __future__ import annotations

import heapq
import itertools
import json
import re
from contextlib import closing
from dataclasses import field
from enum import StrEnum
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from locker.core.events.record import rfc3339
from locker.frozen import dataclass
from locker.journal.history import first_event_from, in_state
from locker.labels import printed_tracking
from locker.text_folding import folded_name

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from locker.journal.store import Journal
    from locker.services.people.residents import Person, ResidentDirectory

_MAX_PEOPLE = 200
_END_LENGTH = 4
_LIKE_NUMBERS = 1000
COUNTED = 1000
_BEHIND_ALL = 2**62
_COLUMNS = """id, state, compartment, size, recipients, unit, tracking, company, created_at, since, deadline, overdue,
    held, place"""


class ParcelGroup(StrEnum):
    """States as staff sort them."""

    ALL = "all"
    INSIDE = "inside"
    EXPECTED = "expected"
    OVERDUE = "overdue"
    HELD = "held"
    PLACES = "places"
    OUTBOUND = "outbound"
    COLLECTED = "collected"
    ENDED = "ended"


HERE = (
    ParcelGroup.INSIDE,
    ParcelGroup.EXPECTED,
    ParcelGroup.OVERDUE,
    ParcelGroup.HELD,
    ParcelGroup.PLACES,
    ParcelGroup.OUTBOUND,
)
"""Groups of what is here or is still to come: they are as few as the cabinet has room for, however long the past."""

# Said with a plus, a condition only judges rows that another one has found.
_JUDGES: Mapping[ParcelGroup, str] = {
    ParcelGroup.ALL: "1 = 1",
    ParcelGroup.INSIDE: "(+in_site = 1 and +state in ('depositing', 'stored', 'collecting', 'check'))",
    ParcelGroup.EXPECTED: "(+in_site = 1 and +state = 'expected')",
    ParcelGroup.HELD: "(+in_site = 1 and +held <> '')",
    ParcelGroup.PLACES: "(+in_site = 1 and +place <> '')",
    ParcelGroup.OUTBOUND: "(+in_site = 1 and +direction = 'out' and +state <> 'collected')",
    ParcelGroup.OVERDUE: "(+in_site = 1 and overdue = 1 and +state in ('stored', 'collecting', 'check'))",
    ParcelGroup.COLLECTED: "+state = 'collected'",
    ParcelGroup.ENDED: "+state in ('withdrawn', 'returned', 'cancelled')",
}


@dataclass(frozen=True, slots=True)
class _Way:
    """A condition that an index answers in the order in which parcels came, the newest first.

    `by`: which index, said where the judges could make SQLite take another.
    """

    condition: str
    values: tuple[Any, ...] = ()
    by: str = ""


_LIVE = _Way("in_site = 1", by="indexed by parcel_in_site")
_NEWEST = _Way("1 = 1", by="not indexed")
_NARROW = 8
"""So many ways of a text are taken for narrow: its parcels are fewer than all that were ever given back."""
_FIRST_ROWS = 8
"""So many rows each of many ways reads at first."""
_WAYS: Mapping[ParcelGroup, tuple[_Way, ...]] = {
    ParcelGroup.ALL: (_NEWEST,),
    ParcelGroup.INSIDE: (_LIVE,),
    ParcelGroup.EXPECTED: (_LIVE,),
    ParcelGroup.OVERDUE: (_LIVE,),
    ParcelGroup.HELD: (_LIVE,),
    ParcelGroup.PLACES: (_LIVE,),
    ParcelGroup.OUTBOUND: (_LIVE,),
    ParcelGroup.COLLECTED: (_NEWEST,),
    ParcelGroup.ENDED: tuple(
        _Way(in_state(state), by="indexed by parcel_seldom") for state in ("withdrawn", "returned", "cancelled")
    ),
}


@dataclass(frozen=True, slots=True)
class ParcelSearch:
    """What staff look for. `span`: from when to when something happened to the parcel; `after`: a cursor, a number."""

    text: str = field(default="", repr=False)
    group: ParcelGroup = ParcelGroup.ALL
    span: tuple[datetime, datetime] | None = None
    after: str = ""


@dataclass(frozen=True, slots=True)
class FoundParcel:
    """One line of the result. Who it is for is named by ids: the names stand in the directory."""

    id: str
    state: str
    compartment: str
    size: str
    recipients: tuple[str, ...]
    unit: str
    tracking: str = field(repr=False)
    company: str
    created_at: str
    since: str
    deadline: str | None
    overdue: bool
    held: str
    place: str


@dataclass(frozen=True, slots=True)
class ParcelSearchResult:
    """A page of parcels, newest first; how many there are in each group; the cursor of the next page or empty.

    Of the groups in `at_least` there may be more than were counted.
    """

    parcels: Sequence[FoundParcel]
    counts: Mapping[ParcelGroup, int]
    at_least: frozenset[ParcelGroup]
    next: str


async def find_parcels(
    journal: Journal, directory: ResidentDirectory, compartments: Sequence[str], query: ParcelSearch, limit: int = 50
) -> ParcelSearchResult:
    """Look for parcels. One text is tried as everything it may be; all that fit are shown.

    Reads what is shown and at most COUNTED more, and for a day what happened on it, however long the past is.
    """
    text = _text_ways(directory, compartments, query.text.strip()) if query.text.strip() else None
    return await journal.read(lambda db: _search(db, query, text, limit))


def _search(db: Database, query: ParcelSearch, text: list[_Way] | None, limit: int) -> ParcelSearchResult:
    ways, judge = text, _Way("1 = 1")
    if query.span:
        ways, judge = [_day_way(db, query.span)], judge if text is None else _any_of(text)
    after = int(query.after) if query.after else _BEHIND_ALL
    page_ways, of_group = _ways_of_group(query.group, ways, judge)
    rows = list(itertools.islice(_merged(db, _COLUMNS, page_ways, of_group, after), limit + 1))
    more = str(rows[limit - 1][0]) if len(rows) > limit else ""
    counts, at_least = _all_counts(db) if ways is None else _counts(db, ways, judge)
    return ParcelSearchResult([_found_parcel(row[1:]) for row in rows[:limit]], counts, at_least, more)


def _ways_of_group(group: ParcelGroup, ways: Sequence[_Way] | None, judge: _Way) -> tuple[Sequence[_Way], _Way]:
    """The fewest rows that hold this group: those of the text or the day, or those of the group itself."""
    few = group in HERE
    few = few or (group is ParcelGroup.ENDED and ways is not None and len(ways) > _NARROW)
    if ways is None or few:
        fits = judge if ways is None else _any_of(ways)
        ways, judge = _WAYS[group], _both(judge, fits)
    return ways, _both(judge, _Way(_JUDGES[group]))


def _text_ways(directory: ResidentDirectory, compartments: Sequence[str], text: str) -> list[_Way]:
    """Everything that a text may be. A number is known by its beginning or by its last digits."""
    # Somebody who has moved away stands in no directory, the unit still stands with the parcel.
    ways = [_Way("unit = ?", (text,))]
    by_unit: dict[str, list[str]] = {}
    for person in directory.search(text, _MAX_PEOPLE).people:
        by_unit.setdefault(person.unit, []).append(person.id)
    for unit, ids in by_unit.items():
        marks = ", ".join("?" * len(ids))
        is_for = f"exists (select 1 from json_each(recipients) where value in ({marks}))"  # noqa: S608  marks only
        ways.append(_Way(f"unit = ? and {is_for}", (unit, *ids)))
    number = re.sub(r"[^0-9A-Za-z]", "", printed_tracking(text) or text)
    if len(number) >= _END_LENGTH:
        alike = (
            "rowid in (select rowid from parcel where tracking >= ? collate nocase and tracking < ? collate nocase "
            "order by tracking collate nocase desc limit ?)"
        )
        ways.append(_Way(alike, (number, f"{number}\U0010ffff", _LIKE_NUMBERS)))
        end = "substr(tracking, -4) = ? collate nocase and tracking like ?"
        ways.append(_Way(end, (number[-_END_LENGTH:], f"%{number}")))
    ways += [_Way("compartment = ?", (each,)) for each in compartments if each.casefold() == text.casefold()]
    return ways


MATCHES = ("unit", "name", "phone", "tracking", "door")
"""What a text may have found a parcel by, in the order in which staff read them."""


def matched_by(parcel: FoundParcel, people: Sequence[Person], text: str) -> str:
    """By which of MATCHES this parcel of a search was found: by what the text says most of."""
    typed = folded_name(text)
    digits = re.sub(r"\D", "", typed)
    number = re.sub(r"[^0-9a-z]", "", (printed_tracking(text) or text).lower())
    if parcel.compartment.casefold() == typed:
        return "door"
    if typed and folded_name(parcel.unit).startswith(typed.split()[0]):
        return "unit"
    tracking = parcel.tracking.lower()
    if len(number) >= _END_LENGTH and (tracking.startswith(number) or tracking.endswith(number)):
        return "tracking"
    if len(digits) >= _END_LENGTH and any(person.phone.endswith(digits) for person in people):
        return "phone"
    return "name"


def _day_way(db: Database, span: tuple[datetime, datetime]) -> _Way:
    """Parcels that came or went in a span: those that its events speak of, and those whose end is still to come."""
    begin, end = (rfc3339(moment) for moment in span)
    known = (
        "rowid in (select p.rowid from event e join parcel p on p.id = json_extract(e.data, '$.parcel') "
        "where e.seq >= ? and e.seq < ? union select rowid from parcel where in_site = 1) "
        "and ((created_at >= ? and created_at < ?) or (since >= ? and since < ?))"
    )
    values = (first_event_from(db, begin), first_event_from(db, end), begin, end, begin, end)
    return _Way(known, values, by="not indexed")


def _any_of(ways: Sequence[_Way]) -> _Way:
    condition = " or ".join(f"({way.condition})" for way in ways)
    return _Way(f"({condition})", tuple(value for way in ways for value in way.values))


def _both(one: _Way, other: _Way) -> _Way:
    return _Way(f"{one.condition} and {other.condition}", one.values + other.values)


def _merged(
    db: Database, columns: str, ways: Sequence[_Way], judge: _Way, after: int = _BEHIND_ALL
) -> Iterator[tuple[Any, ...]]:
    """Rows of all ways that the judge lets pass, each once, the newest first; no more is read than is taken."""
    first = -1 if len(ways) <= _NARROW else _FIRST_ROWS
    found = [_rows(db, columns, way, judge, after, first) for way in ways]
    try:
        last = None
        for row in heapq.merge(*found, key=itemgetter(0), reverse=True):
            if row[0] != last:
                yield row
            last = row[0]
    finally:
        for one in found:
            one.close()


def _rows(db: Database, columns: str, way: _Way, judge: _Way, after: int, at_once: int) -> Generator[tuple[Any, ...]]:
    """Rows of one way, the newest first, `at_once` and then twice as many at a time; -1 for one statement kept open.

    A statement that is open is no use to the next way of the same words: of two hundred, each would be prepared anew.
    """
    sql = (
        f"select rowid, {columns} from parcel {way.by} where rowid < ? and {way.condition} and {judge.condition} "  # noqa: S608  our own words
        "order by rowid desc limit ?"
    )
    while True:
        rows = db.execute(sql, [after, *way.values, *judge.values, at_once])
        if at_once < 0:
            with closing(rows):
                yield from rows
            return
        chunk = rows.fetchall()
        yield from chunk
        if len(chunk) < at_once:
            return
        after, at_once = chunk[-1][0], at_once * 2


def _counts(db: Database, ways: Sequence[_Way], judge: _Way) -> tuple[dict[ParcelGroup, int], frozenset[ParcelGroup]]:
    """How many of each group fit, among the newest COUNTED; of those that are inside, all."""
    groups = list(ParcelGroup)
    columns = ", ".join(_JUDGES[group] for group in groups)
    rows = list(itertools.islice(_merged(db, columns, ways, judge), COUNTED + 1))
    counts = {group: sum(row[number] for row in rows[:COUNTED]) for number, group in enumerate(groups, 1)}
    if len(rows) <= COUNTED:
        return counts, frozenset()
    counts |= {group: sum(1 for _ in _merged(db, "1", *_ways_of_group(group, ways, judge))) for group in HERE}
    return counts, frozenset(groups) - frozenset(HERE)


def _all_counts(db: Database) -> tuple[dict[ParcelGroup, int], frozenset[ParcelGroup]]:
    """How many there are of each group: of the collected, the many, it is known without counting them."""

    def count(condition: str) -> int:
        return int(db.execute(f"select count(*) from parcel where {condition}").fetchone()[0])  # noqa: S608  our own words

    counts = {group: count(f"in_site = 1 and {_JUDGES[group]}") for group in HERE}
    counts[ParcelGroup.ENDED] = sum(count(way.condition) for way in _WAYS[ParcelGroup.ENDED])
    # Parcels are never deleted, so the number of the last row is how many there are.
    every = int(db.execute("select coalesce(max(rowid), 0) from parcel").fetchone()[0])
    others = (ParcelGroup.INSIDE, ParcelGroup.EXPECTED, ParcelGroup.ENDED)
    counts[ParcelGroup.COLLECTED] = every - sum(counts[group] for group in others)
    return counts | {ParcelGroup.ALL: every}, frozenset()


def _found_parcel(row: tuple[Any, ...]) -> FoundParcel:
    values = list(row)
    values[4], values[11] = tuple(json.loads(values[4])), bool(values[11])
    return FoundParcel(*values)
