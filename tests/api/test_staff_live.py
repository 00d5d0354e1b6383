"""The panel stays live: a stream over a real socket says that something happened, a fragment is the newest picture."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import uvicorn
from staff_bench import an_office

from locker.core.model import Seen


@pytest.fixture
async def admin(tmp_path):
    async with an_office(tmp_path) as admin:
        yield admin


@asynccontextmanager
async def served(app):
    """The app on a port of its own."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  uvicorn offers nothing to wait for
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await task


async def stream(port, cookie):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: staff={cookie}\r\n\r\n".encode())
    assert 1000 <= int((await reader.readuntil(b"\n\n")).rpartition(b"retry: ")[2]) <= 5000
    return reader, writer


async def test_the_stream_says_at_once_that_something_happened(admin):
    browser = await admin.person()
    async with served(admin.bench.app) as port:
        reader, writer = await stream(port, browser.http.cookies["staff"])
        admin.bench.doors.see("A1", Seen.OPEN)
        async with asyncio.timeout(20):
            said = await reader.readuntil(b"data: changed\n\n")
        writer.close()
    assert b"id: " in said
    assert b"A1" not in said


async def test_the_stream_ends_when_the_session_ends(admin):
    browser = await admin.person()
    async with served(admin.bench.app) as port:
        reader, writer = await stream(port, browser.http.cookies["staff"])
        await browser.send(await browser.get("/me"), "/sign-out")
        admin.bench.doors.see("A1", Seen.OPEN)
        async with asyncio.timeout(20):
            rest = await reader.read()
        writer.close()
    assert rest.endswith(b"0\r\n\r\n")


async def test_a_fragment_is_the_page_without_its_frame_and_says_when(admin):
    browser = await admin.person()
    page = await browser.get("/", **{"X-Fragment": "live"})
    assert page.html.strip().startswith("<main")
    assert 'data-at="' in page.html
    assert "<html" not in page.html
    whole = await browser.get("/")
    assert page.form is not None
    assert page.html.split("<h1>")[1][:40] == whole.html.split("<h1>")[1][:40]


async def test_S12_the_picture_is_as_the_switches_say(admin):
    browser = await admin.person()
    assert "All doors are in order" in (await browser.get("/")).text
    admin.bench.doors.see("A3", Seen.OPEN)
    await admin.bench.settle()
    page = await browser.get("/", **{"X-Fragment": "live"})
    assert "1 door needs you." in page.text
    assert "A3 was opened without an order" in page.text
    admin.bench.doors.see("A4", Seen.UNSEEN)
    await admin.bench.settle()
    assert "Switch does not answer" in (await browser.get("/")).text


async def test_a_page_that_nothing_changed_reads_the_same_so_that_nothing_moves(admin):
    browser = await admin.person()
    for path in ("/", "/doors/A1", "/parcels"):
        one = await browser.get(path, **{"X-Fragment": "live"})
        other = await browser.get(path, **{"X-Fragment": "live"})
        assert one.html.split('data-at="')[1][8:] == other.html.split('data-at="')[1][8:]
