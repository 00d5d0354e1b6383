"""The journal: one transaction, a chain that shows every change, nothing personal in it, one process at a time."""

import json
import os
import sqlite3
import subprocess
import sys

import pytest
from journal_bench import Ledger

from locker.core.events.picture_events import SnapshotTaken
from locker.core.events.record import GENESIS, link
from locker.core.events.service_events import NoticeFailed, ResidentSaved
from locker.core.messages.commands import (
    Cancel,
    Collect,
    CompartmentAnswer,
    DepositAnswer,
    PickupAnswer,
    Reopen,
    ResidentAnswer,
)
from locker.core.messages.observations import Tick, WallJumped
from locker.core.outcome import Draft
from locker.errors import SettingsError
from locker.journal.answers import forget_old, load_answers
from locker.journal.folder import FolderLock
from locker.journal.rows import KeptAnswer
from locker.journal.store import CannotWrite, Journal, JournalBroken


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path).open().begin()
    yield ledger
    ledger.close()


def outcome_of(ledger, message):
    from locker.core.rules import decide

    return decide(ledger.site, message, ledger.now)


# --- one transaction ------------------------------------------------------------------------------


def test_events_rows_private_rows_and_the_kept_answer_are_one_transaction(ledger):
    parcel = ledger.stored()
    collect = Collect(by="kiosk", pickup="k1", hash=ledger.secrets[parcel].code_hash, token=False, source="kiosk")
    outcome = outcome_of(ledger, collect)
    keep = KeptAnswer("key", "body", PickupAnswer("k1", ((parcel, "A1"),)))
    everything = [f"select * from {t}" for t in ("event", "parcel", "compartment", "answer", "sealed")]
    before = [ledger.rows(sql) for sql in everything]
    seq = ledger.journal.seq
    ledger.journal.db.execute("create trigger late before insert on answer begin select raise(abort, 'no'); end")
    with pytest.raises(sqlite3.IntegrityError):
        ledger.journal.append_durably(outcome, "kiosk", keep)
    assert [ledger.rows(sql) for sql in everything] == before
    assert ledger.journal.seq == seq
    ledger.journal.db.execute("drop trigger late")
    ledger.journal.append_durably(outcome, "kiosk", keep)
    after = [ledger.rows(sql) for sql in everything]
    assert [a != b for a, b in zip(after, before, strict=True)] == [True, True, True, True, False]


def test_a_picture_or_a_notice_of_a_parcel_that_has_left_long_since_is_recorded(ledger):
    """The camera needs its time, and with reopen_seconds = 0 the parcel is out of the site at once."""
    draft = Draft(ledger.site, ledger.now)
    draft.add(NoticeFailed(parcel="pgone", notice="withdrawn", fault="refused"))
    draft.add(SnapshotTaken(parcel="pgone", compartment="A1", cause="collected", of=1, sha256="0" * 64))
    ledger.append(draft.outcome())
    assert ledger.journal.db.execute("select count(*) from event where kind = 'NoticeFailed'").fetchone() == (1,)
    assert ledger.journal.db.execute("select 1 from parcel where id = 'pgone'").fetchone() is None


def test_what_is_written_is_synced_before_append_returns(ledger):
    db = ledger.journal.db
    assert db.execute("pragma synchronous").fetchone() == (2,)
    assert db.execute("pragma journal_mode").fetchone() == ("wal",)
    assert db.execute("pragma foreign_keys").fetchone() == (1,)


def test_every_table_is_strict(ledger):
    tables = ledger.rows("select name, strict from pragma_table_list where schema = 'main' and type = 'table'")
    assert [name for name, strict in tables if not strict and not name.startswith("sqlite_")] == []


def test_a_work_that_raises_leaves_nothing_written(ledger):
    def work(db):
        db.execute("insert into meta values ('a', 'b')")
        raise ZeroDivisionError

    from locker.journal.store import transact

    with pytest.raises(ZeroDivisionError):
        transact(ledger.journal.db, work)
    assert ledger.rows("select * from meta where key = 'a'") == []
    ledger.stored()


# --- the chain --------------------------------------------------------------------------------------


def chain(ledger):
    """The first event that does not hang on the one before, or None."""
    before = GENESIS
    for seq, at, kind, by, data, hashed in ledger.rows("select seq, at, kind, by, data, hash from event order by seq"):
        if hashed != link(before, seq, at, kind, by, data):
            return seq
        before = hashed
    return None


def test_SEC_06_every_event_hangs_on_the_one_before_over_restarts(ledger):
    for _ in range(3):
        ledger.collected()
        ledger.later(60)
        ledger.again()
        ledger.begin()
    seqs = [seq for (seq,) in ledger.rows("select seq from event order by seq")]
    assert seqs == list(range(1, len(seqs) + 1))
    assert chain(ledger) is None


