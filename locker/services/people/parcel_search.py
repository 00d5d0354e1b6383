"""Finding parcels for staff (QRY-01): by name, initial, end of phone, unit, waybill, compartment, date and state."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from locker.core.record import rfc3339
from locker.labels import printed_tracking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlite_utils import Database

    from locker.journal.store import Journal
    from locker.services.people.residents import ResidentDirectory

_MAX_PEOPLE = 200
_MIN_NUMBER_LENGTH = 3
_COLUMNS = "id, state, compartment, size, recipients, unit, tracking, company, created_at, since, deadline, overdue"


class ParcelGroup(StrEnum):
    """States as staff sort them."""

    ALL = "all"
    INSIDE = "inside"
    OVERDUE = "overdue"
    COLLECTED = "collected"
    ENDED = "ended"


_STATES: Mapping[ParcelGroup, tuple[str, ...]] = {
    ParcelGroup.INSIDE: ("depositing", "stored", "collecting", "check"),
    ParcelGroup.COLLECTED: ("collected",),
    ParcelGroup.ENDED: ("withdrawn", "returned", "cancelled"),
}
_ANY = "1 = 1"
# Live parcels are few and have an index of their own; the plus keeps SQLite from sorting all that ever ended.
_WHERE: Mapping[ParcelGroup, str] = {
    ParcelGroup.ALL: _ANY,
    ParcelGroup.INSIDE: "(in_site = 1 and +state in ('depositing', 'stored', 'collecting', 'check'))",
    ParcelGroup.OVERDUE: "(in_site = 1 and overdue = 1 and +state in ('stored', 'collecting', 'check'))",
    ParcelGroup.COLLECTED: "+state = 'collected'",
    ParcelGroup.ENDED: "+state in ('withdrawn', 'returned', 'cancelled')",
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


@dataclass(frozen=True, slots=True)
class ParcelSearchResult:
    """A page of parcels, newest first; how many there are in each group; the cursor of the next page or empty."""

    parcels: Sequence[FoundParcel]
    counts: Mapping[ParcelGroup, int]
    next: str


async def find_parcels(
    journal: Journal, directory: ResidentDirectory, compartments: Sequence[str], query: ParcelSearch, limit: int = 50
) -> ParcelSearchResult:
    """Look for parcels. One text is tried as everything it may be; all that fit are shown."""
    where, values = _condition(directory, compartments, query)

    def work(db: Database) -> ParcelSearchResult:
        return _page(db, where, values, query, limit, _counts(db, where, values))

    return await journal.read(work)


def _condition(directory: ResidentDirectory, compartments: Sequence[str], query: ParcelSearch) -> tuple[str, list[Any]]:
    """The condition without the group, and its values."""
    where, values = [_ANY], []
    if query.text.strip():
        clauses, text_values = _text_clauses(directory, compartments, query.text.strip())
        where.append("(" + " or ".join(clauses or ["0 = 1"]) + ")")
        values += text_values
    if query.span:
        where.append("((created_at >= ? and created_at < ?) or (since >= ? and since < ?))")
        values += [rfc3339(moment) for moment in query.span] * 2
    return " and ".join(where), values


def _text_clauses(directory: ResidentDirectory, compartments: Sequence[str], text: str) -> tuple[list[str], list[Any]]:
    clauses: list[str] = []
    values: list[Any] = []
    people = directory.search(text, _MAX_PEOPLE).people
    if people:
        ids, units = [person.id for person in people], sorted({person.unit for person in people})
        # The unit has an index; the list of recipients is looked into only for parcels of these units.
        clauses.append(
            f"(unit in ({_placeholders(units)}) and exists (select 1 from json_each(recipients) where value in ({_placeholders(ids)})))"  # noqa: S608, E501  placeholders only
        )
        values += [*units, *ids]
    # Somebody who has moved away stands in no directory, the unit still stands with the parcel.
    clauses.append("unit = ?")
    values.append(text)
    number = re.sub(r"[^0-9A-Za-z]", "", printed_tracking(text) or text)
    if len(number) >= _MIN_NUMBER_LENGTH and number:
        clauses.append("rowid in (select rowid from parcel where tracking like ?)")
        values.append(f"%{number}%")
    doors = [each for each in compartments if each.casefold() == text.casefold()]
    if doors:
        clauses.append("compartment = ?")
        values.append(doors[0])
    return clauses, values


def _counts(db: Database, where: str, values: list[Any]) -> dict[ParcelGroup, int]:
    """How many of each group fit."""
    if where == _ANY:
        # Without a condition the indexes know, without a look at the rows.
        states = dict(db.execute("select state, count(*) from parcel group by state").fetchall())
        late = db.execute(f"select count(*) from parcel where {_WHERE[ParcelGroup.OVERDUE]}")  # noqa: S608  our own words
        counts = {group: sum(states.get(state, 0) for state in _STATES[group]) for group in _STATES}
        return {ParcelGroup.ALL: sum(states.values()), ParcelGroup.OVERDUE: int(late.fetchone()[0]), **counts}
    sums = ", ".join(f"coalesce(sum({_WHERE[group]}), 0)" for group in ParcelGroup)
    row = db.execute(f"select {sums} from parcel where {where}", values).fetchone()  # noqa: S608  our own words
    return dict(zip(ParcelGroup, row, strict=True))


def _page(
    db: Database, where: str, values: list[Any], query: ParcelSearch, limit: int, counts: Mapping[ParcelGroup, int]
) -> ParcelSearchResult:
    wanted = [*values]
    condition = f"{where} and {_WHERE[query.group]}"
    if query.after:
        condition += " and rowid < ?"
        wanted.append(int(query.after))
    # Parcels are inserted as they come, so the row's own number is their order, and needs no sorting.
    sql = f"select rowid, {_COLUMNS} from parcel where {condition} order by rowid desc limit ?"  # noqa: S608  our own words
    rows = db.execute(sql, [*wanted, limit + 1]).fetchall()
    more = str(rows[limit - 1][0]) if len(rows) > limit else ""
    return ParcelSearchResult([_found_parcel(row[1:]) for row in rows[:limit]], counts, more)


def _found_parcel(row: tuple[Any, ...]) -> FoundParcel:
    values = list(row)
    values[4], values[11] = tuple(json.loads(values[4])), bool(values[11])
    return FoundParcel(*values)


def _placeholders(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
