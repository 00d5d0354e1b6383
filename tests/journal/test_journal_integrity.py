"""The whole database is looked into beside the daemon; what is found ends the run, and the next start looks first."""

import asyncio
import contextlib
import sqlite3
import tracemalloc

import pytest
from journal_bench import DOORS, Ledger
from virtual import VirtualClock

from locker.core.model import Policy
from locker.errors import SettingsError
from locker.journal import integrity
from locker.journal.backup import backup, newest_good, unpack
from locker.journal.store import Journal, JournalBroken
from locker.startup import open_engine, restore


@pytest.fixture
def ledger(tmp_path):
    (tmp_path / "data").mkdir()
    ledger = Ledger(tmp_path / "data").open().begin()
    for _ in range(30):
        ledger.collected()
        ledger.later(600)
    ledger.close()
    return ledger


def damage(ledger):
    """A page that no start and no door needs: of the index by which the panel finds a unit."""
    with contextlib.closing(sqlite3.connect(ledger.folder / "locker.db")) as db:
        (root,) = db.execute("select rootpage from sqlite_master where name = 'parcel_unit'").fetchone()
        (size,) = db.execute("pragma page_size").fetchone()
        db.execute("pragma wal_checkpoint(truncate)")
    with (ledger.folder / "locker.db").open("r+b") as file:
        file.seek((root - 1) * size + size // 2)
        file.write(b"\xff" * (size // 2))


async def opens(ledger):
    """What a start does up to READY."""
    journal = Journal(ledger.folder)
    try:
        open_engine(journal, VirtualClock(), Policy(), DOORS, lambda _: None)
    except BaseException:
        journal.close()
        raise
    return journal


async def test_a_start_does_not_wait_for_the_look(ledger, monkeypatch):
    looks = []
    monkeypatch.setattr(integrity, "verdict", lambda _: looks.append(1) or integrity.SOUND)
    (await opens(ledger)).close()
    assert looks == []


async def test_a_sound_database_is_found_sound_beside_a_writer(ledger):
    journal = await opens(ledger)
    await asyncio.gather(journal.verify(), *(journal.probe() for _ in range(5)))
    journal.close()
    assert not integrity.suspected(ledger.folder)


async def test_a_damaged_database_ends_the_run_and_the_next_start_refuses_with_the_remedy(ledger, tmp_path):
    copy = tmp_path / "copy"
    backup(ledger.folder, copy)
    damage(ledger)
    journal = await opens(ledger)
    with pytest.raises(JournalBroken, match="is damaged"):
        await journal.verify()
    with pytest.raises(JournalBroken, match="is damaged"):
        await asyncio.wait_for(journal.until_broken(), 5)
    journal.close()
    for _ in range(2):
        with pytest.raises(SettingsError, match=rf"is damaged.*restore the backup {copy}"):
            await opens(ledger)
    restore(copy, ledger.folder, (Policy(), DOORS, VirtualClock()), force=True, trusted=False)
    (await opens(ledger)).close()
    assert not integrity.suspected(ledger.folder)


async def test_who_meets_the_damage_before_the_look_leaves_the_mark_as_well(ledger):
    damage(ledger)
    journal = await opens(ledger)
    with pytest.raises(JournalBroken, match="is damaged"):
        await journal.read(lambda db: db.execute("select count(*) from parcel where unit = 'UNIT-1203'").fetchone())
    journal.close()
    assert integrity.suspected(ledger.folder)


async def test_a_mark_without_damage_goes_at_the_next_start(ledger):
    integrity.suspect(ledger.folder, "a disk that read badly once")
    (await opens(ledger)).close()
    assert not integrity.suspected(ledger.folder)


async def test_a_look_that_is_called_off_ends_at_once_and_says_nothing(ledger, monkeypatch):
    begun, going = asyncio.Event(), asyncio.get_running_loop()

    def endless(connection):
        going.call_soon_threadsafe(begun.set)
        count = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
        return connection.execute(count).fetchone()

    monkeypatch.setattr(integrity, "verdict", endless)
    journal = await opens(ledger)
    look = asyncio.create_task(journal.verify())
    await begun.wait()
    look.cancel()
    with pytest.raises(asyncio.CancelledError):
        await look
    journal.close()
    assert not integrity.suspected(ledger.folder)


async def test_a_backup_and_its_way_back_never_hold_the_database_in_memory(ledger, tmp_path):
    """32 MB of rows pass through pieces of one."""
    with contextlib.closing(sqlite3.connect(ledger.folder / "locker.db")) as db:
        db.executemany("insert into meta values (?, ?)", [(f"filler {n}", f"{n:>1000000}") for n in range(32)])
        db.commit()
    tracemalloc.start()
    backup(ledger.folder, tmp_path / "copy")
    restore(tmp_path / "copy", ledger.folder, (Policy(), DOORS, VirtualClock()), force=True, trusted=False)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "copy").stat().st_size > 32_000_000
    assert peak < 12_000_000


def test_a_backup_whose_tables_are_damaged_is_refused_and_an_older_one_is_named(ledger, tmp_path):
    backup(ledger.folder, tmp_path / "old")
    damage(ledger)
    backup(ledger.folder, tmp_path / "new")
    with pytest.raises(SettingsError, match="is damaged"):
        unpack(tmp_path / "new", tmp_path / "parts")
    assert not (tmp_path / "parts").exists()
    assert newest_good(ledger.folder) == tmp_path / "old"
    assert not list(tmp_path.glob(".try-*"))
