"""`/events/stream` over a real socket: every event once, whatever the listener missed."""

import asyncio
import json
from contextlib import asynccontextmanager

import httpx
import pytest
from machine_bench import a_bench

import locker.subscription
from api.listeners import Listener, listening
from api.machine import events

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


async def numbers(feed, upto):
    found = []
    async for message in feed:
        if "id" in message:
            found.append(int(message["id"]))
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
        assert int(message["id"]) > before
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


async def test_a_number_from_the_future_begins_at_the_present(bench):
    await bench.token("read")
    async with stream(bench, last=10**9) as feed:
        await anext(feed)
        await bench.engine.note("now", "", "test")
        assert json.loads((await anext(feed))["data"])["data"]["what"] == "now"


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
    expected = [f"id: {number}" for number in range(start + 1, start + 52)]
    assert [text.split("\n")[0] for text in found[1:]] == expected


async def test_silence_is_filled_with_comments(bench, monkeypatch):
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.01)
    async with stream(bench) as feed:
        async with asyncio.timeout(PATIENCE_S):
            assert [list(await anext(feed)) for _ in range(3)] == [[""], [""], [""]]


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
