"""Questions about the past: parcels, events and timelines, read from the tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from locker.core.model import deposit_id
from locker.core.record import Recorded

if TYPE_CHECKING:
    from sqlite_utils import Database

MOST = 500
LOOKED_BACK = 20_000


def events_after(db: Database, seq: int, limit: int = 100) -> list[Recorded]:
    """Events behind `seq` in order, at most `limit`."""
    sql = "select seq, at, kind, by, data, hash from event where seq > ? order by seq limit ?"
    return [Recorded(*row) for row in db.execute(sql, (seq, limit)).fetchall()]


def parcel_row(db: Database, parcel: str) -> dict[str, Any] | None:
    """A parcel with all that is known of it, lists as lists; None when there is none of this id."""
    rows = _rows(db, "select * from parcel where id = ?", (parcel,))
    return rows[0] if rows else None


def parcels_page(
    db: Database,
    *,
    state: str | None = None,
    unit: str | None = None,
    tracking: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> tuple[list[dict[str, Any]], str | None]:
    """Parcels newest first, and the cursor of the next page or None. `after` is such a cursor, else ValueError."""
    where, values = ["1 = 1"], []
    for name, value in (("state", state), ("unit", unit), ("tracking", tracking)):
        if value is not None:
            where.append(f"{name} = ?")
            values.append(value)
    if after is not None:
        created, _, last = after.partition("~")
        if not last:
            raise ValueError("'after' is not a cursor of this list")
        where.append("(created_at, id) < (?, ?)")
        values += [created, last]
    sql = f"select * from parcel where {' and '.join(where)} order by created_at desc, id desc limit ?"  # noqa: S608  own names
    found = _rows(db, sql, (*values, limit + 1))
    page = found[:limit]
    more = f"{page[-1]['created_at']}~{page[-1]['id']}" if len(found) > limit else None
    return page, more


def deposit_start(db: Database, parcel: str) -> Recorded | None:
    """The event that began this parcel's deposit: it says by whom and for which company. None for no such parcel."""
    sql = """select seq, at, kind, by, data, hash from event
             where json_extract(data, '$.parcel') = ? and kind = 'DepositStarted'"""
    row = db.execute(sql, (parcel,)).fetchone()
    return Recorded(*row) if row else None


def timeline(db: Database, parcel: str) -> list[Recorded]:
    """Every event that speaks of this parcel, and what its doors did while it was in them."""
    row = parcel_row(db, parcel)
    if row is None:
        return []
    deposit = deposit_id(parcel)
    sql = """
        select seq, at, kind, by, data, hash from event
        where json_extract(data, '$.parcel') = ?
        union
        select e.seq, e.at, e.kind, e.by, e.data, e.hash from event e
        where json_extract(e.data, '$.compartment') in
              (select json_extract(data, '$.compartment') from event where json_extract(data, '$.parcel') = ?)
          and json_extract(e.data, '$.visit') in
              (select coalesce(json_extract(data, '$.pickup'), ?) from event where json_extract(data, '$.parcel') = ?)
        order by seq limit ?"""
    return [Recorded(*line) for line in db.execute(sql, (parcel, parcel, deposit, parcel, MOST)).fetchall()]


def compartment_timeline(db: Database, compartment: str, limit: int = 100) -> list[Recorded]:
    """The newest events of one compartment, newest first."""
    sql = """select seq, at, kind, by, data, hash from event
             where json_extract(data, '$.compartment') = ? order by seq desc limit ?"""
    return [Recorded(*row) for row in db.execute(sql, (compartment, limit)).fetchall()]


def last_event(db: Database, compartment: str, kind: str) -> str | None:
    """When an event of this kind was last recorded of this compartment; None if never."""
    sql = """select at from event where json_extract(data, '$.compartment') = ? and kind = ?
             order by seq desc limit 1"""
    row = db.execute(sql, (compartment, kind)).fetchone()
    return row[0] if row else None


def unseen_since(db: Database, compartment: str) -> str | None:
    """When the switch of a door that cannot be seen was lost, or the daemon started; None if too long ago to tell."""
    sql = """select at from event where seq > (select max(seq) from event) - ?
             and (kind = 'Started' or (kind = 'DoorsUnseen' and exists
                  (select 1 from json_each(data, '$.compartments') where value = ?)))
             order by seq desc limit 1"""
    row = db.execute(sql, (LOOKED_BACK, compartment)).fetchone()
    return row[0] if row else None


def _rows(db: Database, sql: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
    cursor = db.execute(sql, values)
    names = [column[0] for column in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in found:
        for name in ("recipients", "failed", "flags"):
            row[name] = json.loads(row[name])
    return found
