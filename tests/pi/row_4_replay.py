"""Rows: the recorded card of the first start and six parcels, cut at any write, in each order a card may keep."""

import random

import pytest
from pi_audit import audit_of, daemon_starts, mounted
from pi_card import DATA, copy_of, data_partition
from pi_card_log import KEPT, Disk, requests
from pi_places import MADE, Failed

CUTS, STARTS = 200, 12


@pytest.fixture(scope="module")
def replay(first):
    """Cut, mount, examine: what was found at each point."""
    chance = random.Random(200)
    log = list(requests(first.log))
    disk = Disk(data_partition(first.blank, MADE / "run" / "replay.img"), DATA, log)
    writes = [n for n, one in enumerate(log) if one.data and DATA.start <= one.offset < DATA.start + DATA.size]
    points = sorted(chance.sample(writes, min(CUTS, len(writes))))
    sampled = set(chance.sample(points, min(STARTS, len(points)))) | set(points[:3])
    found = []
    for point in points:
        disk.advance(point + 1)
        for model, kept in disk.states(chance):
            target = copy_of(MADE / "run" / "replay.img", MADE / "run" / "replay-cut.img")
            disk.write_state(kept, target)
            found.append(_examine(first, target, log[point], model, start=point in sampled and model != "all"))
    return {"writes": len(writes), "flushes": sum(bool(one.flags & 1) for one in log), "points": points, "found": found}


def _examine(first, image, request, model, *, start):
    """The folder as a start finds it: audited, and what was answered before is there. Then a start on some of them."""
    answered = [parcel for parcel, status, length in first.answered if status == 201 and length <= request.ends]
    one = {"model": model, "ends": request.ends, "answered": len(answered), "started": False}
    with mounted(image) as folder:
        if not (folder / "locker.db").exists():
            one["events"] = None
            assert not answered
        else:
            one["events"] = audit_of(folder)
            _parcels_are_there(folder, answered)
        if start:
            daemon_starts(folder)
            after = audit_of(folder)
            assert after > (one["events"] or 0)
            one["started"] = True
    return one


def _parcels_are_there(folder, answered):
    from locker.journal.store import read_only

    if not answered:
        return
    db = read_only(folder)
    try:
        known = {row[0] for row in db.execute("select id from parcel")}
    finally:
        db.conn.close()
    if lost := set(answered) - known:
        raise Failed(f"parcels {lost} had been answered and are gone")


def test_200_cuts_of_a_recorded_card_leave_a_sound_journal_with_all_that_was_answered(replay, measured):
    found = replay["found"]
    models = ", ".join(f"{sum(one['model'] == model for one in found)} {model}" for model in KEPT)
    measured.append(f"{len(replay['points'])} cuts of {replay['writes']} writes and {replay['flushes']} flushes, "
                    f"{len(found)} different disks ({models})")  # fmt: skip
    assert len(replay["points"]) >= min(CUTS, replay["writes"])
    assert max(one["answered"] for one in found) > 0


def test_cuts_in_the_very_first_start_leave_nothing_or_a_beginning(replay, measured):
    before = [one for one in replay["found"] if not one["events"]]
    assert before
    none = sum(one["events"] is None for one in before)
    measured.append(f"{none} disks without a database, {len(before) - none} before the first event")


def test_the_daemon_starts_on_what_a_cut_left(replay, measured):
    started = [one for one in replay["found"] if one["started"]]
    measured.append(f"{len(started)} disks, {sum(not one['events'] for one in started)} of them of the first start")
    assert len(started) >= min(STARTS, len(replay["points"])) // 2
