"""A row that no rule knows of and the event that tells of it are one transaction, between two decisions."""

import sqlite3

import pytest
from engine_bench import in_virtual_time, refused

from locker.core.events.service_events import Noted

EVENT = Noted(what="x", about="y")


def marks(db, _now):
    """A row, and the event of it."""
    db.execute("insert into meta (key, value) values ('mark', 'here')")
    return EVENT, "done"


def rows(bench):
    return bench.rows("select value from meta where key = 'mark'"), bench.kinds().count("Noted")


@in_virtual_time
async def test_row_and_event_stand_together_and_the_caller_gets_what_the_work_returned(bench):
    assert await bench.engine.record_with(marks, "test") == "done"
    assert rows(bench) == ([("here",)], 1)
    head = bench.rows("select by, hash from event order by seq desc limit 1")[0]
    assert head[0] == "test"
    await bench.engine.note("after", "", "test")  # the chain goes on from it


@in_virtual_time
async def test_an_event_that_cannot_be_appended_leaves_no_row(bench):
    """Two writes: were they two transactions, the first would stand."""
    await bench.fill_disk()

    def large(db, now):
        made = marks(db, now)
        db.execute("insert into meta (key, value) values ('large', ?)", ("x" * 100_000,))
        return made

    assert await refused(bench.engine.record_with(large, "test")) == "sealed"
    assert rows(bench)[0] == []


@in_virtual_time
async def test_a_row_that_is_refused_leaves_no_event_and_the_actor_lives(bench):
    def work(db, now):
        marks(db, now)
        raise ValueError("that name stands already")

    before = rows(bench)
    with pytest.raises(ValueError, match="stands already"):
        await bench.engine.record_with(work, "test")
    assert rows(bench) == before
    await bench.stored()


@in_virtual_time
async def test_while_sealed_nothing_is_recorded_even_where_the_disk_would_take_it(bench):
    bench.engine.seal("no key", until=lambda: "no key")
    assert await refused(bench.engine.record_with(marks, "test")) == "sealed"
    assert await refused(bench.engine.note("x", "", "test")) == "sealed"
    assert rows(bench) == ([], 0)


@in_virtual_time
async def test_where_the_reserve_is_spent_the_event_is_recorded_once(bench):
    """The work runs a second time then, and the first time must leave nothing behind."""
    tried = []

    def work(db, now):
        tried.append(1)
        if len(tried) == 1:
            full = sqlite3.OperationalError("full")
            full.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise full
        return marks(db, now)

    (bench.folder / "reserve").touch()
    await bench.engine.record_with(work, "test")
    assert rows(bench) == ([("here",)], 1)


@in_virtual_time
async def test_a_number_that_no_table_holds_is_bad_input_and_the_actor_lives(bench):
    def work(db, now):
        marks(db, now)
        db.execute("select 1 from event where seq = ?", [10**30])

    before = rows(bench)
    with pytest.raises(ValueError, match="too large"):
        await bench.engine.record_with(work, "test")
    assert rows(bench) == before
    await bench.stored()
