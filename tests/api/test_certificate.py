"""The cabinet's own certificate: as long as browsers take it, renewed in time by a clock that is right, and said."""

import asyncio
import json
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from machine_bench import a_bench
from staff_bench import an_office
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api import certificate_keeper, listeners
from api.certificate_alarm import CertificateAlarm
from api.certificate_keeper import CertificateKeeper
from api.listeners import Listener, listening
from api.options import StaffOptions
from api.tls import own_certificate

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
PATIENCE_S = 20
EVERYWHERE = StaffOptions(listen="0.0.0.0:8443")


class Clock:
    def __init__(self):
        self.time, self.synced = NOW, True

    def keeper(self, folder, options=EVERYWHERE):
        return CertificateKeeper(options, folder, "riverside-1", lambda: self.time, lambda: self.synced)


async def until(true):
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110  the keeper tells nobody
            await asyncio.sleep(0)


@pytest.fixture
def clock():
    return Clock()


def test_it_lasts_as_long_as_every_browser_takes_it_and_has_begun(tmp_path):
    own = own_certificate(tmp_path, "x", "0.0.0.0", NOW)
    assert own.ends - own.begins <= timedelta(days=820)
    assert own.begins <= NOW - timedelta(hours=12)


def test_it_is_the_same_until_a_month_before_it_ends_and_then_a_new_one_is_printed(tmp_path, clock, capsys):
    keeper = clock.keeper(tmp_path)
    first = keeper.look()
    assert first.fingerprint in capsys.readouterr().out
    clock.time = first.ends - timedelta(days=31)
    assert keeper.look() == first
    assert capsys.readouterr().out == ""
    clock.time = first.ends - timedelta(days=30)
    second = keeper.look()
    assert second.fingerprint != first.fingerprint
    assert second.fingerprint in capsys.readouterr().out
    assert second.ends > clock.time + timedelta(days=800)


def test_a_clock_that_is_not_set_renews_nothing_and_one_that_was_set_renews_what_it_made(tmp_path, clock):
    clock.time, clock.synced = datetime(2025, 1, 1, tzinfo=UTC), False
    keeper = clock.keeper(tmp_path)
    first = keeper.look()
    clock.time = first.ends + timedelta(days=1)
    assert keeper.look() == first
    clock.synced = True
    assert keeper.look() != first


