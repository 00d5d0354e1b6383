"""SEC-01: pictures at drop-off, pickup, forcing and staff openings, in the chain, whole or not at all."""

import asyncio
import hashlib

import pytest

from locker.core.events.picture_events import SnapshotTaken
from locker.core.model import Policy
from locker.errors import HardwareFault
from locker.journal import audit as audit_module
from locker.journal.audit import AuditFault, audit
from locker.journal.backup import backup
from locker.journal.store import read_only
from locker.services.evidence.snapshot_recorder import SnapshotRecorder
from locker.services.evidence.snapshot_store import SnapshotStore, mark_oldest, snapshots_of_parcel
from locker.startup import restore


class FarCamera:
    """A camera at the far end: every picture is another one; it may fail."""

    def __init__(self):
        self.count = 0
        self.fault = None
        self.lens = ""

    async def still(self):
        if self.fault is not None:
            raise HardwareFault(self.fault)
        self.count += 1
        return b"\xff\xd8 picture %d \xff\xd9" % self.count


@pytest.fixture
async def camera():
    return FarCamera()


@pytest.fixture
async def watched(bench, camera):
    await bench.resident()
    recorder = SnapshotRecorder(bench.engine, bench.journal, camera, budget_bytes=1_000_000)
    task = asyncio.create_task(recorder.run())
    await asyncio.sleep(0)
    yield recorder
    task.cancel()


async def pictures(bench, parcel, count):
    """Those of a parcel behind its door; that of the empty compartment before is another one."""
    for _ in range(400):
        every = await bench.journal.read(lambda db: snapshots_of_parcel(db, parcel))
        found = [each for each in every if each.cause != "deposit-opened"]
        if len(found) >= count:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"{len(found)} pictures, not {count}")


async def events(bench, kind):
    sql = "select data from event where kind = ? order by seq"
    for _ in range(400):
        rows = await bench.journal.read(lambda db: db.execute(sql, (kind,)).fetchall())
        if rows:
            return rows
        await asyncio.sleep(0.01)
    raise AssertionError(f"no {kind}")


async def test_SEC_01_X8_a_drop_off_is_kept_under_its_hash_and_the_hash_stands_in_the_chain(bench, watched):
    parcel = (await bench.store("T1")).parcel
    (shown,) = await pictures(bench, parcel, 1)
    assert shown.cause == "stored"
    path = bench.folder / "snapshots" / shown.day / f"{shown.sha256}.jpg"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == shown.sha256
    *_, event = await events(bench, "SnapshotTaken")
    assert shown.sha256 in event[0]
    assert audit(read_only(bench.folder), bench.folder) > 0


async def test_SEC_01_a_camera_that_fails_is_told_and_delays_no_door(bench, camera, watched):
    camera.fault = "The camera is covered."
    stored = await bench.store("T1")
    assert bench.engine.site.parcels[stored.parcel].state == "stored"
    event, *_ = await events(bench, "SnapshotMissed")
    assert "covered" in event[0]


@pytest.mark.parametrize("harm", ["changed", "gone", "swapped"])
async def test_a_picture_that_was_changed_or_swapped_is_found_by_the_audit(bench, watched, harm):
    one = (await pictures(bench, (await bench.store("T1")).parcel, 1))[0]
    path = bench.folder / "snapshots" / one.day / f"{one.sha256}.jpg"
    if harm == "changed":
        path.write_bytes(b"another picture")
    elif harm == "gone":
        path.unlink()
    else:
        await bench.journal.write(
            lambda db: db.execute("update snapshot set sha256 = ? where of = ?", ("0" * 64, one.of))
        )
    with pytest.raises(AuditFault, match=f"table snapshot {one.of}: "):
        audit(read_only(bench.folder), bench.folder)


async def test_pictures_that_no_backup_holds_are_no_fault_after_a_restore_onto_a_new_card(bench, watched, tmp_path):
    (one,) = await pictures(bench, (await bench.store()).parcel, 1)
    backup(bench.folder, tmp_path / "copy")
    card = tmp_path / "new card"
    card.mkdir()
    cabinet = Policy(), list(bench.engine.site.compartments.values()), bench.clock
    restore(tmp_path / "copy", card, cabinet, force=False, trusted=True)
    assert audit(read_only(card), card) > 0
    altered = SnapshotStore(card).path(one.day, one.sha256)
    altered.parent.mkdir(parents=True)
    altered.write_bytes(b"another picture")
    with pytest.raises(AuditFault, match="was changed"):
        audit(read_only(card), card)


async def test_a_picture_that_made_room_while_the_audit_ran_is_no_fault(bench, watched, monkeypatch):
    """The audit's rows are of one moment; its look at the files comes later."""
    (one,) = await pictures(bench, (await bench.store()).parcel, 1)
    files = SnapshotStore(bench.folder)
    run = audit_module._Fold.run

    def pruned_meanwhile(fold):
        count = run(fold)
        bench.journal.write_now(lambda db: mark_oldest(db, excess_bytes=1000))
        files.remove(one.day, one.sha256)
        return count

    monkeypatch.setattr(audit_module._Fold, "run", pruned_meanwhile)
    assert audit(read_only(bench.folder), bench.folder) > 0
    assert not files.path(one.day, one.sha256).exists()


