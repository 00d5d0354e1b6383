"""One segment an answer: what is written to a connection in one turn of the loop leaves in one piece.

The HTTP protocol writes the head of an answer and its body one after the other. Sent apart they wake the peer twice,
and on this way of two processes on one machine that is a twentieth of a whole pickup.
"""

from __future__ import annotations

import asyncio
from typing import Any


class CoalescingTransport(asyncio.Transport):
    """A transport in front of another. Closing it sends what waits, aborting it drops that."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._waiting: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send with all else of this turn. The bytes may be changed afterwards."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._flush)
        self._waiting.append(bytes(data))

    def _flush(self) -> None:
        if self._waiting and not self._transport.is_closing():
            self._transport.write(b"".join(self._waiting))
        self._waiting.clear()

    def close(self) -> None:
        """Send what waits, then close.

        Once only: a TLS transport of asyncio that is closed twice forgets what it stands on, and can neither be aborted
        nor asked how much it still holds.
        """
        self._flush()
        if not self._transport.is_closing():
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._waiting.clear()
        self._transport.abort()

    def is_closing(self) -> bool:
        """True once it was closed, by whomever."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What the transport behind knows of the connection."""
        return self._transport.get_extra_info(name, default)

    def get_write_buffer_size(self) -> int:
        """How many bytes the peer has not taken."""
        return sum(map(len, self._waiting)) + self._transport.get_write_buffer_size()

    def pause_reading(self) -> None:
        """Take nothing more until `resume_reading`."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Go on after `pause_reading`."""
        self._transport.resume_reading()
