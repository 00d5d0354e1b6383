"""The code reader's wire: what is held before it reaches the daemon's own driver."""

from __future__ import annotations

import asyncio

import pytest

from hardware.readers.gm65 import Gm65Scanner
from hardware.readers.serial_scanner import SerialScanner
from simulator.wires.pty_cable import Cable, NoCable
from simulator.wires.scanner import Gm65, LineScanner


async def test_a_scan_reaches_the_driver_through_a_serial_port(tmp_path):
    cable = Cable(tmp_path / "reader")
    heard = []

    async def listen():
        async for text in SerialScanner(str(tmp_path / "reader"), 9600).texts():
            heard.append(text)  # noqa: PERF401  it never ends

    task = asyncio.create_task(listen())
    try:
        async with asyncio.timeout(5):
            while heard[-1:] != ["PL1.ABCDEF"]:
                LineScanner(cable).show("PL1.ABCDEF")
                await asyncio.sleep(0.05)
    finally:
        task.cancel()
        cable.close()
    assert set(heard) == {"PL1.ABCDEF"}


def test_a_link_that_a_killed_process_left_is_taken_over(tmp_path):
    port = tmp_path / "reader"
    port.symlink_to("/dev/pts/99999")
    cable = Cable(port)
    assert port.exists()
    cable.close()
    assert not port.is_symlink()


@pytest.mark.parametrize("kind", ["file", "device"])
def test_what_is_no_link_of_ours_is_left_alone(tmp_path, kind):
    port = tmp_path / "reader"
    if kind == "file":
        port.write_text("precious")
    else:
        port.symlink_to("/dev/null")
    with pytest.raises(NoCable, match="reader"):
        Cable(port)
    assert port.read_text() == ("precious" if kind == "file" else "")


def test_nobody_listens_for_a_long_time(tmp_path):
    cable = Cable(tmp_path / "reader")
    told = [LineScanner(cable).show("x" * 400) for _ in range(2000)]
    assert told[0] is True
    assert told[-1] is False
    cable.close()


class Heard:
    """The far side of a scanner's wire, as values."""

    def __init__(self):
        self.said = b""

    def say(self, data):
        self.said += data
        return True


@pytest.mark.parametrize("check", ["AB CD", "02 DA"])
def test_a_gm65_waits_for_its_trigger_in_command_mode(check):
    wire = Heard()
    scanner = Gm65(wire)
    scanner.hear(bytes.fromhex("7E 00 08 01 00 00 D5 AB CD"))
    assert wire.said.hex() == "02000001003331"
    scanner.show("SF1")
    assert wire.said.hex() == "02000001003331"
    for byte in bytes.fromhex("7E 00 08 01 00 02 01" + check):
        scanner.hear(bytes([byte]))
    assert wire.said == bytes.fromhex("02000001003331" * 2) + b"SF1"


def test_a_gm65_tells_and_keeps_its_settings():
    wire = Heard()
    scanner = Gm65(wire)
    scanner.hear(bytes.fromhex("FF 7E 00 07 01 00 60 01 AB CD"))
    assert wire.said[:5].hex() == "0200000160"
    scanner.hear(bytes.fromhex("7E 00 08 01 00 60 00 12 34"))
    assert scanner.zones[0x60] == 0x60
    scanner.hear(bytes.fromhex("7E 00 08 01 00 60 00 AB CD"))
    scanner.show("SF1")
    assert wire.said.endswith(b"SF1\r")
    scanner.hear(bytes.fromhex("7E 00 09 01 00 00 02 FE 8A"))
    assert scanner.zones[0x60] == 0x60


async def test_the_drivers_own_gm65_sets_it_up_and_reads(tmp_path):
    cable = Cable(tmp_path / "reader")
    scanner = Gm65(cable)
    scanner.begin(asyncio.get_running_loop())
    heard = []

    async def listen():
        async for text in Gm65Scanner(str(tmp_path / "reader"), 9600).texts():
            heard.append(text)  # noqa: PERF401  it never ends

    task = asyncio.create_task(listen())
    try:
        async with asyncio.timeout(10):
            while heard[-1:] != ["PL1.ABC"]:
                if scanner.zones[0x60] & 0x60 == 0:
                    scanner.show("PL1.ABC")
                await asyncio.sleep(0.05)
    finally:
        task.cancel()
        asyncio.get_running_loop().remove_reader(cable.fd)
        cable.close()
    assert scanner.zones[0] & 0b11 == 3
