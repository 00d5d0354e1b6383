"""The sign of life: who outside hears that this locker lives, and that nothing is said when it does not."""

import asyncio
import json
import logging

import httpx
import pytest
from test_messengers import web
from tree import ROOT

from hardware.clock import SystemClock
from links.heartbeat import Heartbeat
from links.options import HeartbeatOptions
from locker.errors import SettingsError
from lockerd import daemon
from lockerd.settings import load_settings
from simulator.launcher import simulated_settings

TOLD = {"site": "garden-1", "version": "0.1.0", "status": "ok"}


async def alive():
    """An engine and a disk at work."""


class Heard(asyncio.Queue):
    """What the far end heard, to be waited for."""

    def append(self, each):
        self.put_nowait(each)


def heartbeat(address, lives=alive):
    return Heartbeat(HeartbeatOptions(url=address, every_seconds=30), lives, lambda: TOLD)


async def beaten(one, times=1):
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(times):
            await one.beat(client)


async def test_O1_who_is_outside_hears_which_locker_lives_and_how_it_does_and_of_nobody():
    async with web(200, heard := Heard()) as address:
        running = asyncio.create_task(heartbeat(address).run())
        head, body = await heard.get()
        running.cancel()
    assert head.startswith("POST /sms?key=secret HTTP/1.1")
    assert json.loads(body) == TOLD


async def test_O1_a_daemon_whose_engine_or_disk_stands_still_is_not_said_to_live():
    posts, asked = [], asyncio.Event()

    async def stands_still():
        asked.set()
        await asyncio.Event().wait()

    async with web(200, posts) as address:
        running = asyncio.create_task(heartbeat(address, stands_still).run())
        await asked.wait()
        for _ in range(100):
            await asyncio.sleep(0)
        running.cancel()
    assert posts == []


@pytest.mark.parametrize("status", [None, 404, 500])
async def test_O1_that_nobody_hears_it_is_said_once_and_without_the_key(caplog, status):
    caplog.set_level(logging.INFO, "heartbeat")
    async with web(status, []) as address:
        await beaten(one := heartbeat(address), times=3)
    async with web(200, []) as address:
        one._options = heartbeat(address)._options
        await beaten(one, times=2)
    lost, again = (record.getMessage() for record in caplog.records)
    assert lost.startswith("nobody hears the sign of life: it ")
    assert again == "the sign of life is heard again"
    assert "secret" not in caplog.text


async def test_O1_a_daemon_with_a_heartbeat_sends_it_and_the_same_site_in_software_does_not(
    tmp_path, unused_tcp_port_factory
):
    file = tmp_path / "site.toml"
    text = (ROOT / "firmware_config/sites/cb8a-24.toml").read_text(encoding="utf-8")
    text = text.replace("/dev/locker-rs485", f"{tmp_path}/no-wire").replace("/var/lib/locker", str(tmp_path / "data"))
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{unused_tcp_port_factory()}")
    text = text.replace("0.0.0.0:8443", f"127.0.0.1:{unused_tcp_port_factory()}")
    async with web(200, heard := Heard()) as address:
        file.write_text(f'{text}\n[heartbeat]\nurl = "{address}"\n', encoding="utf-8")
        settings = load_settings(file)
        running = asyncio.create_task(daemon.run(settings, SystemClock(), ready=lambda _: None))
        _, body = await heard.get()
        running.cancel()
        await asyncio.wait([running])
    assert json.loads(body) == {"site": "harbour-1", "version": daemon.VERSION, "status": "degraded"}
    assert simulated_settings(settings, tmp_path).heartbeat is None


def test_an_address_without_a_host_is_named_by_its_place_in_the_file():
    with pytest.raises(SettingsError, match=r"heartbeat\.url"):
        Heartbeat(HeartbeatOptions(url="http://:8/x"), alive, dict)
