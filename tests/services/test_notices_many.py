"""Many notices at once: what waits is read in pages and once, not again after each; lanes keep their order."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from notices_bench import notices, outbox_is, states
from query_plans import heard, scans
from services_bench import until

from locker.core.model import ParcelState
from locker.services.notices import outbox
from locker.services.notices.notice_follower import NoticeFollower
from locker.services.notices.notice_lanes import NoticeLanes
from locker.services.notices.notice_templates import NoticeTemplate

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def notice(number, due=NOW, event=None):
    return outbox.Notice(
        f"n{number}", event or number, "r1", NoticeTemplate.MOVED, "p1", due, 0, NOW, ParcelState.STORED,
        code_dead=False, arrival_tried=False,
    )  # fmt: skip


def looked(lanes, **found):
    lanes.look_begins()
    lanes.look_ended(found)
    return lanes


def order(lanes, now=NOW):
    """Everything that goes, one after another, each sent at once."""
    gone = []
    while taken := lanes.take(now):
        gone.append((taken[0], taken[1].id))
        lanes.give_back(*taken, None)
    return gone


def test_a_lane_keeps_the_order_of_its_events_and_waits_for_the_one_that_is_out():
    lanes = looked(NoticeLanes(), a=[notice(1), notice(3)], b=[notice(2)])
    first, second = lanes.take(NOW), lanes.take(NOW)
    assert {first[1].id, second[1].id} == {"n1", "n2"}
    assert lanes.take(NOW) is None
    lanes.give_back("a", notice(1), None)
    assert lanes.take(NOW)[1].id == "n3"


def test_a_notice_that_must_wait_holds_back_what_comes_after_it_in_its_lane_only():
    lanes = looked(NoticeLanes(), a=[notice(1), notice(3)], b=[notice(2)])
    name, first = lanes.take(NOW)
    later = NOW + timedelta(seconds=5)
    lanes.give_back(name, first, later)
    assert order(lanes) == [("b", "n2")]
    assert lanes.next_due() == later
    assert [(gone.tries, gone.id) for _, gone in [lanes.take(later)]] == [(1, "n1")]


def test_a_look_that_read_too_early_sends_nothing_twice_and_forgets_nothing():
    lanes = looked(NoticeLanes(), a=[notice(1), notice(3)])
    lanes.look_begins()
    lanes.give_back(*lanes.take(NOW), None)
    out = lanes.take(NOW)
    lanes.look_ended({"a": [notice(1), notice(3), notice(4)]})
    assert lanes.take(NOW) is None
    lanes.give_back(*out, None)
    assert order(lanes) == [("a", "n4")]


def test_what_waits_again_is_found_by_a_look_also_behind_what_is_known():
    lanes = looked(NoticeLanes(), a=[notice(5)])
    out = lanes.take(NOW)
    looked(lanes, a=[notice(2), notice(5)])
    lanes.give_back(*out, NOW + timedelta(seconds=9))
    assert order(lanes) == [("a", "n2")]


def test_a_lane_of_which_nothing_waits_any_more_is_forgotten():
    lanes = looked(looked(NoticeLanes(), a=[notice(1)], b=[notice(2)]), b=[notice(2)])
    assert order(lanes) == [("b", "n2")]
    assert lanes._lanes == {}


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_each_lane_goes_in_order_and_nothing_goes_twice(seed):
    rng = random.Random(seed)
    table, sent, out, lanes, number = {}, [], [], NoticeLanes(), 0
    for _ in range(300):
        act = rng.randrange(4)
        if act == 0:
            number += 1
            table[f"n{number}"] = (rng.choice("abc"), notice(number))
        elif act == 1:
            read = list(table.values())
            lanes.look_begins()
            for taken in [lanes.take(NOW)] if rng.random() < 0.5 else []:
                out += [taken] if taken else []
            found = {}
            for name, one in read:
                found.setdefault(name, []).append(one)
            lanes.look_ended(found)
        elif act == 2 and (taken := lanes.take(NOW)):
            out.append(taken)
        elif out:
            name, one = out.pop(rng.randrange(len(out)))
            sent.append((name, one.event))
            del table[one.id]
            lanes.give_back(name, one, None)
    for lane in "abc":
        events = [event for name, event in sent if name == lane]
        assert events == sorted(set(events))


@pytest.fixture
async def many(bench):
    """200 notices of one parcel wait for one phone."""
    resident = await bench.resident()
    parcel = (await bench.store()).parcel
    await NoticeFollower(bench.journal, bench.engine, bench.directory, lambda: None).catch_up()
    sql = (
        "insert into outbox (id, event, recipient, template, parcel, due_at, tries, state, last_fault, created_at)"
        " values (?, ?, ?, 'moved', ?, ?, 0, 'waiting', '', ?)"
    )
    at = "2026-03-01T08:00:00.000Z"
    rows = [(f"n{n}", n, resident, parcel, at, at) for n in range(1000, 1200)]
    await bench.journal.write(lambda db: db.conn.executemany(sql, rows))
    return 201


async def test_what_waits_is_read_in_pages_and_not_again_after_each_delivery(bench, company, many, monkeypatch):
    monkeypatch.setattr("locker.services.notices.outbox._PAGE", 50)
    looks = []
    page = outbox.waiting_page
    monkeypatch.setattr(outbox, "waiting_page", lambda db, after: looks.append(after) or page(db, after))
    async with notices(bench, company):
        await until(lambda: len(company.messages) == many)
        await outbox_is(bench, *[(template, "sent") for template, _ in await states(bench)])
    assert company.order[1:] == [f"n{n}" for n in range(1000, 1200)]
    assert looks.count(outbox.FIRST_PAGE) <= 3
    assert len(looks) <= 3 * (many // 50 + 1)


async def test_nothing_of_the_notices_reads_a_growing_table_whole(bench, company, clock, many):
    """Follower, sender, retries and the lists for staff, each statement asked how it finds its rows."""
    statements = heard(bench.journal)
    async with notices(bench, company):
        await until(lambda: len(company.messages) == many)
        deposit = await bench.store("SF2")
        await bench.resident(phone="")
        await bench.collect(deposit)
    now = bench.engine.now()
    await bench.journal.write(lambda db: (outbox.retry_failed(db, "r1", now), outbox.retry_after_start(db, now)))
    await bench.journal.write(lambda db: outbox.replace_arrivals(db, "p1", "r1", 10**9, now))
    await bench.journal.read(lambda db: (outbox.undelivered_notices(db, now), outbox.notice_counts(db, now)))
    assert sum("outbox" in sql for sql in statements) > 10
    assert scans(bench.journal.db, statements) == []


async def calls_wait(bench, count, first):
    """So many calls to staff, each to a phone of its own, and the events that they tell of."""
    at = "2026-03-01T08:00:00.000Z"
    event = "insert into event (seq, at, kind, by, data, hash) values (?, ?, 'DoorForced', 'x', ?, ?)"
    events = [(n, at, '{"compartment": "A1"}', f"h{n}") for n in range(first, first + count)]
    call = (
        "insert into outbox (id, event, recipient, template, parcel, due_at, tries, state, last_fault, created_at)"
        " values (?, ?, ?, 'staff-alarm', '', ?, 0, 'waiting', '', ?)"
    )
    calls = [(f"n{n}", n, f"staff:{n - first + 1}", at, at) for n in range(first, first + count)]
    await bench.journal.write(lambda db: (db.conn.executemany(event, events), db.conn.executemany(call, calls)))


async def test_NTF_01_twice_as_many_notices_after_an_outage_cost_twice_as_many_statements(bench, company):
    """10,000 leave in linear time: counted in statements, which no machine makes slower."""
    statements, spent, first, sizes = heard(bench.journal), [], 100_000, (100, 200, 400)
    for size in sizes:
        await calls_wait(bench, size, first)
        before, sent = len(statements), len(company.messages)
        staff = [f"+86138{n:08d}" for n in range(size)]
        async with notices(bench, company, staff=staff):
            await until(lambda sent=sent, size=size: len(company.messages) == sent + size)
        spent.append(len(statements) - before)
        first += size
    small, middle, large = (count / size for count, size in zip(spent, sizes, strict=True))
    assert middle <= small * 1.05
    assert large <= small * 1.05
    assert large < 12
