"""One locker that says nonsense harms itself alone, and two consumers do not wait for each other."""

import asyncio
import json
import logging
from contextlib import suppress
from datetime import UTC, datetime

import aiomqtt
import psycopg
import pytest
from fleet_servers import PATIENCE_S

from fleet.event_intake import EventIntake
from fleet.event_store import take_batches, take_hello, take_online
from fleet.overview import last_events
from fleet.schema import migrate
from fleet.settings import FleetSettings
from fleet.wire_format import Hello, NotUnderstood, read_batch, read_checkpoint, read_hello, read_result, read_state

GOOD_STATE = {"name": "Good", "doors": {}, "free": {"S": 1}, "parcels": {"stored": 0}, "warnings": []}


def event(locker, seq=1, at="2026-03-01T08:00:00Z", **data):
    told = {"specversion": "1.0", "source": f"/lockers/{locker}", "type": "lockerd.Noted", "time": at, "epoch": "e"}
    return {**told, "seq": seq, "actor": "staff", "rowhash": "ab", "data": data}


def batch(locker, *events):
    return read_batch(locker, json.dumps(events).encode())


@pytest.fixture
async def db(database):
    async with await psycopg.AsyncConnection.connect(database.dsn, autocommit=True) as connection:
        await migrate(connection)
        await connection.execute("truncate locker, event, position, day_count, anchor cascade")
        yield connection


@pytest.mark.parametrize(
    ("read", "payload"),
    [
        (lambda told: read_batch("x", told), json.dumps([event("x", at="0001-01-01T00:00:00+14:00")]).encode()),
        (lambda told: read_batch("x", told), json.dumps([event("x", deep=json.loads("[" * 99 + "]" * 99))]).encode()),
        (lambda told: read_batch("x", told), json.dumps([event("x", n=1)]).replace("1}}", "1e999}}").encode()),
        (lambda told: read_hello("x", told), b'{"epoch":"e","head":1e999,"before":[]}'),
        (read_state, b'{"doors":{},"free":[]}'),
        (read_state, b'{"doors":{},"free":{"S":"x"}}'),
        (read_state, b'{"doors":{"A1":1}}'),
        (read_state, b'{"doors":{},"warnings":{"a":1}}'),
        (read_result, b'{"id":"x","state":NaN}'),
        (read_checkpoint, "a\n\u00b2\n\n".encode()),
        (read_checkpoint, b"a\n" + b"9" * 30 + b"\n\n"),
        (read_checkpoint, b"a\x00\n9\n\n"),
    ],
)
def test_what_the_database_or_a_page_would_stumble_over_is_not_understood(read, payload):
    with pytest.raises(NotUnderstood):
        read(payload)


def test_NUL_and_half_characters_are_taken_out_and_the_rest_stays():
    (told,) = batch("x", event("x", a="a\0b", b="\ud800c", c="\\u0000", d="\U0001f4e6")).events
    assert told.data == {"a": "ab", "b": "?c", "c": "\\u0000", "d": "\U0001f4e6"}


