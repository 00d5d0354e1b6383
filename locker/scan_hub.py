"""Where the texts of all code readers come together and go out to whoever stands at the screen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from locker.labels import cleaned_scan

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from locker.ports import CodeReader

_BACKLOG = 20


class ScanHub:
    """Hands every text to every listener. A listener that does not keep up loses the oldest."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[str]] = set()

    async def feed(self, reader: CodeReader) -> None:
        """Read from one reader for as long as the daemon lives."""
        async for text in reader.texts():
            self.put(text)

    def put(self, text: str) -> None:
        """Hand what one reading gave to all who listen, cleaned; noise goes to nobody."""
        scan = cleaned_scan(text)
        if not scan:
            return
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(scan)

    async def listen(self) -> AsyncIterator[str]:
        """Texts from now on, until the caller stops."""
        queue: asyncio.Queue[str] = asyncio.Queue(_BACKLOG)
        self._listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)
