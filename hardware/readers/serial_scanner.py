"""Code scanners on a serial line: bytes in, texts out."""

from __future__ import annotations

import asyncio
import logging
import os
import termios
from contextlib import contextmanager
from typing import TYPE_CHECKING

from serial.serialposix import Serial

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_log = logging.getLogger(__name__)

IDLE_GAP = 0.15
"""Seconds of silence that end a text of a scanner that sends no terminator."""

LONGEST = 2048
"""Bytes of the longest text; a QR code of version 40 that people print holds less. More is noise."""

OPEN_AGAIN = 1.0
"""Seconds between two tries to open a port that is not there."""

WRITE_ACK = bytes.fromhex("02000001003331")
"""What a scanner of the GM65 family says to a command; it may stand before or inside a text (hardware.md 2.1)."""


class Splitter:
    """Cut a stream of bytes into texts: at CR, at LF, or where the stream rests."""

    def __init__(self) -> None:
        self._pending = b""

    @property
    def pending(self) -> bool:
        """True while bytes wait for their terminator."""
        return bool(self._pending)

    def feed(self, data: bytes) -> list[str]:
        """Take bytes; give the texts that are complete now."""
        *lines, self._pending = (self._pending + data).replace(b"\n", b"\r").split(b"\r")
        if len(self._pending) > LONGEST:
            self._pending = b""
        return [text for text in map(_text, lines) if text]

    def rested(self) -> list[str]:
        """Nothing came for a while: what is pending is a text."""
        text, self._pending = _text(self._pending), b""
        return [text] if text else []


def _text(line: bytes) -> str:
    if len(line) > LONGEST:
        return ""
    plain = line.replace(WRITE_ACK, b"").decode("utf-8", errors="ignore")
    return "".join(sign for sign in plain if sign.isprintable()).strip()


class ScannerPort:
    """An open serial port in the loop. Raises OSError when it goes away."""

    def __init__(self, port: Serial) -> None:
        self._port = port
        self._fd: int = port.fileno()

    async def read(self, within: float | None = None) -> bytes:
        """Wait for bytes; none after `within` seconds. Raises OSError."""
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._fd, ready.set)
        try:
            async with asyncio.timeout(within):
                await ready.wait()
        except TimeoutError:
            return b""
        finally:
            loop.remove_reader(self._fd)
        data = os.read(self._fd, 4096)
        if not data:
            raise OSError("the port has gone away")
        return data

    def write(self, data: bytes) -> None:
        """Send a short command. Raises OSError."""
        os.write(self._fd, data)


@contextmanager
def wire(port: str, baud: int) -> Iterator[ScannerPort]:
    """Open a port, throwing away what was read while nobody listened. Raises OSError."""
    try:
        opened = Serial(port, baud, timeout=0, exclusive=True)
        opened.reset_input_buffer()
    except (termios.error, ValueError) as failed:
        raise OSError(f"{port} is no serial port ({failed})") from failed
    try:
        yield ScannerPort(opened)
    finally:
        opened.close()


class SerialScanner:
    """A scanner that sends each code as a line. Heals when it is plugged in again under the same name."""

    def __init__(self, port: str, baud: int) -> None:
        self._port = port
        self._baud = baud

    async def texts(self) -> AsyncIterator[str]:
        """Texts as they are read, printable, stripped; never ends by itself."""
        there = True
        while True:
            try:
                with wire(self._port, self._baud) as opened:
                    await self._greet(opened)
                    there = True
                    async for text in _listen(opened):
                        yield text
            except OSError as gone:
                if there:
                    _log.warning("scanner at %s cannot be read (%s); check its cable", self._port, gone)
                there = False
            await asyncio.sleep(OPEN_AGAIN)

    async def _greet(self, opened: ScannerPort) -> None:
        """Set the scanner up; a plain one needs nothing. Raises OSError."""


async def _listen(opened: ScannerPort) -> AsyncIterator[str]:
    splitter = Splitter()
    while True:
        data = await opened.read(IDLE_GAP if splitter.pending else None)
        for text in splitter.feed(data) if data else splitter.rested():
            yield text
