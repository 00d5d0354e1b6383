"""Questions about the past: parcels, events and timelines, read from the tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from locker.core.events.record import Recorded
from locker.core.model import Direction, ParcelState, deposit_id

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlite_utils import Database

MOST = 500
LOOKED_BACK = 1000
_SELDOM = ("cancelled", "expected", "returned", "withdrawn")
_END = 2**62  # behind every row: a list says where it begins, so that no plan of its query is a look at all rows


def events_after(db: Database, seq: int, limit: int = 100) -> list[Recorded]:
    """Events behind `seq` in order, at most `limit`."""
    sql = "select seq, at, kind, by, data, hash from event where seq > ? order by seq limit ?"
    return [Recorded(*row) for row in db.execute(sql, (seq, limit)).fetchall()]


def first_event_from(db: Database, at: str) -> int:
    """The number of the first event at or after a moment; one behind the last when there is none.

    Numbers have no gaps and time never runs back, so that the middle tells on which side to look on.
    """
    low, high = 1, int(db.execute("select coalesce(max(seq), 0) from event").fetchone()[0]) + 1
    while low < high:
        middle = (low + high) // 2
        if db.execute("select at < ? from event where seq = ?", (at, middle)).fetchone()[0]:
            low = middle + 1
        else:
            high = middle
    return low


def parcel_row(db: Database, parcel: str) -> dict[str, Any] | None:
    """A parcel with all that is known of it, lists as lists; None when there is none of this id."""
    rows = _rows(db, "select * from parcel where id = ?", (parcel,))
    return rows[0] if rows else None


def units_of_parcels(db: Database, parcels: Collection[str]) -> dict[str, str]:
    """For which unit each of these parcels is or was, empty where nobody knows; ids of no parcel are left out."""
    marks = ", ".join("?" * len(parcels))
    sql = f"select id, unit from parcel where id in ({marks})"  # noqa: S608  marks only
    return dict(db.execute(sql, [*parcels]).fetchall())


def parcels_page(
    db: Database,
    *,
    state: str | None = None,
    unit: str | None = None,
    tracking: str | None = None,
    direction: str | None = None,
    held: bool | None = None,
    place: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> tuple[list[dict[str, Any]], str | None]:
    """Parcels newest first, and the cursor of the next page or None. `after` is such a cursor, else ValueError."""
    before = _END if after is None else _row_of_cursor(db, after)
    where, values = ["rowid < ?"], list[Any]([before])
    if tracking is not None:
        where.append("tracking = ? collate nocase and +tracking = ?")
        values += [tracking, tracking]
    if unit is not None:
        where.append("unit = ?" if tracking is None else "+unit = ?")
        values.append(unit)
    if place is not None:
        alone = tracking is None and unit is None
        where.append("place = ? and place <> ''" if alone else "+place = ?")
        values.append(place)
    if held is not None:
        # What is held is here: whoever has left is held no more.
        where.append("+held <> '' and in_site = 1" if held else "+held = ''")
    if direction is not None:
        where.append("direction = ? and direction <> 'in'" if direction != Direction.IN.value else "+direction = ?")
        values.append(direction)
    if state is not None:
        alone = tracking is None and unit is None and place is None and not held
        where.append(f"{in_state(state)} and +state = ?" if alone else "+state = ?")
        values.append(state)
    sql = f"select * from parcel where {' and '.join(where)} order by rowid desc limit ?"  # noqa: S608  own names
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


def announcement(db: Database, parcel: str) -> Recorded | None:
    """The event by which this parcel was announced, the last one; it says by whom. None for no such parcel."""
    sql = """select seq, at, kind, by, data, hash from event
             where json_extract(data, '$.parcel') = ? and kind = 'ParcelExpected'"""
    row = db.execute(sql, (parcel,)).fetchone()
    return Recorded(*row) if row else None


def expected_rows(db: Database) -> list[dict[str, Any]]:
    """Every parcel that a carrier announced and that has not come, the first announced first."""
    return _rows(db, f"select * from parcel where {in_state('expected')} and +direction = 'in' order by rowid", ())  # noqa: S608  own words


def in_state(state: str) -> str:
    """The condition by which an index finds the parcels of a state, or of one like it, the newest first."""
    if state in _SELDOM:
        # The list is the condition of the index and has to be said as it stands there.
        return f"state = '{state}' and state in ('cancelled', 'expected', 'returned', 'withdrawn')"
    return "in_site = 1" if ParcelState(state).live else "1 = 1"


def _row_of_cursor(db: Database, cursor: str) -> int:
    """Which row a page ended with. Parcels are never deleted, so rows stand in the order in which they came."""
    created, _, last = cursor.partition("~")
    row = db.execute("select rowid, created_at from parcel where id = ?", (last,)).fetchone()
    if row is None or row[1] != created:
        raise ValueError("'after' is not a cursor of this list")
    return int(row[0])


def timeline(db: Database, parcel: str) -> list[Recorded]:
    """Every event that speaks of this parcel, and what its doors did while it was in them."""
    sql = """select seq, at, kind, by, data, hash from event
             where json_extract(data, '$.parcel') = ? order by seq limit ?"""
    own = [Recorded(*line) for line in db.execute(sql, (parcel, MOST)).fetchall()]
    visits, first = {deposit_id(parcel)}, dict[str, int]()
    for line in own:
        body = line.body()
        visits.add(str(body.get("pickup", "")))
        if body.get("compartment"):
            first.setdefault(str(body["compartment"]), line.seq)
    lines = {line.seq: line for line in own}
    for compartment, seq in first.items():
        lines |= {line.seq: line for line in _visited(db, compartment, (parcel, own[-1].seq), seq, visits - {""})}
    return [lines[seq] for seq in sorted(lines)[:MOST]]


def _visited(db: Database, compartment: str, last: tuple[str, int], first: int, visits: set[str]) -> list[Recorded]:
    """What a door did in these visits, from `first` on until another parcel was put behind it.

    `last`: the parcel and its own last line: who joined it there does not end what its door did for it.
    """
    parcel, own_end = last
    next_parcel = """select seq from event where json_extract(data, '$.compartment') = ? and seq > ?
                     and kind = 'DepositStarted' and json_extract(data, '$.parcel') <> ? order by seq limit 1"""
    until = db.execute(next_parcel, (compartment, first, parcel)).fetchone()
    marks = ", ".join("?" * len(visits))
    sql = f"""select seq, at, kind, by, data, hash from event
              where json_extract(data, '$.compartment') = ? and seq >= ? and seq < ?
              and json_extract(data, '$.visit') in ({marks}) order by seq limit ?"""  # noqa: S608  marks only
    values = (compartment, first, max(until[0], own_end) if until else _END, *visits, MOST)
    return [Recorded(*line) for line in db.execute(sql, values).fetchall()]


def compartment_timeline(db: Database, compartment: str, limit: int = 100) -> list[Recorded]:
    """The newest events of one compartment, newest first."""
    sql = """select seq, at, kind, by, data, hash from event
             where json_extract(data, '$.compartment') = ? order by seq desc limit ?"""
    return [Recorded(*row) for row in db.execute(sql, (compartment, limit)).fetchall()]


def looks_at(db: Database, subject: str, limit: int = 100) -> list[Recorded]:
    """Who was shown what is masked of a parcel, or of a door ("door A1"): the newest first."""
    sql = """select seq, at, kind, by, data, hash from event
             where kind = 'Noted' and json_extract(data, '$.about') = ?
             and json_extract(data, '$.what') in ('recipient-shown', 'pictures-shown') order by seq desc limit ?"""
    return [Recorded(*row) for row in db.execute(sql, (subject, limit)).fetchall()]


def open_reports(db: Database) -> list[Recorded]:
    """What residents reported and nobody has settled, the oldest first; of the newest lines about reports only."""
    sql = """select seq, at, kind, by, data, hash from event
             where seq < ? and kind in ('ResidentReported', 'ReportSettled') order by seq desc limit ?"""
    settled, found = set[int](), list[Recorded]()
    for row in db.execute(sql, (_END, LOOKED_BACK)).fetchall():
        line = Recorded(*row)
        if line.kind == "ReportSettled":
            settled.add(line.body()["report"])
        elif line.seq not in settled:
            found.append(line)
    return found[::-1]


def newest_backup_lines(db: Database) -> dict[str, str]:
    """When a backup was last made, failed since, and restored for trial with success; under "first", made at first."""
    asked = "kind in ('BackupMade', 'BackupFailed', 'RestoreDrilled') and kind = ?"
    newest = f"select seq, at from event where {asked} order by seq desc limit 1"  # noqa: S608  our own words
    made, failed = (db.execute(newest, (kind,)).fetchone() for kind in ("BackupMade", "BackupFailed"))
    good = f"select at from event where {asked} and json_extract(data, '$.fault') = '' order by seq desc limit 1"  # noqa: S608  our own words
    drilled = db.execute(good, ("RestoreDrilled",)).fetchone()
    found = {"BackupMade": made[1]} if made else {}
    if failed and (made is None or failed[0] > made[0]):
        found["BackupFailed"] = failed[1]
    if drilled:
        found["RestoreDrilled"] = drilled[0]
    first = db.execute(newest.replace("desc", "asc"), ("BackupMade",)).fetchone()
    return found | ({"first": first[1]} if first else {})


def newest_health_lines(db: Database) -> list[Recorded]:
    """Of each thing that was warned of its newest line, of the newest lines about health only."""
    sql = """select seq, at, kind, by, data, hash from event
             where seq < ? and kind in ('HealthWarned', 'HealthRestored') order by seq desc limit ?"""
    newest = dict[tuple[str, str], Recorded]()
    for row in db.execute(sql, (_END, LOOKED_BACK)).fetchall():
        line = Recorded(*row)
        body = line.body()
        newest.setdefault((body["subject"], body.get("about", "")), line)
    return list(newest.values())


def last_fault(db: Database, compartment: str, kind: str) -> str | None:
    """When a LockFault or a SwitchFault was last recorded of this compartment; None if never."""
    # The list of kinds is the condition of the index and has to be said as it stands there.
    sql = """select at from event where json_extract(data, '$.compartment') = ? and kind = ?
             and kind in ('LockFault', 'SwitchFault') order by seq desc limit 1"""
    row = db.execute(sql, (compartment, kind)).fetchone()
    return row[0] if row else None


def unseen_since(db: Database) -> dict[str, str]:
    """When the switch of each door was last lost since the daemon started, and under "" when it started.

    Of a wire that comes and goes all day long only the newest losses are read.
    """
    sql = """select at, kind, data from event where seq < ? and kind in ('Started', 'DoorsUnseen')
             order by seq desc limit ?"""
    since = dict[str, str]()
    for at, kind, data in db.execute(sql, (_END, LOOKED_BACK)).fetchall():
        for compartment in json.loads(data)["compartments"] if kind == "DoorsUnseen" else [""]:
            since.setdefault(compartment, at)
        if kind == "Started":
            break
    return since


def _rows(db: Database, sql: str, values: tuple[Any, ...]) -> list[dict[str, Any]]:
    cursor = db.execute(sql, values)
    names = [column[0] for column in cursor.description]
    found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in found:
        for name in ("recipients", "failed", "flags", "needs", "credentials"):
            row[name] = json.loads(row[name])
    return found


def last_help(db: Database) -> int:
    """The number of the newest line in which somebody asked for help, 0 for none."""
    row = db.execute("select max(seq) from event where kind = 'HelpAsked'").fetchone()
    return int(row[0] or 0)


def last_label_picture(db: Database, by: str) -> int:
    """The number of the newest line in which this courier pictured a label, 0 for none."""
    sql = "select seq from event where kind = 'LabelPictured' and by = ? order by seq desc limit 1"
    row = db.execute(sql, [by]).fetchone()
    return 0 if row is None else int(row[0])


def label_picture(db: Database, seq: int, by: str) -> tuple[str, str, int] | None:
    """The picture of a label that this courier took in line `seq`: its name, its day and its bytes; None for none."""
    sql = """select s.sha256, s.day, s.bytes from event e join snapshot s on s.of = e.seq and s.cause = 'label'
             where e.seq = ? and e.kind = 'LabelPictured' and e.by = ? and s.removed = 0"""
    row = db.execute(sql, [seq, by]).fetchone()
    return None if row is None else (str(row[0]), str(row[1]), int(row[2]))


def last_rejection(db: Database, parcel: str) -> int:
    """The number of the newest line in which this parcel was rejected, 0 for none."""
    return _last(db, parcel, "PickupRejected")


def last_report(db: Database, parcel: str) -> int:
    """The number of the newest line in which something about this parcel was reported, 0 for none."""
    return _last(db, parcel, "ResidentReported")


def _last(db: Database, parcel: str, kind: str) -> int:
    sql = "select max(seq) from event where json_extract(data, '$.parcel') = ? and kind = ?"
    return int(db.execute(sql, (parcel, kind)).fetchone()[0] or 0)


def codes_renewed(db: Database, parcel: str) -> int:
    """How often this parcel got another code in place of one before."""
    sql = "select count(*) from event where kind = 'CodeRenewed' and json_extract(data, '$.parcel') = ?"
    return int(db.execute(sql, [parcel]).fetchone()[0])
