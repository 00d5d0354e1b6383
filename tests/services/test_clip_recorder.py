"""N15, X8: a picture of every moment that matters, a clip around each, and none of it in anybody's way."""

import asyncio
import hashlib
import json
from pathlib import Path

import pytest
from query_plans import heard, scans
from test_snapshot_recorder import FarCamera, events

from hardware.camera.frame_ring import KEPT_SECONDS
from locker.clip_file import read_clip
from locker.core.events.record import Recorded
from locker.core.messages.observations import SwitchesSeen
from locker.core.model import Seen
from locker.core.reasons import Refused
from locker.errors import HardwareFault
from locker.journal.audit import AuditFault, audit
from locker.journal.store import read_only
from locker.services.evidence import SnapshotStore, clips_of_parcel, find_clip, find_snapshot, snapshots_of_parcel
from locker.services.evidence.camera_evidence import CameraEvidence
from locker.services.evidence.clip_recorder import PATIENCE_SECONDS
from locker.services.evidence.moments import cause_of
from locker.services.evidence.snapshot_store import mark_oldest, mark_over


class FilmCamera(FarCamera):
    """It also remembers what it saw: a frame a second, each another one."""

    def __init__(self):
        super().__init__()
        self.asked = []

    async def frames(self, seconds):
        if self.fault is not None:
            raise HardwareFault(self.fault)
        self.asked.append(seconds)
        return [(-second * 1000, b"\xff\xd8 frame %d %d" % (len(self.asked), second)) for second in (16, 15, 10, 2, 0)]


@pytest.fixture
async def camera():
    return FilmCamera()


@pytest.fixture
async def watched(bench, camera):
    await bench.resident()
    evidence = CameraEvidence(bench.engine, bench.journal, camera, budget_mb=1, clip_budget_mb=1)
    task = asyncio.create_task(evidence.run())
    await asyncio.sleep(0)
    yield evidence
    task.cancel()


async def later(bench, seconds=10):
    """So much time passes, and whoever waited for it has had a turn."""
    await asyncio.sleep(0.02)
    bench.clock.advance(seconds)
    await bench.quiet()


async def causes(bench, count, table="snapshot"):
    for _ in range(400):
        rows = await bench.rows(f"select of, cause, compartment, parcel from {table} order by of")
        if len(rows) >= count:
            return rows
        await asyncio.sleep(0.01)
    raise AssertionError(rows)


async def kept_clips(bench, parcel, count):
    for _ in range(100):
        found = await bench.journal.read(lambda db: clips_of_parcel(db, parcel))
        if len(found) >= count:
            return found
        await later(bench, 1)
    raise AssertionError(f"{len(found)} clips, not {count}")


async def test_X8_N15_a_deposit_is_pictured_open_and_shut_and_each_has_its_clip(bench, camera, watched):
    parcel = (await bench.store("T1")).parcel
    await later(bench)
    found = await kept_clips(bench, parcel, 2)
    assert [each.cause for each in found] == ["clip-deposit-opened", "clip-stored"]
    shown = await bench.journal.read(lambda db: snapshots_of_parcel(db, parcel))
    assert [each.cause for each in shown] == ["deposit-opened", "stored"]
    store = SnapshotStore(bench.folder)
    for each in found:
        frames = await asyncio.to_thread(store.frames, each.day, each.sha256)
        assert len(frames) == each.frames
        assert all(hashlib.sha256(frame.picture).hexdigest() == frame.sha256 for frame in frames)
        assert frames[-1].moment <= 10_000
        assert frames[0].moment <= -4_000
    assert all(seconds >= 15 for seconds in camera.asked)
    event, *_ = await events(bench, "ClipTaken")
    assert found[0].sha256 in event[0]
    assert await bench.journal.read(lambda db: find_snapshot(db, found[0].sha256)) is None
    assert await bench.journal.read(lambda db: find_clip(db, shown[0].sha256)) is None
    assert audit(read_only(bench.folder), bench.folder) > 0


@pytest.mark.parametrize(
    ("kind", "body", "cause"),
    [
        ("DoorOpened", {"visit": "d123"}, "deposit-opened"),
        ("ParcelStored", {}, "stored"),
        ("DoorOpened", {"visit": "k123"}, "opened"),
        ("ParcelCollected", {}, "collected"),
        ("PutBackSaid", {}, "put-back"),
        ("PickupRejected", {}, "rejected"),
        ("DoorForced", {}, "forced"),
        ("DoorLeftOpen", {}, "left-open"),
        ("DoorOpened", {"visit": "s123"}, "staff"),
        ("CodeRejected", {"source": "kiosk", "left": 0}, "wrong-codes"),
        ("CodeRejected", {"source": "kiosk", "left": 1}, None),
        ("CodeRejected", {"source": "token:far", "left": 0}, None),
        ("DoorOpened", {"visit": ""}, None),
        ("DoorShut", {}, None),
    ],
)
def test_X8_each_moment_that_matters_has_its_picture_and_no_other_one(kind, body, cause):
    assert cause_of(Recorded(7, "2026-03-01T08:00:00Z", kind, "kiosk", json.dumps(body), "0" * 64)) == cause


