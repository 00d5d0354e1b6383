"""A disk that failed is not believed again, whoever met it: nothing is written, nothing opens, and the process ends."""

import asyncio
import contextlib
import sqlite3

import pytest
from engine_bench import EngineBench
from virtual import virtually

from locker.journal.store import JournalBroken
from locker.services.people import StaffAccounts


def fails_at_a_sign_in(bench):
    """What SQLite says now is of the family of a failed sync; only the wrong try of a sign-in meets it."""
    bench.journal.db.execute("drop table session")
    bench.journal.db.execute("drop table staff")


async def meets_it(bench):
    staff = StaffAccounts(bench.journal, bench.engine, bench.vault)
    with pytest.raises(JournalBroken):
        await staff.sessions.end_all("chen")


def walk(tmp_path, steps):
    async def whole():
        bench = await EngineBench(tmp_path).start()
        try:
            await steps(bench)
        finally:
            bench.actor.cancel()
            with contextlib.suppress(asyncio.CancelledError, JournalBroken):
                await bench.actor
            bench.journal.close()

    virtually(whole)


def test_a_fault_that_a_request_met_ends_whoever_waits_for_it(tmp_path):
    async def steps(bench):
        waits = asyncio.create_task(bench.journal.until_broken())
        await asyncio.sleep(3600)
        assert not waits.done()
        fails_at_a_sign_in(bench)
        await meets_it(bench)
        with pytest.raises(JournalBroken):
            await asyncio.wait_for(waits, 1)

    walk(tmp_path, steps)


def test_after_it_no_door_opens_and_nothing_is_written_though_the_disk_would_take_it(tmp_path):
    async def steps(bench):
        told = await bench.stored()
        fails_at_a_sign_in(bench)
        await meets_it(bench)
        seq, pulses = bench.journal.seq, list(bench.pulses)
        for asked in (
            bench.journal.write(lambda db: db.execute("insert into meta (key, value) values ('a', 'b')")),
            bench.journal.read(lambda db: db.execute("select 1").fetchone()),
            bench.journal.beat(),
        ):
            with pytest.raises(JournalBroken):
                await asked
        asked = asyncio.create_task(bench.collect(told.parcel))
        with pytest.raises(JournalBroken):
            await bench.actor
        asked.cancel()
        assert (bench.rows("select max(seq) from event"), bench.pulses) == ([(seq,)], pulses)
        assert bench.rows("select 1 from meta where key = 'a'") == []

    walk(tmp_path, steps)


def test_it_is_kept_in_mind_also_when_whoever_asked_has_gone(tmp_path):
    async def steps(bench):
        fails_at_a_sign_in(bench)
        threads = bench.journal.__class__(tmp_path)
        threads.open()
        asked = asyncio.create_task(threads.write(lambda db: db.execute("select * from session")))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(JournalBroken):
            await threads.until_broken()
        threads.close()

    asyncio.run(_on_the_real_loop(tmp_path, steps))


async def _on_the_real_loop(tmp_path, steps):
    """Threads do not live in virtual time."""
    bench = await EngineBench(tmp_path).start()
    try:
        await steps(bench)
    finally:
        await bench.kill()


def test_a_file_that_cannot_be_read_is_a_fault_of_the_disk_and_a_wrong_question_is_not(tmp_path):
    async def steps(bench):
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            await bench.journal.read(lambda db: db.execute("select * from absent"))
        await bench.stored()

        def unreadable(_):
            fault = sqlite3.OperationalError("disk I/O error")
            fault.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
            raise fault

        with pytest.raises(JournalBroken):
            await bench.journal.read(unreadable)
        with pytest.raises(JournalBroken):
            await asyncio.wait_for(bench.journal.until_broken(), 1)

    walk(tmp_path, steps)
