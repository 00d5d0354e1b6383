"""A serial line: requests in its one thread, one after another, with the silence that boards need between them."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import select
import termios
import time
from typing import TYPE_CHECKING, Self, TypeVar
from weakref import WeakKeyDictionary

from serial.serialposix import Serial

from hardware.wire_thread import WireStuck, WireThread
from locker.errors import HardwareFault, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from hardware.banks.exchange import Exchange
    from hardware.wire_thread import Turn

_log = logging.getLogger(__name__)

Reply = TypeVar("Reply")

REPLY_WITHIN = 0.2
"""Seconds until a reply has begun; boards take 5 to 50 ms (docs/protocols.md 1.2), USB adapters add up to 16."""

SILENT_REOPEN = 5
"""Requests in a row without any reply, after which the port is opened anew: an adapter may be stuck."""

HANGS_AFTER = 2.0
"""Seconds after which a request hangs in the adapter: opening, sending and waiting have shorter limits of their own."""

_LINES: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, SerialLine]] = WeakKeyDictionary()


class LineDown(HardwareFault):
    """The port itself cannot be used; nothing was sent, or nobody knows."""


class NoReply(HardwareFault):
    """The request was sent, and no good reply came in time."""


class Withheld(HardwareFault):
    """The request was not sent, because its board rests."""


def character_seconds(baud: int) -> float:
    """Seconds that one byte takes as 8N1: a start bit, eight bits, a stop bit."""
    return 10 / baud


def gap_seconds(baud: int) -> float:
    """Seconds of silence between two frames: 3.5 characters, above 19200 baud a fixed 1.75 ms, and 1 ms of margin.

    Without it a second board on the bus does not recognise its own frames (docs/protocols.md 1.6).
    """
    return (3.5 * character_seconds(baud) if baud <= 19200 else 0.00175) + 0.001


class SerialLine:
    """The only one to touch its port. Several banks may share it; it runs while any of them has entered it."""

    def __init__(self, port: str, baud: int) -> None:
        self.port = port
        self.baud = baud
        self._wire = WireThread(f"line {port}")
        self._opened = _OpenedPort(self)

    @staticmethod
    def shared(port: str, baud: int) -> SerialLine:
        """Give the line of this port in the running loop. Raises SettingsError when its banks disagree on the speed."""
        line = _LINES.setdefault(asyncio.get_running_loop(), {}).setdefault(port, SerialLine(port, baud))
        if line.baud != baud:
            if line.in_use:
                raise SettingsError([f"port {port}: its banks must have one baud, not {line.baud} and {baud}"])
            line.baud = baud
        return line

    @property
    def in_use(self) -> bool:
        """True while a bank has entered the line."""
        return self._wire.in_use

    async def __aenter__(self) -> Self:
        """Start the thread with the first user. The port is opened by the first request."""
        self._wire.enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the port with the last user, after the request that is under way; never waits for one that hangs."""
        await self._wire.leave(self._opened.close)

    async def request(
        self, exchange: Exchange[Reply], turn: Turn, board_rests: Callable[[], bool] = lambda: False
    ) -> Reply | None:
        """Send one frame, once, and wait for its reply; None for a request that has none.

        `board_rests` is asked in the line's thread when the turn has come. Cancelled before that, nothing is sent.
        Raises NoReply, LineDown, Withheld.
        """

        def serve() -> Reply | None:
            if board_rests():
                raise Withheld(f"A board on port {self.port} rests.")
            return self._opened.serve(exchange)

        try:
            reply: Reply | None = await asyncio.wrap_future(self._wire.submit(serve, HANGS_AFTER, turn))
        except WireStuck as stuck:
            raise LineDown(f"Port {self.port} hangs. Pull its adapter out and plug it in again.") from stuck
        return reply


class _OpenedPort:
    """What happens in the line's thread. Time is real here: boards and adapters know no other."""

    def __init__(self, line: SerialLine) -> None:
        self._line = line
        self._port: Serial | None = None
        self._quiet_since = 0.0
        self._unanswered = 0
        self._down = False

    def serve(self, exchange: Exchange[Reply]) -> Reply | None:
        """One request and its reply. Raises NoReply, LineDown."""
        try:
            return self._exchange(exchange)
        except (OSError, termios.error, ValueError) as failed:
            # pyserial lets errors of termios through, and reports a port that it cannot set up as a ValueError.
            self.close()
            raise self._unusable(failed) from failed

    def _unusable(self, failed: Exception) -> LineDown:
        if not self._down:
            self._down = True
            _log.warning("port %s cannot be used (%s)", self._line.port, failed)
        remedy = (
            "Add the user to group dialout" if getattr(failed, "errno", None) == errno.EACCES else "Check its cable"
        )
        return LineDown(f"Port {self._line.port} cannot be used ({failed}). {remedy}.")

    def _exchange(self, exchange: Exchange[Reply]) -> Reply | None:
        give_up_at = time.monotonic() + HANGS_AFTER
        port = self._open()
        time.sleep(max(0.0, self._quiet_since + gap_seconds(self._line.baud) - time.monotonic()))
        try:
            port.reset_input_buffer()
            if time.monotonic() >= give_up_at:
                # Whoever asked was told so: an unlock that goes out now would open a door that nobody waits for.
                raise OSError(errno.ETIMEDOUT, "the port opened too late")
            fd: int = port.fileno()
            self._send(fd, exchange.request)
            if exchange.decode_reply is None:
                time.sleep(len(exchange.request) * character_seconds(self._line.baud))
                return None
            return self._receive(fd, exchange)
        finally:
            self._quiet_since = time.monotonic()

    def _send(self, fd: int, frame: bytes) -> None:
        deadline = time.monotonic() + REPLY_WITHIN + len(frame) * character_seconds(self._line.baud)
        while frame:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([], [fd], [], left)[1]:
                raise OSError(errno.EIO, "the port takes no bytes")
            frame = frame[os.write(fd, frame) :]

    def _receive(self, fd: int, exchange: Exchange[Reply]) -> Reply | None:
        if exchange.decode_reply is None:
            return None
        on_wire = (len(exchange.request) + exchange.reply_bytes) * character_seconds(self._line.baud)
        deadline = time.monotonic() + on_wire + REPLY_WITHIN
        buffer = b""
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([fd], [], [], left)[0]:
                break
            data = os.read(fd, 1024)
            if not data:
                raise OSError(errno.EIO, "the port has gone away")
            reply, buffer = exchange.decode_reply(buffer + data)
            if reply is not None:
                self._unanswered = 0
                return reply
        self._unanswered += 1
        if self._unanswered >= SILENT_REOPEN:
            self._unanswered = 0
            self.close()
        raise NoReply(f"Nothing on port {self._line.port} answers. Check address, cable and power of the board.")

    def _open(self) -> Serial:
        if self._port is None:
            self._port = Serial(self._line.port, self._line.baud, timeout=0, exclusive=True)
            if self._down:
                self._down = False
                _log.warning("port %s is back", self._line.port)
        return self._port

    def close(self) -> None:
        """Let the port go until the next request."""
        if self._port is not None:
            with contextlib.suppress(OSError, termios.error):
                self._port.close()
            self._port = None
