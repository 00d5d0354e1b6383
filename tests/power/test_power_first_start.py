"""A first start that the power cut anywhere: the audit says that nothing has been recorded yet, and a start goes on."""

import sqlite3

import pytest
from journal_bench import DOORS
from virtual import VirtualClock, virtually

from locker.core.model import Policy
from locker.errors import SettingsError
from locker.journal import schema
from locker.journal.folder import DATABASE, LOCK, FolderLock
from locker.journal.schema import STEPS, migrate
from locker.journal.store import Journal, JournalBroken
from locker.key_check import open_vault
from locker.services.admin import run_audit, run_backup
from locker.startup import open_engine
from locker.vault import KEY_FILE


def no_database(_folder):
    """Cut behind the lock file."""


def empty_file(folder):
    (folder / DATABASE).touch()


def hot_journal(folder):
    """Cut while SQLite turned to its write-ahead log: half of the first page, and the journal that takes it back."""
    path = folder / DATABASE
    with sqlite3.connect(path) as db:
        db.execute("pragma journal_mode = delete")
        db.execute("pragma synchronous = full")
        db.isolation_level = None
        db.execute("begin exclusive")
        db.execute("create table half (half)")
        db.execute("pragma cache_spill = 1")
        db.execute("pragma cache_size = 1")
        db.executemany("insert into half values (?)", [("x" * 4000,)] * 100)
        kept = {file: (folder / file).read_bytes() for file in (DATABASE, f"{DATABASE}-journal")}
        db.execute("rollback")
    db.close()
    for file, data in kept.items():
        (folder / file).write_bytes(data)


def some_steps(count):
    def cut(folder):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(schema, "STEPS", STEPS[:count])
            journal = Journal(folder, threads=False)
            database(journal, migrate)

    cut.__name__ = f"{count} of its steps"
    return cut


def database(journal, work):
    """A connection as the daemon's, for `work`; left as a kill leaves it."""
    with sqlite3.connect(journal.path, isolation_level=None) as db:
        db.execute("pragma journal_mode = wal")
        work(db)
    db.close()


BEFORE_THE_TABLES = [no_database, empty_file, hot_journal, *map(some_steps, range(len(STEPS)))]


@pytest.fixture
def folder(tmp_path):
    with FolderLock(tmp_path, "test"):
        pass
    return tmp_path


def begin(folder):
    """What `lockerd run` opens, up to an engine that is not sealed."""

    async def opened():
        journal = Journal(folder, threads=False)
        try:
            return open_engine(journal, VirtualClock(), Policy(), DOORS, lambda _: None)[0].sealed
        finally:
            journal.close()

    return virtually(opened)


@pytest.mark.parametrize("cut", BEFORE_THE_TABLES, ids=lambda cut: cut.__name__)
def test_an_audit_of_a_first_start_cut_short_says_that_nothing_was_recorded_yet(folder, cut, capsys):
    cut(folder)
    assert run_audit(folder) == 0
    assert "nothing has been recorded yet" in capsys.readouterr().out


@pytest.mark.parametrize("cut", BEFORE_THE_TABLES, ids=lambda cut: cut.__name__)
def test_a_start_goes_on_from_a_first_start_cut_short_and_its_audit_is_clean(folder, cut, capsys):
    cut(folder)
    assert begin(folder) is None
    assert run_audit(folder) == 0
    assert "the chain is whole" in capsys.readouterr().out


@pytest.mark.parametrize("cut", BEFORE_THE_TABLES, ids=lambda cut: cut.__name__)
def test_a_key_beside_it_tells_that_a_database_was_lost_and_nobody_says_nothing_was(folder, cut, capsys):
    cut(folder)
    (folder / KEY_FILE).write_bytes(bytes(32))
    assert run_audit(folder) == 1
    assert "holds a key and" in capsys.readouterr().out
    with pytest.raises(SettingsError, match="holds a key and"):
        run_backup(folder, folder.parent / "copy")
    with pytest.raises(SettingsError, match="holds a key and"):
        begin(folder)


@pytest.mark.parametrize("cut", BEFORE_THE_TABLES, ids=lambda cut: cut.__name__)
def test_of_nothing_there_is_no_backup(folder, cut):
    cut(folder)
    with pytest.raises(SettingsError, match="nothing has been recorded yet"):
        run_backup(folder, folder.parent / "copy")
    assert not (folder.parent / "copy").exists()


@pytest.mark.parametrize("key", [b"", b"x" * 16, None], ids=["empty", "half", "none"])
def test_a_first_key_that_the_cut_took_is_no_lost_key_while_nothing_was_recorded(folder, key, capsys):
    """The check value is durable before the key: what is left of the file then decides nothing, or seals."""
    journal = Journal(folder, threads=False)
    journal.open()
    open_vault(journal)
    journal.close()
    if key is None:
        (folder / KEY_FILE).unlink()
        assert begin(folder) is None
    else:
        (folder / KEY_FILE).write_bytes(key)
        assert "damaged" in begin(folder)
    assert run_audit(folder) == 0
    assert "0 events" in capsys.readouterr().out


def test_a_folder_in_which_no_start_ever_was_is_not_called_new(tmp_path):
    with pytest.raises(JournalBroken, match="no database"):
        run_audit(tmp_path)
    (tmp_path / DATABASE).touch()
    assert not (tmp_path / LOCK).exists()
    assert run_audit(tmp_path) == 1
