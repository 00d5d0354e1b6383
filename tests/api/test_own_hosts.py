"""Foreign names and foreign pages: what the internet may make a browser of the house ask for is turned away."""

import asyncio
import socket
from datetime import UTC, datetime

import httpx
import pytest
from staff_bench import an_office

from api.app import staff_app
from api.certificate_keeper import certificate_for
from api.listeners import Listener, listening
from api.options import StaffOptions
from api.own_hosts import staff_hosts
from api.staff.form_reading import LONGEST_FORM

NOW = datetime.now(UTC)


@pytest.fixture
async def office(tmp_path):
    async with an_office(tmp_path) as office:
        yield office


@pytest.fixture
async def port(office):
    app = staff_app(office.bench.context, staff_hosts(StaffOptions(hosts=["locker.example.org", "*.house.example"])))
    async with listening(Listener(app, "127.0.0.1", 0, "staff.listen")) as (port,):
        yield port


async def status_of(port, host, path="/sign-in"):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    line = f"Host: {host}\r\n" if host is not None else ""
    writer.write(f"GET {path} HTTP/1.1\r\n{line}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1])


@pytest.mark.parametrize("path", ["/sign-in", "/metrics", "/api/v1/health", "/static/panel.js", "/nowhere"])
async def test_a_foreign_name_that_resolves_to_this_machine_is_answered_nothing(port, path):
    for host in (
        "evil.example",
        f"evil.example:{port}",
        "127.0.0.1.evil.example",
        "192.0.2.7",
        "0.0.0.0",
        "[::1",
        "",
        None,
    ):
        assert await status_of(port, host, path) == 400, host


async def test_its_address_its_own_names_and_those_of_the_site_file_are_known(port):
    machine = socket.gethostname()
    hosts = [f"127.0.0.1:{port}", "localhost", "LOCALHOST:1", "[::1]:8443", machine, f"{machine}.local"]
    for host in (*hosts, "locker.example.org", "Locker.Example.Org:443", "a.house.example"):
        assert await status_of(port, host) == 200, host


async def test_a_path_with_a_slash_too_many_leads_to_no_foreign_name(port):
    assert await status_of(port, "evil.example", "/parcels/") == 400


def test_every_address_is_no_name():
    assert not {"0.0.0.0", "[::]"} & {*staff_hosts(StaffOptions()), *staff_hosts(StaffOptions(listen="[::]:8443"))}


def test_the_names_of_the_certificate_are_known(tmp_path):
    own = certificate_for(StaffOptions(listen="0.0.0.0:8443"), tmp_path, "riverside-1", NOW)
    assert "localhost" in own.names
    assert "parcels.example" in staff_hosts(StaffOptions(), ["parcels.example"])


@pytest.mark.parametrize("name", ["*", "a b", "http://x", "*.", "x/y", "-x", "[::1"])
def test_what_is_no_name_of_a_host_is_no_setting(name):
    with pytest.raises(ValueError, match="is no name of a host"):
        StaffOptions(hosts=[name])


# --- headers and pages of its own -----------------------------------------------------------------


async def test_over_https_browsers_are_told_to_stay_there_but_not_where_the_kiosk_speaks_none(office):
    for base, told in (
        ("https://locker.example.org:8443", "max-age=31536000"),
        ("https://localhost:8443", None),
        ("https://127.0.0.1:8443", None),
        ("http://127.0.0.1:8443", None),
    ):
        answer = await office.browser(base=base).http.get("/sign-in")
        assert (answer.status_code, answer.headers.get("strict-transport-security")) == (200, told), base


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/static/none.js", 404),
        ("GET", "/parcels/a/b", 404),
        ("GET", "/me/password", 405),
        ("DELETE", "/", 405),
        ("GET", "/sign-out", 405),
    ],
)
@pytest.mark.parametrize(("language", "word"), [("en", "To the cabinet"), ("zh-CN", "回到柜体"), ("zh-TW", "回到櫃體")])
async def test_what_is_not_there_is_a_page_in_the_readers_language(office, method, path, status, language, word):
    browser = office.browser()
    answer = await browser.http.request(method, path, headers={"Accept-Language": language})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert word in answer.text
    assert ("allow" in answer.headers) == (status == 405)


async def test_a_form_that_is_too_long_has_its_page_too(office):
    browser = office.browser()
    answer = await browser.raw("/sign-in", {"name": "x" * (LONGEST_FORM + 1)})
    assert answer.status_code == 413
    assert "shorten it" in answer.text


async def test_a_fault_of_ours_is_a_page_and_its_text_is_in_no_log(office, monkeypatch, caplog):
    browser = await office.person()

    def fails(*_, **__):
        raise RuntimeError("Grace Miller")

    monkeypatch.setattr("api.staff.cabinet_pages.map_view", fails)
    answer = await browser.http.get("/")
    assert answer.status_code == 500
    assert "Something went wrong inside" in answer.text
    assert "RuntimeError at " in caplog.text
    assert "Grace" not in caplog.text


async def test_a_form_whose_sender_has_gone_leaves_nothing_in_the_log(port, caplog):
    head = f"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nSec-Fetch-Site: same-origin\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nname="
    for _ in range(5):
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode())
        await writer.drain()
        await asyncio.sleep(0)
        writer.close()
        await writer.wait_closed()
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"http://127.0.0.1:{port}/sign-in")).status_code == 200
    assert caplog.text == ""


async def test_a_HEAD_of_a_stream_ends_and_begins_nothing(office):
    browser = await office.person()
    answer = await browser.http.head("/live")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")