async def test_X8_what_staff_recipients_and_force_do_at_a_door_is_pictured_there(bench, watched):
    stored = await bench.store("T1")
    await bench.collect(stored)
    await bench.door("A5", Seen.OPEN, Seen.SHUT)
    await bench.commands.open_compartment("A6", "look inside", "staff:test")
    await bench.door("A6", Seen.OPEN, Seen.SHUT)
    rows = await causes(bench, 6)
    assert {(row["cause"], row["compartment"]) for row in rows} == {
        ("deposit-opened", stored.compartment),
        ("stored", stored.compartment),
        ("opened", stored.compartment),
        ("collected", stored.compartment),
        ("forced", "A5"),
        ("staff", "A6"),
    }


async def test_X8_who_guesses_at_the_screen_is_pictured_once_and_a_program_that_guesses_is_not(bench, watched):
    for source in ("token:far", "kiosk"):
        for code in range(40):
            with pytest.raises(Refused):
                await bench.commands.pickup(source=source, by=source, code=f"{code:08d}")
            bench.clock.advance(2)
    await later(bench)
    rows = await causes(bench, 2)
    assert sorted(row["cause"] for row in rows) == ["clip-wrong-codes", "wrong-codes"]


async def test_N15_without_a_camera_that_works_the_event_says_so_and_no_door_waits(bench, camera, watched):
    camera.fault = "The camera gives no picture."
    stored = await bench.store("T1")
    assert bench.engine.site.parcels[stored.parcel].state == "stored"
    await later(bench)
    for _ in range(400):
        rows = await bench.rows("select data from event where kind = 'SnapshotMissed'")
        if any('"clip-stored"' in row["data"] for row in rows):
            break
        await later(bench, 1)
    assert any('"clip-stored"' in row["data"] for row in rows)
    assert all("no picture" in row["data"] for row in rows)


async def test_N15_what_is_wrong_with_the_lens_stands_beside_the_picture(bench, camera, watched):
    camera.lens = "blurred"
    await bench.store("T1")
    event, *_ = await events(bench, "SnapshotTaken")
    assert '"lens":"blurred"' in event[0]


async def test_N15_a_clip_is_not_written_while_somebody_is_at_a_door(bench, camera, watched):
    await bench.store("T1")
    bench.clock.advance(120)
    await bench.quiet()
    waiting = await bench.deposit("T2")
    await bench.door(waiting.compartment, Seen.OPEN)
    assert bench.engine.site.visits
    await later(bench, 11)
    await asyncio.sleep(0.05)
    asked = len(camera.asked)
    assert asked >= 1
    before = await bench.rows("select count(*) as n from snapshot where frames > 0")
    bench.engine.observe(SwitchesSeen({waiting.compartment: Seen.SHUT}))
    await bench.quiet()
    await later(bench, PATIENCE_SECONDS + 1)
    for _ in range(100):
        after = await bench.rows("select count(*) as n from snapshot where frames > 0")
        if after[0]["n"] > before[0]["n"]:
            break
        await later(bench, 2)
    assert after[0]["n"] > before[0]["n"]


async def test_N15_while_somebody_stays_at_a_door_no_clip_is_asked_for_after_the_camera_forgot(bench, camera, watched):
    waiting = await bench.deposit("T2")
    await bench.door(waiting.compartment, Seen.OPEN)
    for door in ("A4", "A5", "A6"):
        await bench.door(door, Seen.OPEN, Seen.SHUT)
    for _ in range(60):
        await later(bench, 1)
    assert len(camera.asked) >= 4
    assert max(camera.asked) < KEPT_SECONDS - 5


async def test_N15_two_that_are_the_first_of_a_day_are_both_kept(tmp_path, monkeypatch):
    store = SnapshotStore(tmp_path)
    seen = Path.exists
    monkeypatch.setattr(Path, "exists", lambda path: path.name != "2026-03-01" and seen(path))
    first, second = store.save(b"one", "2026-03-01"), store.save(b"two", "2026-03-01")
    assert [store.path(each.day, each.sha256).read_bytes() for each in (first, second)] == [b"one", b"two"]


@pytest.mark.parametrize("harm", ["changed list", "changed frame", "gone"])
async def test_N15_a_clip_that_was_changed_is_found_by_the_audit(bench, watched, harm):
    parcel = (await bench.store("T1")).parcel
    clip, *_ = await kept_clips(bench, parcel, 1)
    path = SnapshotStore(bench.folder).path(clip.day, clip.sha256, "clip")
    content = path.read_bytes()
    assert len(read_clip(content)) == clip.frames
    if harm == "gone":
        path.unlink()
    else:
        at = 3 if harm == "changed list" else len(content) - 1
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    with pytest.raises(AuditFault, match=f"table snapshot {clip.of}: "):
        audit(read_only(bench.folder), bench.folder)


