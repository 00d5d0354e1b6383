"""A serial line and its one thread: requests one after another, with the silence that boards need between them."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import logging
import os
import queue
import select
import termios
import threading
import time
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Self, TypeVar
from weakref import WeakKeyDictionary

from serial.serialposix import Serial

from locker.errors import HardwareFault, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from hardware.banks.exchange import Exchange

_log = logging.getLogger(__name__)

Reply = TypeVar("Reply")

REPLY_WITHIN = 0.2
"""Seconds until a reply has begun; boards take 5 to 50 ms (docs/protocols.md 1.2), USB adapters add up to 16."""

SILENT_REOPEN = 5
"""Requests in a row without any reply, after which the port is opened anew: an adapter may be stuck."""

_LINES: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, SerialLine]] = WeakKeyDictionary()


class LineDown(HardwareFault):
    """The port itself cannot be used; nothing was sent, or nobody knows."""


class NoReply(HardwareFault):
    """The request was sent, and no good reply came in time."""


class Priority(IntEnum):
    """Which request goes first on the line."""

    COMMAND = 0
    POLL = 1


def character_seconds(baud: int) -> float:
    """Seconds that one byte takes as 8N1: a start bit, eight bits, a stop bit."""
    return 10 / baud


def gap_seconds(baud: int) -> float:
    """Seconds of silence between two frames: 3.5 characters, above 19200 baud a fixed 1.75 ms, and 1 ms of margin.

    Without it a second board on the bus does not recognise its own frames (docs/protocols.md 1.6).
    """
    return (3.5 * character_seconds(baud) if baud <= 19200 else 0.00175) + 0.001


@dataclass(order=True)
class _Job:
    priority: Priority
    number: int
    exchange: Exchange[Any] | None = field(compare=False)
    resolve: Callable[[Any, HardwareFault | None], None] = field(compare=False)
    dropped: bool = field(compare=False, default=False)


class SerialLine:
    """The only one to touch its port. Several banks may share it; it runs while any of them has entered it."""

    def __init__(self, port: str, baud: int) -> None:
        self.port = port
        self.baud = baud
        self._users = 0
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._thread: threading.Thread | None = None

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
        return self._users > 0

    async def __aenter__(self) -> Self:
        """Start the thread with the first user. The port is opened by the first request."""
        self._users += 1
        if self._thread is None:
            self._thread = threading.Thread(
                target=_LineThread(self, self._jobs).run, name=f"line {self.port}", daemon=True
            )
            self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the thread with the last user, after the request that is under way."""
        self._users -= 1
        if self._users == 0 and self._thread is not None:
            thread, self._thread = self._thread, None
            self._jobs.put(_Job(Priority.COMMAND, -1, None, lambda _reply, _fault: None))
            # A request ends within its own short timeout, so this wait is short too.
            thread.join()

    async def request(self, exchange: Exchange[Reply], priority: Priority) -> Reply | None:
        """Send one frame, once, and wait for its reply; None for a request that has none.

        Raises NoReply, LineDown. Cancelled before its turn, nothing is sent.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply | None] = loop.create_future()

        def resolve(reply: Reply | None, fault: HardwareFault | None) -> None:
            def settle() -> None:
                if future.done():
                    return
                if fault is None:
                    future.set_result(reply)
                else:
                    future.set_exception(fault)

            # The loop may have closed while the request was on the wire.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(settle)

        job = _Job(priority, next(self._numbers), exchange, resolve)
        self._jobs.put(job)
        try:
            return await future
        finally:
            job.dropped = True


class _LineThread:
    """What happens in the thread. Time is real here: boards and adapters know no other."""

    def __init__(self, line: SerialLine, jobs: queue.PriorityQueue[_Job]) -> None:
        self._line = line
        self._jobs = jobs
        self._port: Serial | None = None
        self._quiet_since = 0.0
        self._unanswered = 0
        self._down = False

    def run(self) -> None:
        """Serve one request after another until the job without an exchange comes."""
        try:
            while (job := self._jobs.get()).exchange is not None:
                if not job.dropped:
                    self._serve(job, job.exchange)
        finally:
            self._close()

    def _serve(self, job: _Job, exchange: Exchange[Any]) -> None:
        try:
            reply = self._exchange(exchange)
        except HardwareFault as fault:
            job.resolve(None, fault)
        except (OSError, termios.error, ValueError) as failed:
            # pyserial lets errors of termios through, and reports a port that it cannot set up as a ValueError.
            self._close()
            job.resolve(None, self._unusable(failed))
        else:
            job.resolve(reply, None)

    def _unusable(self, failed: Exception) -> LineDown:
        if not self._down:
            self._down = True
            _log.warning("port %s cannot be used (%s)", self._line.port, failed)
        remedy = (
            "Add the user to group dialout" if getattr(failed, "errno", None) == errno.EACCES else "Check its cable"
        )
        return LineDown(f"Port {self._line.port} cannot be used ({failed}). {remedy}.")

    def _exchange(self, exchange: Exchange[Any]) -> Any:
        port = self._open()
        time.sleep(max(0.0, self._quiet_since + gap_seconds(self._line.baud) - time.monotonic()))
        try:
            port.reset_input_buffer()
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

    def _receive(self, fd: int, exchange: Exchange[Any]) -> Any:
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
            self._close()
        raise NoReply(f"Nothing on port {self._line.port} answers. Check address, cable and power of the board.")

    def _open(self) -> Serial:
        if self._port is None:
            self._port = Serial(self._line.port, self._line.baud, timeout=0, exclusive=True)
            if self._down:
                self._down = False
                _log.warning("port %s is back", self._line.port)
        return self._port

    def _close(self) -> None:
        if self._port is not None:
            with contextlib.suppress(OSError, termios.error):
                self._port.close()
            self._port = None
