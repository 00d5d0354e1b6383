"""Bounds on what strangers may cost: so many connections to the database at once, and so many tries of one address."""

from __future__ import annotations

import asyncio
import ipaddress
import math
from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fleet.settings import FleetSettings

AT_ONCE = 20
WAIT_S = 5.0
TRIES, WINDOW_S = 20, 60.0
MOST_ADDRESSES = 10_000
_V6_OF_ONE_HOUSE = 64


class Connections:
    """Connections for requests, `at_once` and no more. Who waits longer than `wait` hears that the database is away."""

    def __init__(self, settings: FleetSettings, at_once: int = AT_ONCE, wait: float = WAIT_S) -> None:
        self._settings = settings
        self._places = asyncio.Semaphore(at_once)
        self._wait = wait

    @asynccontextmanager
    async def one(self) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """A connection for one request. Raises psycopg.OperationalError without one."""
        try:
            async with asyncio.timeout(self._wait):
                await self._places.acquire()
        except TimeoutError:
            raise psycopg.OperationalError("all connections are taken") from None
        try:
            async with await psycopg.AsyncConnection.connect(self._settings.database, autocommit=True) as connection:
                yield connection
        finally:
            self._places.release()


class Tries:
    """How often an address may try within a window; of IPv6 a whole network counts as one, as it is one house.

    Whoever has not tried for longest is forgotten first, so the memory that strangers take has an end.
    """

    def __init__(self, most: int = TRIES, window: float = WINDOW_S) -> None:
        self._most = most
        self._window = window
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait(self, address: str, now: float) -> int:
        """Count a try; the seconds that it must wait, 0 when it may go on."""
        who = _house(address)
        since, count = self._seen.pop(who, (now, 0))
        if now - since >= self._window:
            since, count = now, 0
        self._seen[who] = (since, count + 1)
        while len(self._seen) > MOST_ADDRESSES:
            self._seen.popitem(last=False)
        return math.ceil(since + self._window - now) if count >= self._most else 0


def _house(address: str) -> str:
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(read, ipaddress.IPv6Address):
        if read.ipv4_mapped is not None:
            return str(read.ipv4_mapped)
        return str(ipaddress.ip_network((read, _V6_OF_ONE_HOUSE), strict=False))
    return str(read)