def test_SEC_06_a_changed_a_missing_and_a_swapped_event_are_found(ledger):
    ledger.collected()
    changes = {
        "update event set by = 'nobody' where seq = 5": 5,
        "update event set data = json_set(data, '$.compartment', 'A9') where seq = 6": 6,
        "update event set at = '2026-03-01T08:00:00.001Z' where seq = 4": 4,
        "update event set kind = 'DoorShut' where seq = 6": 6,
        "delete from event where seq = 5": 6,
    }
    for sql, found in changes.items():
        forger = sqlite3.connect(ledger.journal.path, isolation_level=None)
        forger.execute("begin")
        forger.execute("drop trigger event_fixed")
        forger.execute("drop trigger event_keep")
        forger.execute(sql)
        rows = forger.execute("select seq, at, kind, by, data, hash from event order by seq").fetchall()
        forger.execute("rollback")
        forger.close()
        before, broken = GENESIS, None
        for seq, at, kind, by, data, hashed in rows:
            if broken is None and hashed != link(before, seq, at, kind, by, data):
                broken = seq
            before = hashed
        assert broken == found, sql


@pytest.mark.parametrize(
    "sql", ["delete from event", "update event set by = 'x'", "replace into event select * from event"]
)
def test_X7_events_are_never_changed_nor_deleted(ledger, sql):
    before = ledger.rows("select * from event")
    with pytest.raises(sqlite3.IntegrityError):
        ledger.journal.db.execute(sql)
    assert ledger.rows("select * from event") == before


# --- nothing personal, nothing secret -----------------------------------------------------------------


def test_private_fields_are_nowhere_in_the_event_table(ledger):
    ledger.collected()
    said = " ".join(str(row) for row in ledger.rows("select * from event"))
    for secret in ("TRACKING-", "COURIER LI", "UNIT-1203", "Wang", "13800000001", "wang@example.org"):
        assert secret not in said
    assert ledger.rows("select tracking, courier, unit from parcel") == [
        ("TRACKING-p0000000001", "COURIER LI", "UNIT-1203")
    ]


def test_X2_code_and_token_are_nowhere_on_the_disk_in_clear(ledger):
    stored, gone = ledger.stored(), ledger.collected()
    files = [file for file in ledger.folder.iterdir() if file.is_file()]
    assert {"locker.db", "locker.db-wal", "key"} <= {file.name for file in files}
    for parcel in (stored, gone):
        for secret in (ledger.secrets[parcel].code, ledger.secrets[parcel].token):
            assert not [f.name for f in files if secret.encode() in f.read_bytes()]


def test_the_key_is_its_own_private_file_and_nowhere_in_the_database(ledger):
    key = ledger.folder / "key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.read_bytes() not in ledger.journal.path.read_bytes()
    assert ledger.journal.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("end", ["collected", "cancelled", "withdrawn"])
def test_the_sealed_code_is_erased_when_the_parcel_ends(ledger, end):
    parcel = ledger.deposit()
    assert ledger.rows("select parcel from sealed") == [(parcel,)]
    sealed = ledger.secrets[parcel].sealed
    if end == "cancelled":
        ledger.do(Cancel(by="t", parcel=parcel))
    else:
        name = ledger.place(parcel)
        ledger.see(**{name: "open"})
        ledger.see(**{name: "shut"})
        assert ledger.rows("select parcel from sealed") == [(parcel,)]
        if end == "collected":
            ledger.code(parcel)
        else:
            ledger.do(Reopen(by="t", parcel=parcel, take_back=True))
        ledger.see(**{name: "open"})
        ledger.see(**{name: "shut"})
    assert ledger.rows("select * from sealed") == []
    ledger.close()
    assert sealed not in ledger.journal.path.read_bytes(), "overwritten in the file, not only unlinked"
    ledger.open()


# --- answers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        DepositAnswer("d1", "p1", "A1", "depositing"),
        PickupAnswer("k1", (("p1", "A1"), ("p2", "A2"))),
        CompartmentAnswer("A1", "M", "free", "shut", "left", None, ("p1",)),
        ResidentAnswer("r1"),
    ],
)
def test_every_kind_of_answer_is_kept_for_a_day_over_a_restart(ledger, answer):
    from datetime import timedelta

    ledger.append(outcome_of(ledger, Tick(synced=True)), keep=KeptAnswer("key", "body", answer))
    ledger.again()
    day = timedelta(hours=24)
    kept = load_answers(ledger.journal.db, ledger.now + day).get("key", ledger.now + day)
    assert (kept.body, kept.answer) == ("body", answer)
    late = ledger.now + day + timedelta(milliseconds=1)
    assert load_answers(ledger.journal.db, late).get("key", late) is None
    assert load_answers(ledger.journal.db, ledger.now).get("key", late) is None
    forget_old(ledger.journal.db, ledger.now + day)
    assert ledger.rows("select count(*) from answer") == [(1,)]
    forget_old(ledger.journal.db, late)
    assert ledger.rows("select count(*) from answer") == [(0,)]


# --- one process at a time --------------------------------------------------------------------------


def test_a_second_daemon_on_the_folder_is_refused_and_told_who_holds_it(tmp_path):
    with FolderLock(tmp_path, "lockerd at site test-1"):
        with pytest.raises(SettingsError) as refused, FolderLock(tmp_path, "other"):
            pass
        (line,) = refused.value.faults
        assert line.startswith("storage.data: ")
        assert "lockerd at site test-1" in line
        assert f"process {os.getpid()}" in line
    with FolderLock(tmp_path, "other"):
        pass


