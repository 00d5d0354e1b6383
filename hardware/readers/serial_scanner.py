"""Code scanners on a serial line: bytes in, texts out."""

from __future__ import annotations

import asyncio
import logging
import os
import termios
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from serial.serialposix import Serial

from hardware.blocking_calls import BlockingCalls
from locker.labels import cleaned_scan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_log = logging.getLogger(__name__)

TERMINATED_GAP = 0.03
"""Seconds of silence behind CR or LF that end a scan: the lines of one QR code come without a pause, and a USB adapter
hands over what it has every 16 ms."""

IDLE_GAP = 0.15
"""Seconds of silence that end a text of a scanner that sends no terminator."""

LONGEST = 2048
"""Bytes of the longest text; a QR code of version 40 that people print holds less. More is noise."""

REOPEN_AFTER = 1.0
"""Seconds between two tries to open a port that is not there."""

OPEN_WITHIN, CLOSE_WITHIN = 10.0, 2.0
"""Seconds for a port; an adapter that hangs needs for ever."""

WRITE_ACK = bytes.fromhex("02000001003331")
"""What a scanner of the GM65 family replies to a command; it may be before or inside a text (docs/protocols.md 2.1)."""


class BurstCollector:
    """Collect a stream of bytes into scans: what comes in one burst is one, though it has several lines."""

    def __init__(self) -> None:
        self._pending = b""

    @property
    def gap(self) -> float | None:
        """Seconds of silence after which what has come is a scan; None while nothing has."""
        if not self._pending:
            return None
        return TERMINATED_GAP if self._pending.endswith((b"\r", b"\n")) else IDLE_GAP

    def feed(self, data: bytes) -> None:
        """Take bytes. A stream that does not pause is noise, and does not grow."""
        self._pending += data
        if len(self._pending) > LONGEST:
            # A scanner that is held to a code goes on sending it: what it began last is kept.
            self._pending = self._pending[max(self._pending.rfind(b"\r"), self._pending.rfind(b"\n")) + 1 :]
        if len(self._pending) > LONGEST:
            self._pending = b""

    def take(self) -> str:
        """The scan, when its gap is over: its lines, and the AIM identifier if one is sent. Empty for noise."""
        burst, self._pending = self._pending, b""
        text = cleaned_scan(burst.replace(WRITE_ACK, b"").decode("utf-8", errors="ignore"))
        # A scanner that goes on reading sends the same code again.
        return "\n".join(dict.fromkeys(text.split("\n")))


class ScannerPort:
    """An open serial port in the loop. Raises OSError when it goes away."""

    def __init__(self, port: Serial) -> None:
        self._port = port
        self._fd: int = port.fileno()
        self._unread = b""

    async def read(self, timeout: float | None = None) -> bytes:
        """Wait for bytes; none after `timeout` seconds. Raises OSError."""
        if self._unread:
            data, self._unread = self._unread, b""
            return data
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._fd, ready.set)
        try:
            async with asyncio.timeout(timeout):
                await ready.wait()
        except TimeoutError:
            if not ready.is_set():  # else a busy loop saw the bytes and the end of the wait at once
                return b""
        finally:
            loop.remove_reader(self._fd)
        data = os.read(self._fd, 4096)
        if not data:
            raise OSError("the port has gone away")
        return data

    def unread(self, data: bytes) -> None:
        """Give bytes back, so that the next read finds them."""
        self._unread = data + self._unread

    def write(self, data: bytes) -> None:
        """Send a short command. Raises OSError."""
        os.write(self._fd, data)


@asynccontextmanager
async def open_port(port: str, baud: int, calls: BlockingCalls | None = None) -> AsyncIterator[ScannerPort]:
    """Open a port, throwing away what was read before. Raises OSError.

    A stuck USB adapter blocks whoever opens or closes it, so a thread does; `calls` are those of this port.
    """
    calls = calls or BlockingCalls(port)
    opened = await calls.run(partial(_open, port, baud), OPEN_WITHIN, undo=_close)
    try:
        yield ScannerPort(opened)
    finally:
        with suppress(TimeoutError):
            await calls.run(partial(_close, opened), CLOSE_WITHIN)


def _open(port: str, baud: int) -> Serial:
    try:
        opened = Serial(port, baud, timeout=0, exclusive=True)
    except (termios.error, ValueError) as failed:
        raise OSError(f"{port} is no serial port ({failed})") from failed
    try:
        opened.reset_input_buffer()
    except termios.error as failed:
        _close(opened)
        raise OSError(f"{port} is no serial port ({failed})") from failed
    return opened


def _close(opened: Serial) -> None:
    with suppress(OSError, termios.error):
        opened.close()


class SerialScanner:
    """A scanner that sends each code as a line. Heals when it, or another one, is plugged in under the same name."""

    attend_after: float | None = None
    """Seconds of rest after which a scanner that is set up over its wire is looked after."""

    def __init__(self, port: str, baud: int) -> None:
        self._port = port
        self._baud = baud
        self._calls = BlockingCalls(port)
        self._connected = True

    async def texts(self) -> AsyncIterator[str]:
        """Scans as they are read, cleaned, their lines kept; never ends by itself."""
        while True:
            try:
                async for text in self._connection():
                    yield text
            except OSError as gone:
                if self._connected:
                    _log.warning("scanner at %s cannot be read (%s); check its cable", self._port, gone)
                self._connected = False
                await asyncio.sleep(REOPEN_AFTER)

    async def _connection(self) -> AsyncIterator[str]:
        """Texts until the port goes away, which is an OSError, or is to be opened anew."""
        async with open_port(self._port, self._baud, self._calls) as opened:
            if not self._connected:
                self._connected = True
                _log.warning("scanner at %s can be read", self._port)
            burst = BurstCollector()
            while True:
                data = await opened.read(burst.gap or self.attend_after)
                if data:
                    burst.feed(data)
                elif burst.gap:
                    if text := burst.take():
                        yield text
                elif not await self._attend(opened):
                    return

    async def _attend(self, _: ScannerPort) -> bool:
        """Look after a scanner that has rested; False when its port is to be opened anew. Raises OSError."""
        return True
