"""What a stranger who reaches a port can do: nothing that keeps others out, and nothing that fills the memory."""

import asyncio
import contextlib
import errno
import os
import resource
import ssl
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from api import listeners
from api.connections import Bounds, Connections, Standing, origin_of
from api.h11_connection import H11Connection
from api.httptools_connection import HttptoolsConnection
from api.listeners import Listener, listening
from api.tls import own_certificate

PATIENCE_S = 20
NOW = datetime.now(UTC)
SHORT = {"check_s": 0.01}
HALF_A_FORM = b"POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nname="
CHUNKED = b"POST /hello HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nname=\r\n"


class House:
    """An app that is slow, silent or endless, as it is asked to."""

    def __init__(self):
        self.may, self.sent, self.ended = asyncio.Event(), 0, asyncio.Event()
        routes = [Route("/hello", self.hello, methods=["GET", "POST"])]
        routes += [Route(f"/{each.__name__}", each) for each in (self.slow, self.silent, self.endless)]
        self.app = Starlette(routes=routes)

    async def answers(self, *request):
        try:
            await self.app(*request)
        finally:
            self.ended.set()

    async def hello(self, request):
        return PlainTextResponse(f"hello {len(await request.body())}")

    async def slow(self, _):
        await self.may.wait()
        return PlainTextResponse("done")

    async def silent(self, _):
        async def pieces():
            yield "begun\n"
            await self.may.wait()
            yield "done\n"

        return StreamingResponse(pieces())

    async def endless(self, _):
        async def pieces():
            while True:
                yield "x" * 65536
                self.sent += 65536

        return StreamingResponse(pieces())


@pytest.fixture
def house():
    return House()


@pytest.fixture(params=[HttptoolsConnection, H11Connection], ids=["httptools", "h11"], autouse=True)
def parser(request, monkeypatch):
    monkeypatch.setattr(listeners, "HttpConnection", request.param)
    return request.param


@contextlib.asynccontextmanager
async def served(house, certificate=None, **bounds):
    pair = (certificate.certificate, certificate.key) if certificate else ()
    listener = Listener(house.answers, "127.0.0.1", 0, "staff.listen", *pair, bounds=Bounds(**bounds))
    async with listening(listener) as (port,):
        yield port


async def held(port, raw=b""):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    await writer.drain()
    return reader, writer


async def rest(reader):
    """All that comes until the other side ends it; a reset is an end."""
    got = b""
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE_S):
            while piece := await reader.read(65536):
                got += piece
    return got


async def hello(port):
    async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
        return (await client.get(f"http://127.0.0.1:{port}/hello")).text


# --- nobody keeps the others out -------------------------------------------------------------------


@pytest.mark.parametrize("raw", [b"", b"GET /hel", HALF_A_FORM, CHUNKED], ids=["nothing", "head", "form", "chunks"])
async def test_half_sent_requests_on_every_connection_keep_nobody_out(house, raw):
    async with served(house, connections=6) as port:
        strangers = [await held(port, raw) for _ in range(40)]
        assert await hello(port) == "hello 0"
        for _, writer in strangers:
            writer.close()


