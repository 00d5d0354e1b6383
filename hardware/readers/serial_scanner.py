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

REOPEN_AFTER = 1.0
"""Seconds between two tries to open a port that is not there."""

WRITE_ACK = bytes.fromhex("02000001003331")
"""What a scanner of the GM65 family replies to a command; it may be before or inside a text (docs/protocols.md 2.1)."""


class TextSplitter:
    """Cut a stream of bytes into texts: at CR, at LF, or where the stream pauses."""

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

    def flush(self) -> list[str]:
        """Nothing came for a while: what is pending is a text."""
        text, self._pending = _text(self._pending), b""
        return [text] if text else []


def _text(line: bytes) -> str:
    if len(line) > LONGEST:
        return ""
    text = line.replace(WRITE_ACK, b"").decode("utf-8", errors="ignore")
    return "".join(character for character in text if character.isprintable()).strip()


class ScannerPort:
    """An open serial port in the loop. Raises OSError when it goes away."""

    def __init__(self, port: Serial) -> None:
        self._port = port
        self._fd: int = port.fileno()

    async def read(self, timeout: float | None = None) -> bytes:
        """Wait for bytes; none after `timeout` seconds. Raises OSError."""
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._fd, ready.set)
        try:
            async with asyncio.timeout(timeout):
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
def open_port(port: str, baud: int) -> Iterator[ScannerPort]:
    """Open a port, throwing away what was read before. Raises OSError."""
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
        connected = True
        while True:
            try:
                with open_port(self._port, self._baud) as opened:
                    await self._configure(opened)
                    connected = True
                    async for text in _read_texts(opened):
                        yield text
            except OSError as gone:
                if connected:
                    _log.warning("scanner at %s cannot be read (%s); check its cable", self._port, gone)
                connected = False
            await asyncio.sleep(REOPEN_AFTER)

    async def _configure(self, opened: ScannerPort) -> None:
        """Set the scanner up; a text one needs nothing. Raises OSError."""


async def _read_texts(opened: ScannerPort) -> AsyncIterator[str]:
    splitter = TextSplitter()
    while True:
        data = await opened.read(IDLE_GAP if splitter.pending else None)
        for text in splitter.feed(data) if data else splitter.flush():
            yield text
