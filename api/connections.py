"""The connections of one listener: how many it has, how long a peer may keep one waiting, and which one goes.

uvicorn could answer 503 above a number of connections and close idle ones by a timer. The first would let whoever came
first keep everybody else out, and does not see a connection before its TLS is agreed; the second counts the seconds of
the loop, which in a simulated world run fifty times as fast and jump by days. So both are done here, in real seconds.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How many connections a listener has, and the real seconds that a peer may take for each part of one.

    `connections` is also its share of the process's file descriptors: what one listener has can never be taken from
    the other. `per_address` does not bind peers on this machine; None binds nobody.
    """

    connections: int = 256
    per_address: int | None = 64
    handshake_s: float = 10.0
    head_s: float = 10.0
    body_s: float = 30.0
    """From the end of the head to the end of the body, trailers included."""
    idle_s: float = 120.0
    """With nothing asked and nothing to answer."""
    stalled_s: float = 20.0
    """In which a peer must take LEAST_PROGRESS bytes of what waits for it."""
    check_s: float = 1.0


LEAST_PROGRESS = 16 * 1024


class Standing(Enum):
    """What a connection waits for: its peer, what happens next in the locker, or an answer of ours."""

    PEER = auto()
    STREAM = auto()
    ANSWER = auto()


class Connection(Protocol):
    """One connection, from the moment it was accepted."""

    origin: str
    used_at: float

    @property
    def standing(self) -> Standing:
        """What it waits for now."""
        ...

    def is_overdue(self, now: float) -> bool:
        """True when its peer has taken too long for what it owes."""
        ...

    def drop(self) -> None:
        """End it at once."""
        ...


def origin_of(host: str) -> str:
    """Whom an address counts for: an IPv6 peer has a whole /64, and a peer on this machine is nobody in particular."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    if address.is_loopback:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return str(address)


class Connections:
    """All open connections of a listener."""

    def __init__(self, bounds: Bounds, now: Callable[[], float] = time.monotonic) -> None:
        self.bounds = bounds
        self.now = now
        self._open: set[Connection] = set()
        self._origins: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._open))

    def add(self, connection: Connection) -> None:
        """Count it."""
        self._open.add(connection)
        self._origins[connection.origin] += 1

    def discard(self, connection: Connection) -> None:
        """It has ended."""
        if connection in self._open:
            self._open.discard(connection)
            self._origins -= Counter([connection.origin])

    def make_room(self, origin: str) -> bool:
        """Let one more come from there, at the cost of another if need be. False when none can go."""
        most = self.bounds.per_address
        if origin and most is not None and self._origins[origin] >= most:
            return self._drop_one(each for each in self._open if each.origin == origin)
        return len(self._open) < self.bounds.connections or self.drop_one()

    def drop_one(self) -> bool:
        """End the one that is missed least; False when there is none."""
        return self._drop_one(self._open)

    def _drop_one(self, among: Iterable[Connection]) -> bool:
        """Those that wait for their peers go first, of whoever has most, longest unused first; then streams.

        A stream begins again where it was. An answer that is being made is never taken away.
        """
        known = list(among)
        for standing in (Standing.PEER, Standing.STREAM):
            found = [each for each in known if each.standing is standing]
            if found:
                self._drop(max(found, key=lambda each: (self._origins[each.origin], -each.used_at)))
                return True
        return False

    def _drop(self, connection: Connection) -> None:
        self.discard(connection)
        connection.drop()

    async def keep_deadlines(self) -> None:
        """End what is overdue, for as long as this runs."""
        while True:
            await asyncio.sleep(self.bounds.check_s)
            now = self.now()
            for connection in self:
                if connection.is_overdue(now):
                    self._drop(connection)