async def test_X9_N15_the_oldest_clips_make_room_for_clips_and_leave_the_stills_alone(bench, camera):
    rows = [(n, f"{n:064d}", "A1", f"p{n}", "clip-stored", "2026-01-01", 100, 15) for n in range(1, 11)]
    rows += [(n, f"{n:060d}abcd", "A1", f"p{n}", "stored", "2026-01-01", 100, 0) for n in range(1, 11)]
    sql = """insert into snapshot (of, sha256, compartment, parcel, cause, day, bytes, removed, frames)
             values (?,?,?,?,?,?,?,0,?)"""
    await bench.journal.write(lambda db: db.conn.executemany(sql, rows))
    freed, files = await bench.journal.write(lambda db: mark_oldest(db, 250, clips=True))
    assert freed == 300
    assert len(files) == 3
    left = await bench.rows("select of, frames from snapshot where removed = 0 order by frames, of")
    assert [row["of"] for row in left if row["frames"]] == list(range(4, 11))
    assert [row["of"] for row in left if not row["frames"]] == list(range(1, 11))


@pytest.mark.parametrize("clips", [False, True])
async def test_X9_what_is_held_or_disputed_stays_however_little_room_is_left(bench, clips):
    """Neither the budget nor the days of the rule take it: a held parcel, an open case, a case about the door."""
    await bench.resident()
    held = (await bench.store("T1")).parcel
    disputed = (await bench.store("T2")).parcel
    frames = 15 if clips else 0
    rows = [
        (1, "1" * 64, "A1", held, frames),
        (2, "2" * 64, "A2", disputed, frames),
        (3, "3" * 64, "A6", "", frames),
        (4, "4" * 64, "A5", "p4", frames),
    ]
    case = """insert into cases (number, serial, epoch, kind, priority, source, stage, parcel, compartment, unit,
              resident, urgent, owner, partners, opened_at, opened_by, reply_due, due, provisional, warned, of,
              outcome, erase) values (?, ?, '', 'lost', 2, 'staff', 'register', ?, ?, '', '', 0, '', '[]', '', '',
              '', '', 0, '[]', 0, '', 0)"""

    def work(db):
        db.execute("update parcel set held = 'legal' where id = ?", [held])
        db.execute(case, ["T1-0001", 1, disputed, "A2"])
        db.execute(case, ["T1-0002", 2, "", "A6"])
        sql = """insert into snapshot (of, sha256, compartment, parcel, frames, cause, day, bytes, removed)
                 values (?,?,?,?,?,'stored','2026-01-01',100,0)"""
        db.conn.executemany(sql, rows)

    await bench.journal.write(work)
    freed, _ = await bench.journal.write(lambda db: mark_oldest(db, 10_000, clips=clips))
    assert freed == 100
    left = await bench.rows("select of from snapshot where removed = 0 order by of")
    assert [row["of"] for row in left] == [1, 2, 3]
    marked, _ = await bench.journal.write(lambda db: mark_over(db, 10_000))
    assert marked == 0
    await bench.journal.write(lambda db: db.execute("update cases set closed_at = 'x'"))
    marked, _ = await bench.journal.write(lambda db: mark_over(db, 10_000))
    assert marked == 2


async def test_SEC_01_a_hundred_thousand_pictures_are_read_by_no_pickup_and_by_no_picture(bench, watched):
    """Whatever the number of pictures: a visit looks at none of them, and a new one finds the oldest by its index."""
    rows = [(n, f"{n:064d}", "A1", f"p{n}", "stored", "2026-01-01", 10, n % 2 * 15) for n in range(1, 100_001)]
    sql = """insert into snapshot (of, sha256, compartment, parcel, cause, day, bytes, removed, frames)
             values (?,?,?,?,?,?,?,0,?)"""
    await bench.journal.write(lambda db: db.conn.executemany(sql, [(-row[0], *row[1:]) for row in rows]))
    stored = await bench.store("T1")
    await causes(bench, 100_002)
    said = heard(bench.journal)
    await bench.collect(stored)
    await causes(bench, 100_004)
    read = [each for each in said if "snapshot" in each and not each.lstrip().startswith("insert")]
    assert [each for each in read if "count" in each] == []
    assert (
        scans(bench.journal.db, [each for each in said if "from snapshot" in each and "order by of" not in each]) == []
    )
    for clips in (False, True):
        oldest = heard(bench.journal)
        await bench.journal.write(lambda db: mark_oldest(db, 25, clips=clips))  # noqa: B023  awaited at once
        marking = [each for each in oldest if each.startswith("select of, cause, day")]
        plan = bench.journal.db.execute(f"explain query plan {marking[0]}").fetchall()
        index = "clip_kept" if clips else "snapshot_kept"
        assert any(index in row[-1] for row in plan), plan
        assert not any("TEMP B-TREE" in row[-1] for row in plan), plan