def test_the_folder_is_free_again_however_its_holder_ended(tmp_path):
    hold = (
        "import sys, time, pathlib\n"
        "from locker.journal.folder import FolderLock\n"
        "with FolderLock(pathlib.Path(sys.argv[1]), 'the first'):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", hold, tmp_path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(SettingsError, match=f"the first, process {holder.pid}"), FolderLock(tmp_path, "second"):
            pass
        holder.kill()
        holder.wait()
    with FolderLock(tmp_path, "second"):
        pass


def test_the_folder_is_private(tmp_path):
    with FolderLock(tmp_path / "new", "x"):
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


# --- disks that fail ----------------------------------------------------------------------------------


def write_much(ledger):
    for _ in range(10_000):
        ledger.do(WallJumped(seconds=1))


def test_a_read_only_database_cannot_write_and_loses_nothing(ledger):
    before = ledger.rows("select count(*) from event")
    ledger.journal.db.execute("pragma query_only = on")
    with pytest.raises(CannotWrite):
        ledger.stored()
    assert ledger.rows("select count(*) from event") == before
    ledger.journal.db.execute("pragma query_only = off")
    ledger.stored()
    assert chain(ledger) is None


def test_a_database_that_may_not_grow_cannot_write_and_goes_on_when_it_may(ledger):
    pages = ledger.journal.db.execute("pragma page_count").fetchone()[0]
    ledger.journal.db.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(CannotWrite):
        write_much(ledger)
    ledger.journal.db.execute("pragma max_page_count = 1000000")
    ledger.do(WallJumped(seconds=1))
    assert chain(ledger) is None
    assert ledger.loaded() == ledger.site


@pytest.fixture
def small_disk(tmp_path):
    """A file system that all tables just fit into and that is really full when it is full; only root may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=768k,mode=0700", "none", place], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root may mount a file system")
    yield place
    subprocess.run(["umount", "-l", place], check=False)


def test_a_full_disk_cannot_write_and_heals_when_there_is_room(small_disk):
    ledger = Ledger(small_disk).open().begin()
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="space"):
        filler.write_bytes(b"x" * 900_000)
    with pytest.raises(CannotWrite):
        write_much(ledger)
    filler.unlink()
    ledger.stored()
    assert chain(ledger) is None
    assert ledger.loaded() == ledger.site
    ledger.close()


def test_a_disk_that_is_full_at_the_start_cannot_write_and_is_not_broken(small_disk):
    ledger = Ledger(small_disk).open().begin()
    ledger.close()
    with pytest.raises(OSError, match="space"):
        (small_disk / "filler").write_bytes(b"x" * 900_000)
    journal = Journal(small_disk, threads=False)
    with pytest.raises(CannotWrite):
        journal.open()
    journal.close()


def test_a_read_only_disk_cannot_be_opened_for_writing_but_can_be_read(small_disk):
    ledger = Ledger(small_disk).open().begin()
    site = ledger.site
    ledger.close()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    journal = Journal(small_disk, threads=False)
    with pytest.raises(CannotWrite):
        journal.open()
    journal.close()
    reading = Journal(small_disk, threads=False)
    reading.open_read_only()
    from journal_bench import DOORS

    from locker.journal.rows import load

    assert load(reading.db, ledger.policy, DOORS) == site
    reading.close()


def test_a_damaged_database_is_broken_and_not_replaced(tmp_path):
    ledger = Ledger(tmp_path).open().begin()
    for _ in range(20):
        ledger.collected()
        ledger.later(60)
    ledger.close()
    path = tmp_path / "locker.db"
    raw = bytearray(path.read_bytes())
    raw[4096:12288] = b"\x5a" * 8192
    path.write_bytes(raw)
    journal = Journal(tmp_path, threads=False)
    with pytest.raises(JournalBroken):
        journal.open()
    journal.close()
    assert path.read_bytes() == bytes(raw)


def test_a_database_that_is_none_is_broken(tmp_path):
    (tmp_path / "locker.db").write_bytes(b"not a database at all, but long enough to be looked at " * 40)
    journal = Journal(tmp_path, threads=False)
    with pytest.raises(JournalBroken):
        journal.open()
    journal.close()


async def test_read_and_write_run_on_threads_of_their_own(tmp_path):
    import threading

    journal = Journal(tmp_path)
    journal.open()
    seen = {threading.get_ident()}
    seen.add(await journal.write(lambda _: threading.get_ident()))
    seen.add(await journal.read(lambda _: threading.get_ident()))
    assert len(seen) == 3
    with pytest.raises(sqlite3.OperationalError):
        await journal.read(lambda db: db.execute("insert into meta values ('a', 'b')"))
    journal.close()


def test_the_public_body_of_an_event_is_compact_JSON_without_private_fields():
    from locker.journal.codec import event_data

    event = ResidentSaved(resident="r1", consent=None, reach=True, name="Wang", phone="1")
    assert json.loads(event_data(event)) == {"resident": "r1", "consent": None, "reach": True}