@pytest.mark.parametrize("at", ["1970-01-01T00:00:01Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_D3_an_event_of_a_clock_that_is_far_off_is_kept(db, at):
    await take_hello(db, Hello("far", "e", 9, ()))
    taken = await take_batches(db, [batch("far", event("far", 1, at, a="\\u0000"), event("far", 2))])
    assert [each.seq for each in taken.held] == [2]
    months = {row[0] for row in await (await db.execute("select tableoid::regclass::text from event")).fetchall()}
    assert months == {"event_of_no_month", "event_2026_03"}


async def test_an_event_of_a_clock_that_was_ahead_does_not_stand_first_for_ever(db):
    await take_hello(db, Hello("ahead", "e", 9, ()))
    now = datetime.now(UTC).isoformat()
    await take_batches(db, [batch("ahead", event("ahead", 1, "2199-01-01T00:00:00Z"), event("ahead", 2, now))])
    assert [each["at"].isoformat() for each in await last_events(db, "ahead")] == [now]


async def test_D3_events_on_both_sides_of_a_month_stand_each_in_its_own(db):
    await take_hello(db, Hello("edge", "e", 9, ()))
    sides = [event("edge", 1, "2026-04-30T23:59:59.999Z"), event("edge", 2, "2026-05-01T01:00:00+01:00")]
    await take_batches(db, [batch("edge", *sides)])
    rows = await (await db.execute("select tableoid::regclass::text from event order by seq")).fetchall()
    assert [row[0] for row in rows] == ["event_2026_04", "event_2026_05"]


async def test_O13_a_consumer_in_the_middle_of_its_work_holds_up_no_other(db, database):
    for name in ("one", "two"):
        await take_hello(db, Hello(name, "e", 9, ()))
        await take_batches(db, [batch(name, event(name, 1))])
    async with await psycopg.AsyncConnection.connect(database.dsn, autocommit=True) as other, other.transaction():
        await take_batches(other, [batch("one", event("one", 2))])
        async with asyncio.timeout(10):
            taken = await take_batches(db, [batch("two", event("two", 2))])
    assert taken.held[0].seq == 2


async def test_D3_an_answer_that_was_lost_on_the_wire_comes_with_the_events(db):
    await db.execute("truncate given_order")
    for name in ("o1", "o2", "o3"):
        await db.execute("insert into given_order values (%s, 'tower', 'open', '{}', 'wu', now(), now(), null)", [name])
    await take_hello(db, Hello("tower", "e", 9, ()))
    told = [
        {**event("tower", 1, order="o1", state="done", version=3, surplus="x"), "type": "lockerd.OrderAnswered"},
        {**event("tower", 2, order="o2", cause="expired"), "type": "lockerd.OrderRefused"},
        {**event("tower", 3, order="o3", state={"no": "text"}), "type": "lockerd.OrderAnswered"},
        {**event("tower", 4, order="o1", state="interrupted"), "type": "lockerd.OrderAnswered"},
    ]
    await take_batches(db, [batch("tower", *told)])
    rows = await (await db.execute("select id, result from given_order order by id")).fetchall()
    told = {"o1": {"state": "done", "version": 3}, "o2": {"state": "refused", "why": "expired"}, "o3": None}
    assert dict(rows) == told
    await take_hello(db, Hello("thief", "e", 9, ()))
    stolen = {**event("thief", 1, order="o3", state="done"), "type": "lockerd.OrderAnswered"}
    await take_batches(db, [batch("thief", stolen)])
    assert (await (await db.execute("select result from given_order where id = 'o3'")).fetchone())[0] is None


async def test_a_locker_that_went_is_told_as_gone_since_then(db):
    early, late = datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 1, 14, tzinfo=UTC)
    await take_online(db, "x", early, online=True)
    for now in (late, datetime(2026, 3, 1, 20, tzinfo=UTC)):  # told again at each start of ours
        await take_online(db, "x", now, online=False)
    assert (await (await db.execute("select seen_at from locker where id = 'x'")).fetchone())[0] == late


async def test_one_bad_locker_stops_no_other(db, broker, database, tmp_path, caplog):
    caplog.set_level(logging.CRITICAL)
    settings = FleetSettings(f"mqtt://127.0.0.1:{broker.port}", database.dsn, tmp_path, instance=tmp_path.name)
    intake = EventIntake(settings)
    bad = {
        "state": b'{"doors":{},"name":"\\u0000\\ud800","free":{"S":1e999}}',
        "checkpoint": "a\n\u00b2\n\n".encode(),
        "hello": b'{"epoch":"e","head":1e999,"before":[]}',
        "result": b'{"id":"\\u0000\\ud800","state":"\\u0000"}',
        "ev": json.dumps([event("bad", at="0001-01-01T00:00:00+14:00")]).encode(),
    }
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        for leaf, payload in bad.items():
            await client.publish(f"lockers/bad/{leaf}", payload, 1, retain=leaf in {"state", "checkpoint"})
        task = asyncio.create_task(intake.run())
        async with asyncio.timeout(PATIENCE_S):
            while intake.taken["not-understood"] < 2:  # noqa: ASYNC110  another process brings it
                await asyncio.sleep(0.05)
            for leaf, payload in bad.items():
                await client.publish(f"lockers/bad/{leaf}", payload, 1)
            await client.publish("lockers/good/state", json.dumps(GOOD_STATE), 1)
            while not await (await db.execute("select 1 from locker where id = 'good'")).fetchone():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert not task.done()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_the_intake_ends_when_asked_although_its_library_kept_the_request(
    db, broker, database, tmp_path, monkeypatch
):
    waiting, subscribe = asyncio.Event(), aiomqtt.Client.subscribe

    async def the_first_word_came_in_that_instant(client, *asked, **more):
        if not waiting.is_set():
            waiting.set()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(3600)
        return await subscribe(client, *asked, **more)

    monkeypatch.setattr(aiomqtt.Client, "subscribe", the_first_word_came_in_that_instant)
    settings = FleetSettings(f"mqtt://127.0.0.1:{broker.port}", database.dsn, tmp_path, instance=tmp_path.name)
    task = asyncio.create_task(EventIntake(settings).run())
    async with asyncio.timeout(PATIENCE_S):
        await waiting.wait()
    task.cancel()
    await asyncio.wait({task}, timeout=10)
    assert task.cancelled()


async def test_events_that_the_database_refuses_leave_those_of_others(db, broker, database, tmp_path):
    settings = FleetSettings(f"mqtt://127.0.0.1:{broker.port}", database.dsn, tmp_path)
    intake = EventIntake(settings)
    for name in ("a", "b"):
        await take_hello(db, Hello(name, "e", 9, ()))
    await db.execute("alter table event add constraint narrow check (locker <> 'a') not valid")
    try:
        taken = await intake._keep(db, [batch("a", event("a")), batch("b", event("b"))])
    finally:
        await db.execute("alter table event drop constraint narrow")
    assert [(each.locker, each.seq) for each in taken.held] == [("b", 1)]
