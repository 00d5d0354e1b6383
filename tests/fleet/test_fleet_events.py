"""What a locker tells arrives at the centre: every event, each once, whatever dies in between."""

import asyncio
import json
import os
import random
import subprocess
from contextlib import suppress

import aiomqtt
import psycopg
import pytest
from fleet_servers import PATIENCE_S
from fleet_wire import Wire

from locker.services.fleet import event_feed

KILLS_OF_EACH = int(os.environ.get("FLEET_KILLS", "3"))
"""docs/contributing.md has the command for many more."""


async def note_many(bench, count, what="a line"):
    for number in range(count):
        await bench.engine.note(what, str(number), "staff:chen.lin")


async def arrived(wire, patience=PATIENCE_S):
    async with asyncio.timeout(patience):
        while wire.feed.behind != 0:  # noqa: ASYNC110  another process says so
            await asyncio.sleep(0.05)


async def held(database, site):
    async with await psycopg.AsyncConnection.connect(database.dsn) as connection:
        rows = await connection.execute(
            "select epoch, seq, rowhash, kind from event where locker = %s order by seq", [site]
        )
        return await rows.fetchall()


async def told(bench):
    rows = await bench.rows("select seq, hash, kind from event order by seq")
    return [(bench.journal.epoch, row["seq"], row["hash"], row["kind"]) for row in rows]


async def test_O1_every_event_arrives_once_and_stands_as_in_the_journal(bench, wire, centre, database):
    centre()
    link = wire()
    await note_many(bench, 130)
    await arrived(link)
    assert await held(database, link.link.topic("x").split("/")[1]) == await told(bench)


async def test_O1_nobody_is_named_outside(bench, wire, centre, database):
    centre()
    link = wire()
    resident = await bench.resident()
    await bench.collect(await bench.store())
    await bench.engine.note("staff-added", "chen.lin", "staff:chen.lin")
    await arrived(link)
    async with await psycopg.AsyncConnection.connect(database.dsn) as connection:
        site = link.link.topic("x").split("/")[1]
        rows = await (await connection.execute("select actor, data from event where locker = %s", [site])).fetchall()
    said = json.dumps(rows, ensure_ascii=False)
    for secret in ("chen.lin", "1203", "Wang Ming", "86138", "SF1", resident, "_hash"):
        assert secret not in said
    assert "ParcelCollected" not in said  # a kind stands in its own column


async def test_D3_kills_of_broker_consumer_and_database_lose_and_double_nothing(bench, wire, centre, broker, database):
    consumers = [centre("1"), centre("2")]
    link = wire()
    chance = random.Random(19)
    victims = [victim for victim in (broker, database, *consumers[:1]) for _ in range(KILLS_OF_EACH)]
    chance.shuffle(victims)
    for victim in victims:
        await note_many(bench, 40)
        await asyncio.to_thread(victim.kill)
        await note_many(bench, 10)
        await asyncio.to_thread(victim.start)
    await arrived(link, 3 * PATIENCE_S)
    site = link.link.topic("x").split("/")[1]
    assert await held(database, site) == await told(bench)
    async with await psycopg.AsyncConnection.connect(database.dsn) as connection:
        counted = await (await connection.execute("select sum(n) from day_count where locker = %s", [site])).fetchone()
    assert counted[0] == bench.journal.seq


async def test_D3_a_consumer_that_starts_before_its_database_waits_for_it(bench, wire, centre, database):
    await asyncio.to_thread(database.kill)
    try:
        one = centre()
        with suppress(subprocess.TimeoutExpired):
            await asyncio.to_thread(one.process.wait, 3)
    finally:
        await asyncio.to_thread(database.start)
    assert one.process.poll() is None
    link = wire()
    await note_many(bench, 5)
    await arrived(link)


async def test_O13_a_locker_that_was_away_catches_up_and_two_consumers_share_it(bench, wire, centre, database):
    await note_many(bench, 700)
    centre("1")
    centre("2")
    link = wire()
    await arrived(link)
    assert len(await held(database, link.link.topic("x").split("/")[1])) == bench.journal.seq


async def test_a_wire_that_breaks_while_the_daemon_ends_does_not_keep_it(bench, wire, broker):
    link = wire()
    async with asyncio.timeout(PATIENCE_S):
        while not link.link.connected:  # noqa: ASYNC110  a thread of the library says so
            await asyncio.sleep(0.05)
    await asyncio.to_thread(broker.kill)
    async with asyncio.timeout(PATIENCE_S):
        await link.stop()


async def test_who_takes_leave_is_offline_at_once(wire, broker):
    async with aiomqtt.Client("127.0.0.1", broker.port) as watcher:
        await watcher.subscribe("lockers/+/online", 1)
        link = wire()
        for told in (b"1", b"0"):
            async with asyncio.timeout(PATIENCE_S):
                assert (await anext(watcher.messages)).payload == told
            await link.stop()


async def test_a_centre_that_lost_its_database_is_told_all_again(bench, wire, centre, database):
    centre()
    link = wire()
    await note_many(bench, 120)
    await arrived(link)
    await link.stop()
    site = link.link.topic("x").split("/")[1]
    async with await psycopg.AsyncConnection.connect(database.dsn, autocommit=True) as connection:
        await connection.execute("delete from event where locker = %s and seq > 60", [site])
        await connection.execute("update position set seq = 60 where locker = %s", [site])
    link.start()
    await note_many(bench, 1)
    async with asyncio.timeout(PATIENCE_S):
        while len(await held(database, site)) != bench.journal.seq:  # noqa: ASYNC110  another process
            await asyncio.sleep(0.05)
    assert await held(database, site) == await told(bench)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"{",
        b'{"epoch":"x","seq":5}',
        b'{"seq":"a"}',
        b"[1]",
        b"\xff",
        b'{"epoch":"x","seq":1e999}',
        b"[" * 200_000,
    ],
)
async def test_what_is_no_acknowledgement_changes_nothing(bench, payload):
    feed = event_feed.EventFeed(bench.journal, bench.engine, "site")
    await feed.hello()
    feed.acknowledge(payload)
    assert feed.behind is None


async def test_the_link_ends_when_asked_although_its_library_kept_the_request_to_itself(bench, broker, monkeypatch):
    publishing = asyncio.Event()

    async def as_if_the_brokers_word_came_in_that_instant(_client, *_, **__):
        publishing.set()
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)

    monkeypatch.setattr(aiomqtt.Client, "publish", as_if_the_brokers_word_came_in_that_instant)
    wire = Wire(bench, "deaf", broker.port)
    wire.start()
    async with asyncio.timeout(PATIENCE_S):
        await publishing.wait()
    await wire.stop()
    assert wire.task.cancelled()
