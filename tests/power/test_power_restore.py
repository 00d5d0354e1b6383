"""Audit, backup and restore as commands, beside a running daemon, after it, and through a power cut."""

import asyncio
import signal
import sqlite3
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from needs import need_gcc
from power_cabinet import Cabinet, Died, recorder
from power_disk import cuts, records
from power_judge import BUILT
from power_replay import memory
from power_walk import ONE, fetch, residents, store

from locker.core.model import Policy
from locker.journal.audit import audit
from locker.journal.store import Journal
from locker.startup import open_engine


@pytest.fixture
def cabinet():
    need_gcc()
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        cabinet = Cabinet(folder, recorder())
        cabinet.token()
        cabinet.start()
        residents(cabinet)
        yield cabinet
        cabinet.close()


def tampered(folder, sql):
    with sqlite3.connect(folder / "locker.db") as db:
        db.executescript("drop trigger event_keep; drop trigger event_fixed;")
        db.execute(sql)
    db.close()


def test_a_restore_while_people_went_on_lets_no_old_code_open_a_newer_parcel(cabinet):
    door = store(cabinet, "SF1")
    old, _ = cabinet.secrets(ONE)
    copy = cabinet.folder / "copy"
    told = cabinet.lockerd("backup", str(copy))
    assert told.returncode == 0, told.stderr
    assert copy.stat().st_mode & 0o777 == 0o600
    assert cabinet.lockerd("audit").returncode == 0, "beside a running daemon"
    fetch(cabinet, code=old)
    cabinet.later(62)
    assert store(cabinet, "SF2") == door
    new, _ = cabinet.secrets(ONE, 1)
    assert new != old
    assert cabinet.lockerd("restore", str(copy), "--force").returncode == 1, "the daemon runs"
    cabinet.end()
    refused = cabinet.lockerd("restore", str(copy))
    assert (refused.returncode, "not empty" in refused.stderr) == (1, True)
    assert cabinet.lockerd("restore", str(copy), "--force").returncode == 0
    assert cabinet.lockerd("audit").returncode == 0
    cabinet.start()
    pulses = len(cabinet.hand("GET", "/pulses").json())
    assert cabinet.use(door) == "check"
    assert cabinet.pickup(code=old).status_code == 404
    assert len(cabinet.hand("GET", "/pulses").json()) == pulses


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("update event set data = replace(data, 'SF', 'XX') where kind = 'DepositStarted'", "event "),
        ("delete from event where seq = 4", "event 4: is missing"),
        ("update compartment set use = 'free' where use = 'loaded'", "table compartment "),
    ],
)
def test_SEC_05_a_tampered_folder_is_found_by_the_command(cabinet, sql, line):
    store(cabinet, "SF1")
    cabinet.end()
    tampered(cabinet.data, sql)
    told = cabinet.lockerd("audit")
    assert told.returncode == 1
    assert told.stdout.startswith(line), told.stdout


def test_a_corrupt_database_refuses_to_start_and_names_the_newest_good_backup(cabinet):
    store(cabinet, "SF1")
    for name in ("first", "second"):
        assert cabinet.lockerd("backup", str(cabinet.folder / name)).returncode == 0
    cabinet.end()
    (cabinet.folder / "second").write_bytes(b"not a backup")
    database = cabinet.data / "locker.db"
    text = bytearray(database.read_bytes())
    text[4096 : 4096 * 6] = bytes(4096 * 5)
    database.write_bytes(text)
    with pytest.raises(Died) as died:
        cabinet.start()
    assert str(cabinet.folder / "first") in str(died.value)


class Now:
    def now(self):
        return datetime.now(UTC)

    def monotonic(self):
        return 0.0

    def synced(self):
        return True


async def opens(folder):
    """What a start finds here: the kinds of all events."""
    journal = Journal(folder, threads=False)
    try:
        engine, _ = open_engine(journal, Now(), Policy(), BUILT, lambda _: None)
        assert engine.sealed is None
        audit(journal.db)
        return [row[0] for row in journal.db.execute("select kind from event order by seq")]
    finally:
        journal.close()


def test_a_power_cut_during_a_restore_leaves_the_old_folder_or_the_new_one(cabinet):
    store(cabinet, "SF1")
    assert cabinet.lockerd("backup", str(cabinet.folder / "copy")).returncode == 0
    store(cabinet, "SF2")
    cabinet.end(signal.SIGKILL)
    before = sum(1 for _ in records(cabinet.log, cabinet.data))
    assert cabinet.lockerd("restore", str(cabinet.folder / "copy"), "--force").returncode == 0
    found = Counter()
    for number, model, image, _, _ in cuts(cabinet.log, cabinet.data, seed=1):
        if number < before or model == "no-dir-sync":
            continue
        with tempfile.TemporaryDirectory(dir=memory()) as folder:
            for name, content in image.items():
                (Path(folder) / name).parent.mkdir(exist_ok=True)
                (Path(folder) / name).write_bytes(content)
            kinds = asyncio.run(opens(Path(folder)))
        assert "ParcelStored" in kinds, f"cut {number}, {model}: the folder starts empty"
        found["Restored" in kinds] += 1
    assert found[True] > 5
    assert found[False] > 50
