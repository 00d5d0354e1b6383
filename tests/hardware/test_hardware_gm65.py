"""GM65 scanners: frames of their manual, and a model of one on a pty that is set up once and saved once."""

import asyncio
import os
import select
import termios
import threading
import tty
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware import open_reader
from hardware.options import Gm65ReaderOptions
from hardware.readers import gm65, serial_scanner


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


FACTORY = {0x0000: 0b1101_0000, 0x000D: 0b01, 0x0060: 0b0110_0000}
SET_UP = {0x0000: 0b1101_0011, 0x000D: 0b00, 0x0060: 0b0000_0000}
PATIENCE_S = 20


class Wire:
    """A pty under a name: a USB socket when it is put in and pulled, a UART when it stays."""

    def __init__(self, name):
        self.name = name
        self.scanner = None
        self.far, self.near = os.openpty()
        tty.setraw(self.near)
        name.unlink(missing_ok=True)
        name.symlink_to(os.ttyname(self.near))
        self._pulled = threading.Event()
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def _play(self):
        buffer = b""
        while not self._pulled.is_set():
            if not select.select([self.far], [], [], 0.02)[0]:
                continue
            buffer += os.read(self.far, 64)
            while len(buffer) >= 9:
                if self.scanner is not None and self.speed == self.scanner.speed:
                    self.scanner.obey(buffer[:9], self)
                buffer = buffer[9:]

    @property
    def speed(self):
        return {termios.B9600: 9600, termios.B115200: 115200}.get(termios.tcgetattr(self.near)[4])

    def say(self, data):
        os.write(self.far, data if self.speed == self.scanner.speed else b"x\x00\xfe\x80")

    def pull(self):
        self.name.unlink(missing_ok=True)
        self._pulled.set()
        self._thread.join()
        os.close(self.far)
        os.close(self.near)


class Scanner:
    """What the manual says that it does."""

    def __init__(self, speed=9600, *, deaf=False):
        self.zones = dict(FACTORY)
        self.speed, self.deaf = speed, deaf
        self.saves = self.commands = 0
        self.around = b"", b""

    def obey(self, command, wire):
        self.commands += 1
        if self.deaf:
            return
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
        before, after = self.around
        self.around = b"", b""
        wire.say(before + b"\x02\x00" + reply + gm65.crc_hqx(reply, 0).to_bytes(2, "big") + after)

    def show(self, text, wire):
        tail = {0b00: b"\r", 0b01: b"\r\n", 0b10: b"\t", 0b11: b""}[self.zones[0x0060] >> 5 & 3]
        wire.say(text + tail)

    @property
    def is_set_up(self):
        return self.zones == SET_UP and self.saves > 0


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch):
    monkeypatch.setattr(serial_scanner, "REOPEN_AFTER", 0.02)
    monkeypatch.setattr(gm65, "REPLY_WITHIN", 0.2)
    monkeypatch.setattr(gm65, "ASK_AFTER", 0.1)
    monkeypatch.setattr(gm65, "LOOK_AGAIN_AFTER", 0.1)


