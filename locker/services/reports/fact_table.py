"""The table of facts: added to, read by what and when, and let go of when it is too old."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.journal.follower_cursor import cursor_of, store_cursor
from locker.journal.history import first_event_from
from locker.services.notices import NOTICE_FOLLOWER
from locker.services.reports.facts import Fact, FactKey, Grain
from locker.services.reports.parcel_seen import Origin, pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlite_utils import Database

FACT_FOLLOWER = "facts"
_PERSONAL = ("courier", "staff", "staff-door", "user", "complainer")
"""What is counted by person goes after a year; the rest after three."""


_SUMS = "sum(n), sum(seconds) from fact where what = ? and day >= ? and day <= ?"
_READ = {
    Grain.FINE: "day, size, company, channel, who, part, n, seconds from fact where what = ? and day >= ? and day <= ?",
    Grain.WHOLE: f"min(day), size, company, channel, who, part, {_SUMS} group by size, company, channel, who, part",
    Grain.DAY: f"day, '', '', '', '', part, {_SUMS} group by day, part",
    Grain.WEEKDAY: f"min(day), size, '', '', '', part, {_SUMS} group by strftime('%w', day), size, part",
    Grain.DAY_SIZE: f"day, size, '', '', '', part, {_SUMS} group by day, size, part",
    Grain.PART: f"min(day), '', '', '', '', part, {_SUMS} group by part",
}


def read_facts(db: Database, whats: Mapping[str, Grain], first: str, last: str) -> list[Fact]:
    """What was counted of these on the days from `first` to `last`, each as finely as it is asked for.

    The database sums: of a year a report reads some hundred rows.
    """
    return [
        Fact(FactKey(what, *row[:6]), row[6], row[7])
        for what, grain in whats.items()
        for row in db.execute(f"select {_READ[grain]}", [what, first, last]).fetchall()
    ]


def messages_between(db: Database, after: int, upto: int) -> list[tuple[str, str, str, int]]:
    """Notices of these events: the day of each, which it was, by which channel it left, how many."""
    sql = """select substr(created_at, 1, 13), template, channel, count(*) from outbox
             where event > ? and event <= ? group by 1, 2, 3"""
    return [tuple(row) for row in db.execute(sql, [after, upto]).fetchall()]


def settled_upto(db: Database, at: str) -> int:
    """The last event before this moment, as far as it was made into notices."""
    return min(first_event_from(db, at) - 1, cursor_of(db, NOTICE_FOLLOWER) or 0)


def folded_upto(db: Database) -> int:
    """Up to which event the table has counted; -1 before it counted any."""
    known = cursor_of(db, FACT_FOLLOWER)
    return known if known is not None else -1


def fold_state(db: Database) -> str:
    """What the follower remembered when it last wrote; empty before."""
    row = db.execute("select state from fact_state where id = 1").fetchone()
    return str(row[0]) if row else ""


def writes(db: Database) -> int:
    """How often the table was added to: tells whether what was on its way has arrived."""
    row = db.execute("select writes from fact_state where id = 1").fetchone()
    return int(row[0]) if row else 0


def begin_after(db: Database, oldest: str) -> int:
    """Behind which event a journal is counted that nobody has counted yet: of a long one the last year."""
    return first_event_from(db, oldest) - 1


def add_facts(db: Database, facts: Iterable[Fact]) -> None:
    """Add to what was counted, in the caller's transaction."""
    db.conn.executemany(
        """insert into fact values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do update
           set n = n + excluded.n, seconds = seconds + excluded.seconds""",
        [(*fact.key, fact.n, fact.seconds) for fact in facts],
    )


def write_facts(db: Database, seq: int, facts: Sequence[Fact], state: str, oldest: str, oldest_person: str) -> None:
    """Add facts, and keep up to where events are in them, in the caller's transaction."""
    add_facts(db, facts)
    db.execute("insert or replace into fact_state values (1, ?, ?)", [writes(db) + 1, state])
    store_cursor(db, FACT_FOLLOWER, seq)
    whats = [str(row[0]) for row in db.execute(_WHATS).fetchall() if row[0]]
    for what in whats:
        limit = oldest_person if what in _PERSONAL else oldest
        db.execute("delete from fact where what = ? and day < ?", [what, limit])


# Each kind once, found one after another by the key: never by reading all rows.
_WHATS = """with recursive kind(what) as (
    select min(what) from fact union all select (select min(what) from fact where what > kind.what)
    from kind where kind.what is not null) select what from kind"""


def forget_facts(db: Database) -> None:
    """Empty the tables, so that the journal is counted anew."""
    db.execute("delete from fact")
    db.execute("delete from fact_state")
    db.execute("delete from follower where name = ?", [FACT_FOLLOWER])


def origin_of(db: Database, parcel: str) -> Origin:
    """Who brought a parcel, from the journal."""
    sql = """select json_extract(data, '$.company'), by, json_extract(data, '$.recipients') from event
             where json_extract(data, '$.parcel') = ? and kind in ('DepositStarted', 'ParcelPlaced') limit 1"""
    row = db.execute(sql, [parcel]).fetchone()
    if row is None:
        return Origin()
    people = [str(one[0]) for one in db.execute("select value from json_each(?)", [row[2] or "[]"]).fetchall()]
    return Origin(str(row[0] or ""), str(row[1]), tuple(map(pseudonym, people)))