async def test_streams_on_every_connection_keep_nobody_out_and_an_answer_is_never_taken_away(house):
    async with served(house, connections=6) as port:
        slow = await held(port, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        streams = [await held(port, b"GET /silent HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(12)]
        assert await hello(port) == "hello 0"
        house.may.set()
        async with asyncio.timeout(PATIENCE_S):
            assert await slow[0].readuntil(b"done")
        for _, writer in (slow, *streams):
            writer.close()


CROWD = """
import socket, sys
crowd = []
for _ in range(200):
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex(("127.0.0.1", int(sys.argv[1])))
    crowd.append(one)
print("here", flush=True)
sys.stdin.read()
"""


def free_number(count):
    """The highest of the next `count` descriptors: what other tests have open leaves gaps between them."""
    with contextlib.ExitStack() as taken:
        return max(taken.enter_context(Path(os.devnull).open("rb")).fileno() for _ in range(count))


async def test_a_crowd_at_the_staff_port_takes_no_descriptor_from_the_kiosk(house):
    staff = Listener(house.answers, "127.0.0.1", 0, "staff.listen", bounds=Bounds(connections=20))
    kiosk = Listener(house.answers, "127.0.0.1", 0, "kiosk.listen", bounds=Bounds(connections=5))
    async with listening(staff, kiosk) as (staff_port, kiosk_port):
        pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
        crowd = await asyncio.create_subprocess_exec(sys.executable, "-c", CROWD, str(staff_port), **pipes)
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (free_number(40) + 1, before[1]))
        try:
            await crowd.stdout.readline()
            assert await hello(kiosk_port) == "hello 0"
            assert await hello(staff_port) == "hello 0"
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            crowd.stdin.close()
            await crowd.wait()


async def test_no_descriptor_left_is_a_pause_and_not_the_end_of_a_listener(house, monkeypatch):
    loop, failed = asyncio.get_running_loop(), []
    real = loop.sock_accept

    async def accept(wire):
        if len(failed) < 3:
            failed.append(errno.EMFILE)
            raise OSError(errno.EMFILE, "Too many open files")
        return await real(wire)

    monkeypatch.setattr(loop, "sock_accept", accept)
    monkeypatch.setattr(listeners, "PAUSE_SECONDS", 0.01)
    async with served(house) as port:
        assert await hello(port) == "hello 0"
    assert len(failed) == 3


# --- every part of a connection has its time ---------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "raw"),
    [("idle_s", b""), ("head_s", b"GET /hello HTT"), ("body_s", HALF_A_FORM), ("body_s", CHUNKED + b"0\r\nX: ")],
    ids=["idle", "head", "body", "trailers"],
)
async def test_a_peer_that_does_not_go_on_is_cut_off(house, part, raw):
    async with served(house, **SHORT, **{part: 0.05}) as port:
        reader, writer = await held(port, raw)
        assert await rest(reader) == b""
        writer.close()


async def test_one_byte_now_and_then_is_not_going_on(house):
    async with served(house, **SHORT, head_s=0.1) as port:
        reader, writer = await held(port, b"GET /")
        ended = asyncio.create_task(rest(reader))
        with contextlib.suppress(ConnectionError):
            while not ended.done():
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.01)
        assert await ended == b""
        writer.close()


async def test_a_hello_of_tls_that_never_comes_is_cut_off(house, tmp_path):
    own = own_certificate(tmp_path, "riverside-1", "0.0.0.0", NOW)
    async with served(house, own, **SHORT, handshake_s=0.2, connections=4) as port:
        strangers = [await held(port) for _ in range(12)]
        trust = ssl.create_default_context(cafile=str(own.certificate))
        async with httpx.AsyncClient(verify=trust) as client:
            assert (await client.get(f"https://127.0.0.1:{port}/hello")).text == "hello 0"
        for reader, writer in strangers:
            assert await rest(reader) == b""
            writer.close()


async def test_an_answer_of_ours_and_a_silent_stream_take_the_time_they_need(house):
    hurried = {"handshake_s": 0.02, "head_s": 0.02, "body_s": 0.02, "idle_s": 0.02, "stalled_s": 0.02}
    async with served(house, **SHORT, **hurried) as port, httpx.AsyncClient(timeout=PATIENCE_S) as client:
        slow = asyncio.create_task(client.get(f"http://127.0.0.1:{port}/slow"))
        async with client.stream("GET", f"http://127.0.0.1:{port}/silent") as stream:
            pieces = stream.aiter_text()
            assert await anext(pieces) == "begun\n"
            await asyncio.sleep(0.2)
            house.may.set()
            assert await anext(pieces) == "done\n"
        assert (await slow).text == "done"


async def test_a_client_that_never_reads_is_cut_off_and_little_is_kept_for_it(house):
    async with served(house, **SHORT, stalled_s=0.2) as port:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(PATIENCE_S):
            await house.ended.wait()
        # What the kernel of both sides holds, and the transport's own 64 KiB.
        assert house.sent < 20_000_000
        writer.close()


async def test_days_that_pass_at_once_in_a_simulated_world_end_no_connection(house, monkeypatch):
    loop = asyncio.get_running_loop()
    real = loop.time
    async with served(house) as port, httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{port}/hello"
        reader, writer = await held(port, HALF_A_FORM)
        await client.get(url)
        monkeypatch.setattr(loop, "time", lambda: real() + 30 * 86400)
        await asyncio.sleep(0)
        assert (await client.get(url)).text == "hello 0"
        writer.write(b"x" * 95)
        assert b"hello 100" in await reader.readuntil(b"hello 100")
        writer.close()


