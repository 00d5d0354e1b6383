"""Scanners on real ptys: whatever the terminator and the noise, the text arrives as it was printed."""

import asyncio
import os
import threading
import tty
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware import open_reader
from hardware.options import SerialReaderOptions
from hardware.readers import serial_scanner
from hardware.readers.serial_scanner import LONGEST, WRITE_ACK, BurstCollector
from locker.labels import cleaned_scan

TOKEN = "PL1.ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Socket:
    """A place to plug a scanner in, under one name."""

    def __init__(self, folder):
        self.name = folder / "locker-scanner"
        self.fd = self.near = None

    def plug(self):
        self.fd, self.near = os.openpty()
        tty.setraw(self.near)
        os.set_blocking(self.fd, False)
        self.name.unlink(missing_ok=True)
        self.name.symlink_to(os.ttyname(self.near))

    def unplug(self):
        if self.fd is not None:
            self.name.unlink(missing_ok=True)
            os.close(self.fd)
            os.close(self.near)
            self.fd = None

    def say(self, data):
        os.write(self.fd, data)

    def heard(self):
        with suppress(BlockingIOError):
            return os.read(self.fd, 4096)
        return b""


@pytest.fixture
def socket(tmp_path):
    place = Socket(tmp_path)
    place.plug()
    yield place
    place.unplug()


@pytest.fixture
async def texts(socket):
    read = asyncio.Queue()
    reader = open_reader(SerialReaderOptions(kind="serial", port=str(socket.name)), None)

    async def listen():
        async for text in reader.texts():
            read.put_nowait(text)

    task = asyncio.create_task(listen())
    await asyncio.sleep(0.02)
    yield read
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def next_text(texts, within=5):
    return await asyncio.wait_for(texts.get(), within)


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b""], ids=["CR", "LF", "CRLF", "idle gap"])
async def test_UX_01_a_text_arrives_whatever_ends_it(socket, texts, end):
    socket.say(TOKEN.encode() + end)
    assert await next_text(texts) == TOKEN
    socket.say(b"1234567890" + end)
    assert await next_text(texts) == "1234567890"
    assert texts.empty()


async def test_UX_01_a_text_arrives_byte_by_byte(socket, texts):
    for byte in TOKEN.encode() + b"\r":
        socket.say(bytes([byte]))
        await asyncio.sleep(0.001)
    assert await next_text(texts) == TOKEN


async def test_H10_noise_of_the_scanner_itself_is_no_text(socket, texts):
    socket.say(
        b"\x00\x00" + WRITE_ACK + TOKEN[:7].encode() + WRITE_ACK + TOKEN[7:].encode() + b"\x00\r" + WRITE_ACK + b"\r"
    )
    assert await next_text(texts) == TOKEN
    assert texts.empty()


async def test_H10_a_scanner_comes_back_under_the_same_name(socket, texts):
    socket.say(b"one\r")
    assert await next_text(texts) == "one"
    socket.unplug()
    await asyncio.sleep(0.05)
    socket.plug()
    for _ in range(60):
        await asyncio.sleep(0.1)
        socket.say(b"two\r")
        if not texts.empty():
            break
    assert await next_text(texts) == "two"


async def test_C5_a_scanner_plugged_in_after_the_start_and_another_one_later_are_read(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(serial_scanner, "REOPEN_AFTER", 0.02)
    places = [Socket(tmp_path), Socket(tmp_path)]
    stream = open_reader(SerialReaderOptions(kind="serial", port=str(places[0].name)), None).texts()
    for number, place in enumerate(places):
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.05)
        place.plug()
        async with asyncio.timeout(20):
            while not waiting.done():
                place.say(b"PL1.%d\r" % number)
                await asyncio.sleep(0.05)
        assert waiting.result() == f"PL1.{number}"
        place.unplug()
    await stream.aclose()
    said = [record.getMessage() for record in caplog.records]
    assert [" cannot be read" in line for line in said] == [True, False, True, False], "each once, with its end"


async def test_C5_a_port_that_hangs_while_it_is_opened_holds_neither_the_loop_nor_the_end(tmp_path, monkeypatch):
    wake, closed = threading.Event(), threading.Event()

    class Hanging:
        """An adapter whose driver waits for a reply of the chip."""

        def __init__(self, *_, **__):
            wake.wait()

        def reset_input_buffer(self):
            """Nothing was read."""

        def close(self):
            closed.set()

    monkeypatch.setattr(serial_scanner, "Serial", Hanging)
    monkeypatch.setattr(serial_scanner, "OPEN_WITHIN", 0.05)
    monkeypatch.setattr(serial_scanner, "REOPEN_AFTER", 0.01)
    stream = open_reader(SerialReaderOptions(kind="serial", port=str(tmp_path / "stuck")), None).texts()
    waiting = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.3)
    threads = [thread for thread in threading.enumerate() if thread.name == str(tmp_path / "stuck")]
    assert len(threads) == 1, "one thread, not one for each try"
    waiting.cancel()
    await asyncio.wait_for(asyncio.gather(waiting, return_exceptions=True), 5)
    wake.set()
    async with asyncio.timeout(5):
        while not closed.is_set():  # noqa: ASYNC110  a thread sets it
            await asyncio.sleep(0.01)


async def test_what_was_scanned_while_nobody_listened_is_forgotten(socket):
    socket.say(b"stale\r")
    reader = open_reader(SerialReaderOptions(kind="serial", port=str(socket.name)), None)
    stream = reader.texts()
    first = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.05)
    socket.say(b"fresh\r")
    assert await asyncio.wait_for(first, 5) == "fresh"
    await stream.aclose()


VCARD = b"BEGIN:VCARD\r\nFN:Li Na\r\nTEL:13800000001\r\nEND:VCARD\r\n"


async def test_REC_04_a_qr_of_several_lines_is_one_scan(socket, texts):
    for chunk in (VCARD[:9], VCARD[9:13], VCARD[13:]):
        socket.say(chunk)
        await asyncio.sleep(0.02)
    assert await next_text(texts) == "BEGIN:VCARD\nFN:Li Na\nTEL:13800000001\nEND:VCARD"
    socket.say(b"]C042090210\x1d92\r")
    assert await next_text(texts) == "]C042090210\x1d92"
    assert texts.empty()


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=20))
def test_any_bytes_in_any_chunking_give_one_clean_scan_and_no_exception(chunks):
    burst, whole = BurstCollector(), BurstCollector()
    for chunk in chunks:
        burst.feed(chunk)
    whole.feed(b"".join(chunks))
    assert (burst.gap is None) == (not b"".join(chunks))
    text = burst.take()
    assert text == whole.take() == cleaned_scan(text)
    assert burst.take() == ""
    assert burst.gap is None


def test_a_flood_without_an_end_does_not_grow():
    burst = BurstCollector()
    for _ in range(1000):
        burst.feed(b"x" * 100)
        assert len(burst._pending) <= LONGEST
    for _ in range(1000):
        burst.feed(b"SF1329884027716\r")
        assert len(burst._pending) <= LONGEST
    assert burst.take() == "SF1329884027716"
