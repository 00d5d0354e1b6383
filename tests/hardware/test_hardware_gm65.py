"""GM65 scanners: frames of their manual, and a model of one on a pty that is set up once and saved once."""

import asyncio
import os
import threading
import tty
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware import open_reader
from hardware.options import Gm65ReaderOptions
from hardware.readers import gm65


def hexed(text):
    return bytes.fromhex(text)


def test_frames_are_those_of_the_manual():
    assert gm65.save() == hexed("7E000901000000DEC8")
    assert gm65.read_zone(0x2A, 2) == hexed("7E000701002A02D80F")
    assert gm65.write_zone(0x0002, 1) == hexed("7E000801000201" + "02DA")
    assert gm65.decode(hexed("02000001003331")) == (gm65.Gm65Reply(b"\x00"), b"")


@pytest.mark.parametrize("text", [b"", b"PL1.ABC", b"\x02", b"\x02\x00", b"\x02\x00\x00"])
def test_a_reply_is_found_behind_a_text(text):
    assert gm65.decode(text + hexed("02000001003331"))[0] == gm65.Gm65Reply(b"\x00")


@settings(deadline=None)
@given(chunks=st.lists(st.one_of(st.binary(max_size=9), st.just(hexed("02000001003331"))), max_size=9))
def test_any_bytes_are_a_reply_or_a_wait(chunks):
    buffer = b""
    for chunk in chunks:
        reply, buffer = gm65.decode(buffer + chunk)
        assert reply is None or isinstance(reply.content, bytes)
        assert len(buffer) < 600


class Scanner:
    """What the manual says that it does."""

    def __init__(self):
        self.zones = {0x0000: 0b1101_0000, 0x000D: 0b01, 0x0060: 0b0110_0000}
        self.saves = 0
        self.far, self.near = os.openpty()
        tty.setraw(self.near)
        self.name = os.ttyname(self.near)
        threading.Thread(target=self._play, daemon=True).start()

    def _play(self):
        buffer = b""
        with suppress(OSError):
            while True:
                buffer += os.read(self.far, 64)
                while len(buffer) >= 9:
                    self._obey(buffer[:9])
                    buffer = buffer[9:]

    def _obey(self, command):
        zone = int.from_bytes(command[4:6], "big")
        content = 0
        match command[2]:
            case 7:
                content = self.zones.get(zone, 0)
            case 8:
                self.zones[zone] = command[6]
            case 9:
                self.saves += 1
        reply = bytes((0, 1, content))
        os.write(self.far, b"\x02\x00" + reply + gm65.crc_hqx(reply, 0).to_bytes(2, "big"))

    def show(self, text):
        tail = {0b00: b"\r", 0b01: b"\r\n", 0b10: b"\t", 0b11: b""}[self.zones[0x0060] >> 5 & 3]
        os.write(self.far, text + tail)


async def test_H10_a_factory_new_scanner_is_set_up_and_saved_once():
    scanner = Scanner()
    for round_ in range(2):
        stream = open_reader(Gm65ReaderOptions(kind="gm65", port=scanner.name), None).texts()
        first = asyncio.ensure_future(anext(stream))
        async with asyncio.timeout(10):
            while scanner.zones[0x0060] or scanner.saves == 0:  # noqa: ASYNC110  nothing tells us
                await asyncio.sleep(0.02)
        while not first.done():
            scanner.show(b"PL1.%d" % round_)
            await asyncio.sleep(0.1)
        assert first.result() == f"PL1.{round_}"
        await stream.aclose()
    assert scanner.saves == 1
    assert scanner.zones[0x0000] == 0b1101_0011, "light, aim and beep are as they were"
    assert scanner.zones[0x000D] & 3 == 0
    os.close(scanner.far)
    os.close(scanner.near)