async def test_the_oldest_pictures_make_room_and_the_audit_knows_it(bench, camera):
    await bench.resident()
    recorder = SnapshotRecorder(bench.engine, bench.journal, camera, budget_bytes=40)
    task = asyncio.create_task(recorder.run())
    await asyncio.sleep(0)
    first = (await bench.store("T1")).parcel
    await pictures(bench, first, 1)
    for number in (2, 3):
        await pictures(bench, (await bench.store(f"T{number}")).parcel, 1)
    for _ in range(400):
        _, oldest = await bench.journal.read(lambda db: snapshots_of_parcel(db, first))
        if oldest.removed:
            break
        await asyncio.sleep(0.01)
    assert oldest.removed
    assert not SnapshotStore(bench.folder).path(oldest.day, oldest.sha256).exists()
    assert audit(read_only(bench.folder), bench.folder) > 0
    task.cancel()


async def test_a_picture_that_two_events_show_stays_until_neither_needs_it(bench, camera, monkeypatch):
    async def same(_):
        return b"the same picture"

    monkeypatch.setattr(FarCamera, "still", same)
    await bench.resident()
    recorder = SnapshotRecorder(bench.engine, bench.journal, camera, budget_bytes=20)
    task = asyncio.create_task(recorder.run())
    await asyncio.sleep(0)
    first, second = [(await bench.store(f"T{n}")).parcel for n in (1, 2)]
    (saved,) = await pictures(bench, second, 1)
    for _ in range(400):
        if (await bench.journal.read(lambda db: snapshots_of_parcel(db, first)))[0].removed:
            break
        await asyncio.sleep(0.01)
    assert SnapshotStore(bench.folder).path(saved.day, saved.sha256).exists()
    assert audit(read_only(bench.folder), bench.folder) > 0
    task.cancel()


def test_no_half_file_stands_under_a_good_name(tmp_path):
    snapshots = SnapshotStore(tmp_path)
    saved = snapshots.save(b"picture", "2026-03-01")
    (tmp_path / "snapshots" / "2026-03-01" / ".half").write_bytes(b"pic")
    names = [p.name for p in (tmp_path / "snapshots" / "2026-03-01").glob("*.jpg")]
    assert names == [f"{saved.sha256}.jpg"]


async def test_the_sum_of_all_pictures_is_read_once_and_kept(bench, camera):
    """Whatever was pictured before: the sum after each picture is that of the rows, and no picture reads them all."""
    await bench.resident()
    recorder = SnapshotRecorder(bench.engine, bench.journal, camera, budget_bytes=60)
    task = asyncio.create_task(recorder.run())
    await asyncio.sleep(0)
    read = []
    bench.journal._read_only().conn.set_trace_callback(read.append)
    for number in range(5):
        await pictures(bench, (await bench.store(f"T{number}")).parcel, 1)
    for _ in range(400):
        standing = await bench.rows("select sum(bytes) as bytes from snapshot where removed = 0")
        if recorder._budget._stored == standing[0]["bytes"] <= 60:
            break
        await asyncio.sleep(0.01)
    assert recorder._budget._stored == standing[0]["bytes"]
    assert sum("coalesce(sum(bytes)" in sql for sql in read) == 1
    task.cancel()


async def test_a_budget_that_shrank_takes_the_oldest_in_small_steps(bench, camera, monkeypatch):
    """Doors wait for the transaction that marks pictures: it marks few, and is repeated."""
    monkeypatch.setattr("locker.services.evidence.snapshot_store.MARKED_AT_ONCE", 3)
    old = [(number, f"{number:064d}", "A1", "p1", "stored", "2026-01-01", 100) for number in range(1, 21)]
    sql = "insert into snapshot (of, sha256, compartment, parcel, cause, day, bytes, removed) values (?,?,?,?,?,?,?,0)"
    await bench.journal.write(lambda db: db.conn.executemany(sql, old))
    steps = []
    write = bench.journal.write

    async def counted(work):
        before = await bench.rows("select count(*) as n from snapshot where removed = 1")
        done = await write(work)
        after = await bench.rows("select count(*) as n from snapshot where removed = 1")
        steps.append(after[0]["n"] - before[0]["n"])
        return done

    monkeypatch.setattr(bench.journal, "write", counted)
    recorder = SnapshotRecorder(bench.engine, bench.journal, camera, budget_bytes=1000)
    await recorder._budget.keep(0)
    assert steps == [3, 3, 3, 1]
    left = await bench.rows("select of from snapshot where removed = 0 order by of")
    assert [row["of"] for row in left] == list(range(11, 21))


async def test_X9_pictures_of_labels_take_room_as_well_and_the_oldest_go(bench, watched):
    await bench.store("T1")
    await causes_kept(bench, 2)
    store = SnapshotStore(bench.folder)
    for number in range(1, 6):
        saved = store.save(b"\xff\xd8" + bytes([number]) * 300_000, "2026-03-01")
        taken = SnapshotTaken(
            compartment="", parcel="", cause="label", of=number, sha256=saved.sha256, day=saved.day, size=saved.size
        )
        await bench.engine.record(taken, "courier:c1")
    for _ in range(400):
        (left,) = await bench.rows("select sum(bytes) as n from snapshot where removed = 0")
        if left["n"] <= 1_000_000:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(left)


async def causes_kept(bench, count):
    for _ in range(400):
        if len(await bench.rows("select of from snapshot")) >= count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("too few pictures")
