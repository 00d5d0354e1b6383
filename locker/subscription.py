"""Live events for one reader of the engine: handed over as they become durable, in order."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

    from locker.core.events.record import Recorded

BACKLOG = 10_000


class Subscription:
    """Live events, in order, from the moment it was entered. A reader that falls far behind is cut off."""

    def __init__(self, readers: set[Subscription]) -> None:
        self._readers = readers
        self._waiting: deque[Recorded] = deque()
        self._more = asyncio.Event()
        self.cut = False

    def put(self, recorded: Recorded) -> None:
        """Hand one event over."""
        if len(self._waiting) >= BACKLOG:
            self.cut = True
        else:
            self._waiting.append(recorded)
        self._more.set()

    async def __aenter__(self) -> Self:
        self._readers.add(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._readers.discard(self)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Recorded:
        while not self._waiting:
            if self.cut:
                raise StopAsyncIteration
            self._more.clear()
            await self._more.wait()
        return self._waiting.popleft()