# --- what comes without an end -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (CHUNKED + b"0\r\n", b"".join(b"T%06d: " % n + b"x" * 500 + b"\r\n" for n in range(2000))),
        (CHUNKED + b"0\r\nX: ", b"y" * 1_000_000),
        (CHUNKED + b"5;", b"z" * 1_000_000),
    ],
    ids=["trailers", "one trailer", "extension"],
)
async def test_what_comes_behind_a_body_without_an_end_is_cut_off(house, begin, more):
    async with served(house) as port:
        reader, writer = await held(port, begin)
        sent = 0
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(PATIENCE_S):
                while sent < 30_000_000:
                    writer.write(more)
                    await writer.drain()
                    sent += len(more)
        assert sent < 10_000_000
        await rest(reader)
        writer.close()
        assert await hello(port) == "hello 0"


async def test_trailers_of_a_sane_size_are_taken(house):
    async with served(house) as port:
        reader, writer = await held(port, CHUNKED + b"0\r\nX-Sum: 1\r\n\r\n")
        assert b"hello 5" in await reader.readuntil(b"hello 5")
        writer.close()


async def test_requests_in_a_row_by_the_thousand_are_cut_off(house, parser):
    async with served(house) as port:
        reader, writer = await held(port, b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n" * 5000)
        answers = (await rest(reader)).count(b"hello 0") if parser is HttptoolsConnection else 0
        assert answers < 100
        writer.close()
        few, writer = await held(port, b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n" * 5)
        for _ in range(5):
            assert await few.readuntil(b"hello 0")
        writer.close()


# --- who goes ----------------------------------------------------------------------------------------


class Known:
    """A connection that is only counted."""

    def __init__(self, origin="", used_at=0.0, standing=Standing.PEER):
        self.origin, self.used_at, self.standing = origin, used_at, standing
        self.dropped = False

    def drop(self):
        self.dropped = True


def counted(*known, **bounds):
    connections = Connections(Bounds(**bounds))
    for each in known:
        connections.add(each)
    return connections


def test_of_many_the_one_longest_unused_of_whoever_has_most_goes():
    office = Known("10.0.0.2", 1.0)
    crowd = [Known("10.0.0.9", 5.0), Known("10.0.0.9", 3.0), Known("10.0.0.9", 4.0)]
    connections = counted(office, *crowd, connections=4)
    assert connections.make_room("10.0.0.3")
    assert [each.dropped for each in (office, *crowd)] == [False, False, True, False]
    assert len(connections) == 3


def test_an_address_has_its_own_bound_and_a_peer_on_this_machine_has_none():
    crowd, here = [Known("10.0.0.9"), Known("10.0.0.9", standing=Standing.ANSWER)], [Known(), Known(), Known()]
    connections = counted(*crowd, *here, connections=100, per_address=2)
    assert connections.make_room("10.0.0.9")
    assert crowd[0].dropped
    connections.add(Known("10.0.0.9", standing=Standing.ANSWER))
    assert not connections.make_room("10.0.0.9")
    assert connections.make_room("10.0.0.8")
    assert connections.make_room("")
    assert not any(each.dropped for each in here)


def test_streams_go_after_those_that_wait_for_their_peer_and_answers_never():
    answer, stream, idle = Known(standing=Standing.ANSWER), Known(standing=Standing.STREAM), Known(used_at=9.0)
    connections = counted(answer, stream, idle, connections=3)
    for gone in (idle, stream):
        assert connections.drop_one()
        assert gone.dropped
    assert not connections.drop_one()
    assert not answer.dropped


def test_an_ended_connection_is_forgotten_once():
    one = Known("10.0.0.9")
    connections = counted(one, per_address=1)
    connections.discard(one)
    connections.discard(one)
    assert connections.make_room("10.0.0.9")


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1", ""),
        ("::1", ""),
        ("::ffff:127.0.0.1", ""),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_address_counts_for_whom_it_belongs_to(host, origin):
    assert origin_of(host) == origin
