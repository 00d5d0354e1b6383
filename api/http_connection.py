"""One HTTP connection: uvicorn's, which by itself bounds neither what a peer may send nor how long it may take."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from api.coalescing_transport import CoalescingTransport
from api.connections import LEAST_PROGRESS, Standing

if TYPE_CHECKING:
    import asyncio

    from api.connections import Connections

LARGEST_HEAD = 32 * 1024


class Part(Enum):
    """The part of a request that has begun to come and has not ended."""

    NONE = auto()
    HEAD = auto()
    BODY = auto()


class BoundedConnection:
    """What both of uvicorn's protocols get: deadlines by the part that a peer owes, and progress in what it reads."""

    transport: Any
    cycle: Any

    def __init__(self, connections: Connections, origin: str, **options: Any) -> None:
        super().__init__(**options)
        self.origin = origin
        self.opening: asyncio.Task[None] | None = None
        self._all = connections
        self._bounds = connections.bounds
        self.used_at = self._part_began = connections.now()
        self._part = Part.NONE
        self._unsent_since: float | None = None
        self._unsent = 0

    @property
    def standing(self) -> Standing:
        """What this connection waits for now."""
        if self.transport is None or self._part is not Part.NONE or self.cycle is None or self.cycle.response_complete:
            return Standing.PEER
        return Standing.STREAM if self.cycle.response_started else Standing.ANSWER

    def is_overdue(self, now: float) -> bool:
        """True when the peer has taken longer for its part than it may."""
        if self.transport is None:
            return now - self.used_at > self._bounds.handshake_s
        if self._has_stalled(now):
            return True
        if self._part is not Part.NONE:
            most = self._bounds.head_s if self._part is Part.HEAD else self._bounds.body_s
            return now - self._part_began > most
        if self.standing is Standing.PEER and now - self.used_at > self._bounds.idle_s:
            self.transport.close()  # what is still to be read has `stalled_s` to go
        return False

    def _has_stalled(self, now: float) -> bool:
        """True when bytes, or the end itself, have waited too long for the peer to take them."""
        unsent = self.transport.get_write_buffer_size()
        if not unsent and not self.transport.is_closing():
            self._unsent_since = None
            return False
        if self._unsent_since is None or self._unsent - unsent >= LEAST_PROGRESS:
            self._unsent_since, self._unsent = now, unsent
        # More may have been written since: only what is taken counts as progress.
        self._unsent = max(self._unsent, unsent)
        return now - self._unsent_since > self._bounds.stalled_s

    def drop(self) -> None:
        """End it at once."""
        if self.transport is not None:
            self.transport.abort()
        elif self.opening is not None:
            self.opening.cancel()

    def connection_made(self, transport: asyncio.Transport) -> None:
        """It speaks: TLS, where there is any, is agreed."""
        self.used_at = self._all.now()
        super().connection_made(CoalescingTransport(transport))  # type: ignore[misc]  # uvicorn's

    def connection_lost(self, fault: Exception | None) -> None:
        """It has ended."""
        self._all.discard(self)
        super().connection_lost(fault)  # type: ignore[misc]  # uvicorn's

    def on_response_complete(self) -> None:
        """The answer is out: from here on it is idle."""
        self.used_at = self._all.now()
        super().on_response_complete()  # type: ignore[misc]  # uvicorn's

    def _enter(self, part: Part) -> None:
        self._part, self._part_began = part, self._all.now()