class Listening:
    """A reader of ours on a name, and what it has read."""

    def __init__(self, name):
        self.texts = asyncio.Queue()
        self._reader = open_reader(Gm65ReaderOptions(kind="gm65", port=str(name)), None)

    async def _listen(self):
        async for text in self._reader.texts():
            self.texts.put_nowait(text)

    async def __aenter__(self):
        self._task = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_):
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def reads(self, scanner, wire, text):
        """Hold the code before the scanner until it is read."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                scanner.show(text.encode(), wire)
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.3):
                        while await self.texts.get() != text:
                            pass
                        return


async def until(condition):
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110  the scanner tells nobody
            await asyncio.sleep(0.01)


async def test_H10_a_factory_new_scanner_is_set_up_and_saved_once(tmp_path):
    wire, scanner = Wire(tmp_path / "scanner"), Scanner()
    wire.scanner = scanner
    for round_ in range(2):
        async with Listening(wire.name) as reader:
            await until(lambda: scanner.is_set_up)
            await reader.reads(scanner, wire, f"PL1.{round_}")
    assert scanner.saves == 1
    assert scanner.zones == SET_UP, "light, aim and beep are as they were"
    wire.pull()


@pytest.mark.parametrize("speed", [9600, 115200])
async def test_C5_a_scanner_plugged_in_after_the_start_is_found_at_its_speed_and_set_up(tmp_path, speed):
    async with Listening(tmp_path / "scanner") as reader:
        await asyncio.sleep(0.05)
        wire, scanner = Wire(tmp_path / "scanner"), Scanner(speed)
        wire.scanner = scanner
        await until(lambda: scanner.is_set_up)
        await reader.reads(scanner, wire, "PL1.LATE")
    wire.pull()


@pytest.mark.parametrize(("first", "second"), [(9600, 9600), (9600, 115200), (115200, 9600)])
async def test_C5_another_scanner_in_the_same_socket_is_found_at_its_speed_and_set_up(tmp_path, first, second):
    async with Listening(tmp_path / "scanner") as reader:
        for speed in (first, second):
            wire, scanner = Wire(tmp_path / "scanner"), Scanner(speed)
            wire.scanner = scanner
            await until(lambda scanner=scanner: scanner.is_set_up)
            await reader.reads(scanner, wire, f"PL1.{speed}")
            wire.pull()


@pytest.mark.parametrize("speed", [9600, 115200])
async def test_C5_on_a_uart_whose_port_is_always_there_a_late_scanner_is_found_too(tmp_path, speed):
    wire, scanner = Wire(tmp_path / "scanner"), Scanner(speed)
    async with Listening(wire.name) as reader:
        await asyncio.sleep(0.05)
        wire.scanner = scanner
        await until(lambda: scanner.is_set_up)
        await reader.reads(scanner, wire, "PL1.LATE")
    wire.pull()


@pytest.mark.parametrize(("first", "second"), [(9600, 9600), (9600, 115200), (115200, 9600)])
async def test_C5_on_a_uart_another_scanner_is_noticed_without_a_sign(tmp_path, first, second):
    wire = Wire(tmp_path / "scanner")
    async with Listening(wire.name) as reader:
        for speed in (first, second):
            wire.scanner = scanner = Scanner(speed)
            await until(lambda scanner=scanner: scanner.is_set_up)
            await reader.reads(scanner, wire, f"PL1.{speed}")
    wire.pull()


async def test_C5_a_code_that_comes_while_the_scanner_is_asked_is_not_lost(tmp_path):
    wire, scanner = Wire(tmp_path / "scanner"), Scanner()
    wire.scanner = scanner
    async with Listening(wire.name) as reader:
        await until(lambda: scanner.is_set_up)
        for around in [(b"PL1.BEFORE\r", b""), (b"", b"PL1.AFTER\r"), (b"PL1.ACR", b"OSS\r")]:
            scanner.around = around
            text = await asyncio.wait_for(reader.texts.get(), PATIENCE_S)
            assert text == b"".join(around).decode().strip()
    wire.pull()


async def test_C5_a_scanner_without_a_voice_that_reads_is_left_alone(tmp_path):
    wire, scanner = Wire(tmp_path / "scanner"), Scanner(deaf=True)
    wire.scanner = scanner
    async with Listening(wire.name) as reader:
        await reader.reads(scanner, wire, "PL1.DUMB")
        await asyncio.sleep(0.5)
        asked = scanner.commands
        await reader.reads(scanner, wire, "PL1.STILL")
        await asyncio.sleep(0.5)
    assert scanner.commands == asked
    wire.pull()


async def test_C5_a_scanner_without_one_of_the_zones_is_used_as_it_is(tmp_path):
    class Poorer(Scanner):
        def obey(self, command, wire):
            if command[4:6] == b"\x00\x60":
                self.commands += 1
            else:
                super().obey(command, wire)

    wire, scanner = Wire(tmp_path / "scanner"), Poorer()
    wire.scanner = scanner
    async with Listening(wire.name) as reader:
        await until(lambda: scanner.saves)
        await reader.reads(scanner, wire, "PL1.POOR")
    wire.pull()
