"""The code reader's wire: what is held before it reaches the daemon's own driver."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from signed_rights import claims, signed

from hardware.readers.gm65 import Gm65Scanner
from hardware.readers.serial_scanner import SerialScanner
from simulator.wires.pty_cable import CableRefused, PtyCable
from simulator.wires.scanner import Gm65Device, LineScannerDevice

RIGHT = signed(claims(datetime(2026, 3, 1, tzinfo=UTC), tracking="SF1234567890123", to={"unit": "1203"}))


@pytest.mark.parametrize("text", ["PL1.ABCDEF", RIGHT], ids=["pickup", "N5"])
async def test_N5_a_scan_reaches_the_driver_through_a_serial_port(tmp_path, text):
    cable = PtyCable(tmp_path / "reader")
    texts = []

    async def listen():
        async for read in SerialScanner(str(tmp_path / "reader"), 9600).texts():
            texts.append(read)  # noqa: PERF401  it never ends

    task = asyncio.create_task(listen())
    try:
        async with asyncio.timeout(5):
            while texts[-1:] != [text]:
                LineScannerDevice(cable).show(text)
                await asyncio.sleep(0.05)
    finally:
        task.cancel()
        cable.close()
    assert set(texts) == {text}


def test_a_link_that_a_killed_process_left_is_taken_over(tmp_path):
    port = tmp_path / "reader"
    port.symlink_to("/dev/pts/99999")
    cable = PtyCable(port)
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
    with pytest.raises(CableRefused, match="reader"):
        PtyCable(port)
    assert port.read_text() == ("precious" if kind == "file" else "")


def test_nobody_listens_for_a_long_time(tmp_path):
    cable = PtyCable(tmp_path / "reader")
    accepted = [LineScannerDevice(cable).show("x" * 400) for _ in range(2000)]
    assert accepted[0] is True
    assert accepted[-1] is False
    cable.close()


class RecordingCable:
    """The far side of a scanner's wire, as values."""

    def __init__(self):
        self.written = b""

    def write(self, data):
        self.written += data
        return True


@pytest.mark.parametrize("check", ["AB CD", "02 DA"])
def test_a_gm65_waits_for_its_trigger_in_command_mode(check):
    wire = RecordingCable()
    scanner = Gm65Device(wire)
    scanner.receive(bytes.fromhex("7E 00 08 01 00 00 D5 AB CD"))
    assert wire.written.hex() == "02000001003331"
    scanner.show("SF1")
    assert wire.written.hex() == "02000001003331"
    for byte in bytes.fromhex("7E 00 08 01 00 02 01" + check):
        scanner.receive(bytes([byte]))
    assert wire.written == bytes.fromhex("02000001003331" * 2) + b"SF1"


def test_a_gm65_tells_and_keeps_its_settings():
    wire = RecordingCable()
    scanner = Gm65Device(wire)
    scanner.receive(bytes.fromhex("FF 7E 00 07 01 00 60 01 AB CD"))
    assert wire.written[:5].hex() == "0200000160"
    scanner.receive(bytes.fromhex("7E 00 08 01 00 60 00 12 34"))
    assert scanner.zones[0x60] == 0x60
    scanner.receive(bytes.fromhex("7E 00 08 01 00 60 00 AB CD"))
    scanner.show("SF1")
    assert wire.written.endswith(b"SF1\r")
    scanner.receive(bytes.fromhex("7E 00 09 01 00 00 02 FE 8A"))
    assert scanner.zones[0x60] == 0x60


async def test_the_drivers_own_gm65_sets_it_up_and_reads(tmp_path):
    cable = PtyCable(tmp_path / "reader")
    scanner = Gm65Device(cable)
    scanner.begin(asyncio.get_running_loop())
    texts = []

    async def listen():
        async for text in Gm65Scanner(str(tmp_path / "reader"), 9600).texts():
            texts.append(text)  # noqa: PERF401  it never ends

    task = asyncio.create_task(listen())
    try:
        async with asyncio.timeout(10):
            while texts[-1:] != ["PL1.ABC"]:
                if scanner.zones[0x60] & 0x60 == 0:
                    scanner.show("PL1.ABC")
                await asyncio.sleep(0.05)
    finally:
        task.cancel()
        asyncio.get_running_loop().remove_reader(cable.fd)
        cable.close()
    assert scanner.zones[0] & 0b11 == 3
