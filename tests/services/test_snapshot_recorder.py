"""SEC-01: pictures at drop-off, pickup, forcing and staff openings, in the chain, whole or not at all."""

import asyncio
import hashlib

import pytest

from locker.errors import HardwareFault
from locker.journal.audit import AuditFault, audit
from locker.journal.store import read_only
from locker.services.evidence.snapshot_recorder import SnapshotRecorder
from locker.services.evidence.snapshot_store import SnapshotStore, snapshots_of_parcel


class FarCamera:
    """A camera at the far end: every picture is another one; it may fail."""

    def __init__(self):
        self.count = 0
        self.fault = None

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
    for _ in range(400):
        found = await bench.journal.read(lambda db: snapshots_of_parcel(db, parcel))
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


async def test_SEC_01_a_drop_off_is_kept_under_its_hash_and_the_hash_stands_in_the_chain(bench, watched):
    parcel = (await bench.store("T1")).parcel
    (shown,) = await pictures(bench, parcel, 1)
    assert shown.cause == "stored"
    path = bench.folder / "snapshots" / shown.day / f"{shown.sha256}.jpg"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == shown.sha256
    (event,) = await events(bench, "SnapshotTaken")
    assert shown.sha256 in event[0]
    assert audit(read_only(bench.folder), bench.folder) > 0


async def test_SEC_01_a_camera_that_fails_is_told_and_delays_no_door(bench, camera, watched):
    camera.fault = "The camera is covered."
    stored = await bench.store("T1")
    assert bench.engine.site.parcels[stored.parcel].state == "stored"
    (event,) = await events(bench, "SnapshotMissed")
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
        await bench.journal.write(lambda db: db.execute("update snapshot set sha256 = ?", ("0" * 64,)))
    with pytest.raises(AuditFault, match=f"table snapshot {one.of}: "):
        audit(read_only(bench.folder), bench.folder)


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
        (oldest,) = await bench.journal.read(lambda db: snapshots_of_parcel(db, first))
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
