"""`/events/stream` over a real socket: every event once, whatever the listener missed."""

import asyncio
import json
import re
from contextlib import asynccontextmanager

import httpx
import pytest
from machine_bench import a_bench

import locker.subscription
from api.listeners import Listener, listening
from api.machine import events
from locker.journal import epoch

PATIENCE_S = 20


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench, listening(Listener(bench.app, "127.0.0.1", 0, "staff.listen")) as (port,):
        bench.address = f"http://127.0.0.1:{port}/api/v1"
        yield bench


@asynccontextmanager
async def stream(bench, last=None):
    headers = {"Authorization": f"Bearer {await bench.token('read')}"}
    if last is not None:
        headers["Last-Event-ID"] = str(last)
    async with (
        httpx.AsyncClient(headers=headers, timeout=PATIENCE_S) as client,
        client.stream("GET", f"{bench.address}/events/stream") as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield messages(answer)


async def messages(answer):
    """Each message as a dictionary; a comment as {"": text}."""
    found = {}
    async for line in answer.aiter_lines():
        if not line:
            if found:
                yield found
            found = {}
        else:
            name, _, value = line.partition(": " if not line.startswith(":") else ":")
            found[name] = value.strip()


def number(message):
    epoch, _, seq = message["id"].partition("-")
    assert epoch
    return int(seq)


async def numbers(feed, upto):
    found = []
    async for message in feed:
        if "id" in message:
            found.append(number(message))
            if found[-1] >= upto:
                return found
    return found


async def head(bench):
    return (await bench.events())[-1]["seq"]


async def test_a_listener_hears_what_happens_from_now_on_as_the_listing_tells_it(bench):
    before = await head(bench)
    async with stream(bench) as feed:
        assert "" in await anext(feed)
        await bench.engine.note("first", "", "test")
        message = await anext(feed)
        assert number(message) > before
        listed = (await bench.events("Noted"))[-1]
        assert message["event"] == "Noted"
        assert json.loads(message["data"]) == listed
        assert set(listed) == {"seq", "at", "kind", "by", "data", "hash"}


@pytest.mark.parametrize("page", [1, 7, 500])
async def test_resuming_misses_nothing_and_repeats_nothing_while_more_keeps_coming(bench, monkeypatch, page):
    monkeypatch.setattr(events, "STREAM_PAGE", page)
    await bench.token("read")
    for number in range(40):
        await bench.engine.note(f"before {number}", "", "test")
    start = await head(bench) - 30

    async def more():
        for number in range(60):
            await bench.engine.note(f"during {number}", "", "test")

    async with stream(bench, last=start) as feed:
        writing = asyncio.create_task(more())
        end = start + 30 + 60
        async with asyncio.timeout(PATIENCE_S):
            assert await numbers(feed, end) == list(range(start + 1, end + 1))
        await writing


def restore(bench, ended, seq):
    """What `lockerd restore` leaves in the database whose `Restored` has this number."""

    def work(db):
        db.execute("update meta set value = ? where key = 'epoch'", (ended,))
        epoch.renew(db, seq)

    bench.context.journal.write_now(work)
    bench.context.journal.epoch = epoch.current(bench.context.journal.db)


async def first(bench, last):
    """What the stream begins with, and the number of the first event that follows."""
    async with stream(bench, last=last) as feed:
        assert "" in await anext(feed)
        await bench.engine.note("now", "", "test")
        message = await anext(feed)
        if message["event"] != "reset":
            return None, number(message)
        follows = number(await anext(feed))
        assert json.loads(message["data"]) == {"epoch": bench.context.journal.epoch, "after": follows - 1}
        assert message["id"] == f"{bench.context.journal.epoch}-{follows - 1}"
        return "reset", follows


async def test_a_reader_goes_on_behind_its_id_and_behind_a_bare_number(bench):
    await bench.token("read")
    seq = await head(bench)
    assert await first(bench, f"{bench.context.journal.epoch}-{seq - 2}") == (None, seq - 1)
    assert await first(bench, seq - 2) == (None, seq - 1)


async def test_after_a_restore_a_reader_is_told_so_and_begins_where_the_restore_does(bench):
    """What it read before the backup was made it has; what it read behind that never was."""
    await bench.token("read")
    for _ in range(20):
        await bench.engine.note("x", "", "test")
    seq = await head(bench)
    restore(bench, "old", seq - 5)
    assert await first(bench, f"old-{seq + 50}") == ("reset", seq - 5)
    assert await first(bench, f"old-{seq - 3}") == ("reset", seq - 5), "its numbers are used again"
    assert await first(bench, f"old-{seq - 10}") == ("reset", seq - 9), "it has not read all of the backup"
    assert await first(bench, f"unknown-{seq - 3}") == ("reset", 1)
    assert await first(bench, 10**9) == ("reset", seq - 5)


async def test_an_id_that_no_event_has_yet_begins_anew(bench):
    """A folder that was put back by hand keeps its epoch."""
    await bench.token("read")
    assert await first(bench, f"{bench.context.journal.epoch}-{10**9}") == ("reset", 1)


async def test_listing_and_stream_name_the_epoch(bench):
    reader = await bench.client("read")
    assert (await reader.get("/events")).headers["Journal-Epoch"] == bench.context.journal.epoch
    assert re.fullmatch("[0-9a-f]{12}", bench.context.journal.epoch)


async def test_no_keyed_hash_is_handed_out_by_listing_stream_or_timeline(bench):
    await bench.resident()
    parcel = (await bench.store())["parcel"]
    kept = bench.context.journal.db.execute("select data from event where kind = 'DepositStarted'").fetchone()[0]
    hashes = [value for name, value in json.loads(kept).items() if name.endswith("_hash")]
    assert len(hashes) == 3
    reader = await bench.client("read")
    listed = (await reader.get("/events")).text
    told = (await reader.get(f"/parcels/{parcel}")).text
    async with stream(bench, last=0) as feed:
        streamed = [await anext(feed)]
        while streamed[-1].get("event") != "ParcelStored":
            streamed.append(await anext(feed))
    for text in (listed, told, json.dumps(streamed)):
        assert "DepositStarted" in text
        assert "_hash" not in text
        assert not any(value in text for value in hashes)
    (body,) = [one["data"] for one in json.loads(listed) if one["kind"] == "DepositStarted"]
    assert body == {name: value for name, value in json.loads(kept).items() if not name.endswith("_hash")}


async def test_a_listener_too_slow_for_the_engine_still_gets_every_event_once(bench, monkeypatch):
    monkeypatch.setattr(locker.subscription, "BACKLOG", 2)
    await bench.token("read")
    start = await head(bench)
    texts = events._stream_texts(bench.context, start)
    await bench.engine.note("first", "", "test")
    found = [await anext(texts), await anext(texts)]
    for number in range(50):
        await bench.engine.note(f"{number}", "", "test")
    assert any(reader.cut for reader in bench.engine._readers)
    async with asyncio.timeout(PATIENCE_S):
        found += [await anext(texts) for _ in range(50)]
    await texts.aclose()
    expected = [f"id: {bench.context.journal.epoch}-{number}" for number in range(start + 1, start + 52)]
    assert [text.split("\n")[0] for text in found[1:]] == expected


async def test_a_stream_ends_when_its_token_is_revoked_and_tells_nothing_behind_that(bench):
    async with stream(bench) as feed:
        await bench.engine.note("before", "", "test")
        first = await anext(feed)
        while first.get("event") != "Noted":
            first = await anext(feed)
        await bench.context.tokens.revoke("read", by="test")
        await bench.engine.note("behind", "", "test")
        async with asyncio.timeout(PATIENCE_S):
            told = [json.loads(message["data"])["data"]["what"] async for message in feed if message.get("event")]
    assert told in ([], ["token-revoked"])


async def test_silence_is_filled_with_comments(bench, monkeypatch):
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.01)
    async with stream(bench) as feed:
        async with asyncio.timeout(PATIENCE_S):
            assert [list(await anext(feed)) for _ in range(3)] == [["", "retry"], [""], [""]]


async def test_a_listener_that_goes_leaves_nothing_behind(bench):
    async with stream(bench) as feed:
        await anext(feed)
        await bench.engine.note("here", "", "test")
        await anext(feed)
        assert len(bench.engine._readers) == 1
    async with asyncio.timeout(PATIENCE_S):
        while bench.engine._readers:
            await bench.engine.note("gone", "", "test")
            await asyncio.sleep(0.01)


async def test_events_are_paged_by_after_and_limit(bench):
    for number in range(5):
        await bench.engine.note(f"{number}", "", "test")
    reader = await bench.client("read")
    everything = (await reader.get("/events")).json()
    page = (await reader.get("/events", params={"after": everything[1]["seq"], "limit": 2})).json()
    assert page == everything[2:4]
    assert (await reader.get("/events", params={"after": everything[-1]["seq"]})).json() == []
