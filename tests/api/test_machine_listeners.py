"""The listeners over real sockets: bounds, an end within two seconds, TLS of the cabinet's own."""

import asyncio
import socket
import ssl
import stat
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from machine_bench import a_bench
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from api.certificate_keeper import certificate_for
from api.connections import Bounds
from api.http_connection import BoundedConnection
from api.listeners import Listener, listening
from api.options import StaffOptions
from api.tls import own_certificate
from locker.errors import SettingsError

PATIENCE_S = 20
NOW = datetime.now(UTC)


async def hello(_):
    return PlainTextResponse("hello")


async def endless(_):
    async def pieces():
        while True:
            yield "tick\n"
            await asyncio.sleep(0.01)

    return StreamingResponse(pieces())


APP = Starlette(routes=[Route("/hello", hello, methods=["GET", "POST"]), Route("/endless", endless)])


async def talk(port, raw):
    """Everything that comes back for these bytes until the other side has said an answer and is done or quiet."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    async with asyncio.timeout(PATIENCE_S):
        head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return head


@pytest.fixture
async def bench(tmp_path):
    async with a_bench(tmp_path) as bench, listening(Listener(bench.app, "127.0.0.1", 0, "staff.listen")) as (port,):
        bench.port = port
        yield bench


async def test_a_10_MB_body_is_413_over_a_socket_announced_or_chunked(bench):
    headers = {"Authorization": f"Bearer {await bench.token('pickup')}"}

    async def pieces():
        for _ in range(160):
            yield b" " * 65536

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{bench.port}/api/v1", headers=headers) as client:
        for content in (b" " * 10_485_760, pieces()):
            answer = await client.post("/pickups", content=content)
            assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")
        assert (await client.post("/pickups", json={"code": "1"})).status_code == 404


async def test_an_announced_10_MB_body_is_413_before_it_is_sent(bench):
    token = await bench.token("pickup")
    head = f"POST /api/v1/pickups HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    head += "Content-Length: 10485760\r\n"
    for more in ("", "Expect: 100-continue\r\n"):
        assert (await talk(bench.port, f"{head}{more}\r\n".encode())).startswith(b"HTTP/1.1 413 ")


async def test_a_caller_without_a_token_need_not_be_read(bench):
    head = b"POST /api/v1/pickups HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10485760\r\n\r\n"
    assert (await talk(bench.port, head)).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("raw", [b"X-Long: " + b"y" * 400_000, b"".join(b"X-%d: y\r\n" % n for n in range(60_000))])
async def test_a_head_without_an_end_is_cut_off(raw):
    async with listening(Listener(APP, "127.0.0.1", 0, "staff.listen")) as (port,):
        assert (await talk(port, b"GET /hello HTTP/1.1\r\nHost: 127.0.0.1\r\n" + raw)).startswith(b"HTTP/1.1 400 ")
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/hello")).text == "hello"


async def test_long_bodies_and_many_requests_on_one_connection_are_no_long_head():
    async with listening(Listener(APP, "127.0.0.1", 0, "staff.listen")) as (port,), httpx.AsyncClient() as client:
        for _ in range(30):
            answer = await client.post(f"http://127.0.0.1:{port}/hello", content=b"x" * 200_000)
            assert answer.text == "hello"


async def test_small_answers_do_not_wait_for_acknowledgements(monkeypatch):
    made = []
    real = BoundedConnection.connection_made
    monkeypatch.setattr(BoundedConnection, "connection_made", lambda one, wire: (made.append(wire), real(one, wire)))
    async with listening(Listener(APP, "127.0.0.1", 0, "staff.listen")) as (port,), httpx.AsyncClient() as client:
        await client.get(f"http://127.0.0.1:{port}/hello")
        assert made[0].get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_quiet_connections_give_way_to_new_ones():
    listener = Listener(APP, "127.0.0.1", 0, "staff.listen", bounds=Bounds(connections=5))
    async with listening(listener) as (port,):
        quiet = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/hello")).text == "hello"
        async with asyncio.timeout(PATIENCE_S):
            assert await quiet[0][0].read() == b""
        for _, writer in quiet:
            writer.close()


async def test_it_ends_within_two_seconds_with_streams_open_and_ends_them_properly():
    context = listening(Listener(APP, "127.0.0.1", 0, "staff.listen"))
    (port,) = await context.__aenter__()
    async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
        async with client.stream("GET", f"http://127.0.0.1:{port}/endless") as answer:
            pieces = answer.aiter_bytes()
            await anext(pieces)
            idle = await asyncio.open_connection("127.0.0.1", port)
            begun = asyncio.get_running_loop().time()
            await context.__aexit__(None, None, None)
            assert asyncio.get_running_loop().time() - begun < 2
            async for _ in pieces:
                pass
        assert await idle[0].read() == b""
        idle[1].close()
        with pytest.raises(httpx.ConnectError):
            await client.get(f"http://127.0.0.1:{port}/hello")


async def test_an_answer_on_its_way_still_goes_out_when_it_ends():
    asked, may = asyncio.Event(), asyncio.Event()

    async def slow(_):
        asked.set()
        await may.wait()
        return PlainTextResponse("done")

    context = listening(Listener(Starlette(routes=[Route("/", slow)]), "127.0.0.1", 0, "staff.listen"))
    (port,) = await context.__aenter__()
    async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
        answer = asyncio.create_task(client.get(f"http://127.0.0.1:{port}/"))
        await asked.wait()
        ending = asyncio.create_task(context.__aexit__(None, None, None))
        await asyncio.sleep(0)
        may.set()
        assert (await answer).text == "done"
        await ending


async def test_an_address_that_is_taken_is_a_fault_of_its_setting():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf"^staff.listen: cannot listen on 127.0.0.1:{port}"):
            async with listening(
                Listener(APP, "127.0.0.1", 0, "kiosk.listen"), Listener(APP, "127.0.0.1", port, "staff.listen")
            ):
                pass


# --- TLS ----------------------------------------------------------------------------------------


def test_off_loopback_the_cabinet_makes_its_own_certificate_once(tmp_path):
    options = StaffOptions(listen="0.0.0.0:8443")
    first = certificate_for(options, tmp_path, "riverside-1", NOW)
    assert certificate_for(options, tmp_path, "riverside-1", NOW) == first
    assert stat.S_IMODE(first.key.stat().st_mode) == 0o600
    assert first.certificate.parent == first.key.parent == tmp_path
    der = ssl.PEM_cert_to_DER_cert(first.certificate.read_text())
    import hashlib

    assert first.fingerprint.replace(":", "").lower() == hashlib.sha256(der).hexdigest()


def test_on_loopback_none_is_needed(tmp_path):
    assert certificate_for(StaffOptions(listen="127.0.0.1:8443"), tmp_path, "x", NOW) is None
    assert list(tmp_path.iterdir()) == []


def test_a_configured_certificate_is_taken_and_a_wrong_key_names_the_setting(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, two = own_certificate(tmp_path / "one", "x", "::", NOW), own_certificate(tmp_path / "two", "x", "::", NOW)
    right = StaffOptions(listen="0.0.0.0:8443", certificate=one.certificate, private_key=one.key)
    assert certificate_for(right, tmp_path, "x", NOW) == replace(one, own=False)
    wrong = StaffOptions(listen="0.0.0.0:8443", certificate=one.certificate, private_key=two.key)
    with pytest.raises(SettingsError, match=r"^staff.private_key: "):
        certificate_for(wrong, tmp_path, "x", NOW)
    gone = StaffOptions(listen="0.0.0.0:8443", certificate=tmp_path / "none.crt", private_key=one.key)
    with pytest.raises(SettingsError, match=r"^staff.certificate: "):
        certificate_for(gone, tmp_path, "x", NOW)


@pytest.mark.parametrize("hurt", ["cut", "gone", "swapped"])
def test_half_a_pair_after_a_power_cut_is_made_anew(tmp_path, hurt):
    first = own_certificate(tmp_path, "x", "0.0.0.0", NOW)
    if hurt == "cut":
        first.certificate.write_bytes(first.certificate.read_bytes()[:100])
    elif hurt == "gone":
        first.certificate.unlink()
    else:
        (tmp_path / "other").mkdir()
        own_certificate(tmp_path / "other", "x", "0.0.0.0", NOW).key.replace(first.key)
    second = own_certificate(tmp_path, "x", "0.0.0.0", NOW)
    assert second.fingerprint != first.fingerprint
    assert own_certificate(tmp_path, "x", "0.0.0.0", NOW) == second


async def test_with_a_certificate_the_listener_speaks_https_only(tmp_path):
    own = own_certificate(tmp_path, "riverside-1", "0.0.0.0", NOW)
    trust = ssl.create_default_context(cafile=str(own.certificate))
    listener = Listener(APP, "127.0.0.1", 0, "staff.listen", own.certificate, own.key)
    async with listening(listener) as (port,), httpx.AsyncClient(verify=trust) as client:
        assert (await client.get(f"https://127.0.0.1:{port}/hello")).text == "hello"
        by_name = {"sni_hostname": "localhost"}  # a bare machine may know no names, not even this one
        assert (await client.get(f"https://127.0.0.1:{port}/hello", extensions=by_name)).text == "hello"
        with pytest.raises(httpx.HTTPError):
            await client.get(f"http://127.0.0.1:{port}/hello")