def test_one_of_an_older_release_that_lasts_too_long_is_renewed(tmp_path, clock, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr("api.tls.LASTS", timedelta(days=10_000))
        first = own_certificate(tmp_path, "x", "0.0.0.0", NOW)
    assert clock.keeper(tmp_path).look().fingerprint != first.fingerprint


def test_a_configured_one_is_never_renewed_here_and_staff_are_told_in_time(tmp_path, clock):
    (tmp_path / "theirs").mkdir()
    theirs = own_certificate(tmp_path / "theirs", "x", "0.0.0.0", NOW)
    options = StaffOptions(listen="0.0.0.0:8443", certificate=theirs.certificate, private_key=theirs.key)
    keeper = clock.keeper(tmp_path, options)
    assert keeper.look().fingerprint == theirs.fingerprint
    assert not keeper.ends_soon
    clock.time = theirs.ends - timedelta(days=29)
    assert keeper.look().fingerprint == theirs.fingerprint
    assert keeper.ends_soon


async def test_the_daemon_looks_by_itself_and_a_disk_that_fails_ends_nothing(tmp_path, clock, monkeypatch, caplog):
    monkeypatch.setattr(certificate_keeper, "LOOK_SECONDS", 0)
    keeper = clock.keeper(tmp_path)
    first = keeper.look()
    clock.time = first.ends
    monkeypatch.setattr(certificate_keeper, "AGAIN_SECONDS", 0)
    told = []

    async def tell(current, fault, *, ends_soon):
        told.append((current, fault, ends_soon))

    with monkeypatch.context() as full:
        full.setattr("api.tls.write_file", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        looking = asyncio.create_task(keeper.run(tell))
        await until(lambda: "No space left" in caplog.text)
        assert keeper.current == first
        await until(lambda: (first, "No space left on device", True) in told)
    await until(lambda: keeper.current != first and keeper.current.fingerprint in caplog.text)
    await until(lambda: told[-1] == (keeper.current, "", False))
    looking.cancel()


async def test_how_it_stands_is_told_at_the_start_and_not_only_hours_later(tmp_path, clock):
    keeper, told = clock.keeper(tmp_path), asyncio.Event()

    async def tell(current, fault, *, ends_soon):
        told.set()

    looking = asyncio.create_task(keeper.run(tell))
    async with asyncio.timeout(PATIENCE_S):
        await told.wait()
    looking.cancel()


def test_a_start_whose_disk_is_full_shows_the_old_one_on(tmp_path, clock, monkeypatch):
    first = clock.keeper(tmp_path).look()
    clock.time = first.ends - timedelta(days=5)
    monkeypatch.setattr("api.tls.write_file", lambda *_: (_ for _ in ()).throw(OSError(30, "Read-only file system")))
    keeper = clock.keeper(tmp_path)
    assert keeper.look() == first
    assert keeper.fault == "Read-only file system"
    assert keeper.ends_soon


async def events_of(bench):
    rows = await bench.context.journal.read(
        lambda db: db.execute("select kind, data from event where kind like 'Certificate%' order by seq").fetchall()
    )
    return [(kind.removeprefix("Certificate"), json.loads(data)) for kind, data in rows]


async def test_a_renewal_an_end_and_a_fault_are_told_once_each_also_after_a_restart(tmp_path):
    first = own_certificate(tmp_path, "x", "0.0.0.0", NOW)
    async with a_bench(tmp_path / "data") as bench:
        day = f"{bench.clock.now() + timedelta(days=20):%Y-%m-%d}"
        first = replace(first, ends=bench.clock.now() + timedelta(days=20))
        second = replace(first, fingerprint="AB:CD")
        for _ in range(2):
            await CertificateAlarm(bench.engine, bench.context.journal).tell(first, "", ends_soon=False)
        assert await events_of(bench) == [("Renewed", {"fingerprint": first.fingerprint, "ends": day, "first": True})]
    async with a_bench(tmp_path / "data") as bench:
        alarm = CertificateAlarm(bench.engine, bench.context.journal)
        for days in (0, 0, 14, 0, 5.5, 0.6, 0):
            bench.clock.advance(days * 86400)
            await alarm.tell(second, "", ends_soon=True)
        for fault in ("no space", "no space", "", "no space"):
            await alarm.tell(second, fault, ends_soon=True)
        kinds = [kind for kind, _ in await events_of(bench)]
    assert kinds == ["Renewed", "Renewed", *["Ending"] * 4, "Fault", "Fault"]


async def test_what_is_wrong_with_the_certificate_is_a_task_on_the_map(tmp_path):
    async with an_office(tmp_path) as office:
        keeper, browser = office.bench.context.certificate, await office.person()
        keeper._options = EVERYWHERE
        own = keeper.look()
        keeper._now = lambda: own.ends - timedelta(days=6)
        assert "certificate of this panel ends on" in (await browser.get("/")).html.split('id="main"')[1]
        keeper.fault = "No space left on device"
        assert "cannot be renewed or read: No space left on device" in (await browser.get("/")).text


async def test_the_listener_shows_a_renewed_one_without_a_restart(tmp_path, monkeypatch):
    monkeypatch.setattr(listeners, "RELOAD_SECONDS", 0.01)
    now = datetime.now(UTC)
    first = own_certificate(tmp_path, "x", "0.0.0.0", now)
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("hello"))])
    listener = Listener(app, "127.0.0.1", 0, "staff.listen", first.certificate, first.key)
    async with listening(listener) as (port,):
        whole = first.certificate.read_bytes()
        first.certificate.write_bytes(whole[:100])  # half of it, while it is written
        await asyncio.sleep(0.05)
        assert await shown(port) == ssl.PEM_cert_to_DER_cert(whole.decode())
        second = own_certificate(tmp_path, "x", "0.0.0.0", now)
        async with asyncio.timeout(PATIENCE_S):
            wanted = ssl.PEM_cert_to_DER_cert(second.certificate.read_text())
            while await shown(port) != wanted:
                pass


async def shown(port):
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    _reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
    found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return found


async def test_whoever_is_signed_in_reads_of_a_new_one_and_of_one_that_ends(tmp_path):
    async with an_office(tmp_path) as office:
        keeper, browser = office.bench.context.certificate, await office.person()
        assert "certificate" not in (await browser.get("/")).text
        keeper._options = EVERYWHERE
        own = keeper.look()
        assert own.fingerprint in (await browser.get("/")).text
        assert own.fingerprint not in (await office.browser().get("/sign-in")).text
        keeper._options = StaffOptions(listen="0.0.0.0:8443", certificate=own.certificate, private_key=own.key)
        keeper.look()
        assert "certificate" not in (await browser.get("/")).text
        keeper._now = lambda: own.ends - timedelta(days=3)
        assert "The certificate of this panel ends on" in (await browser.get("/")).text
