"""The event stream to one browser: screens go out as server-sent events, whenever something happens in the locker.

Everything that serves a screen lives as long as its stream: without a browser nothing runs.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from api.app_context import AppContext
    from api.kiosk.state import KioskState
    from api.kiosk.touchscreen import Touchscreen

BEAT_SECONDS = 2.0
BEAT = {"type": "http.response.body", "body": b"event: alive\ndata: 1\n\n", "more_body": True}


class ScreenStream:
    """A response that goes on until the browser or the listener has gone."""

    def __init__(
        self,
        context: AppContext,
        screen: Touchscreen,
        render: Callable[[Touchscreen, KioskState], str],
        pages: list[ScreenStream],
    ) -> None:
        self._context = context
        self._screen = screen
        self._render = render
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send screens until the other side is gone."""
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.body", "body": b"retry: 1000\n\n", "more_body": True})
        self._pages.append(self)
        try:
            async with asyncio.TaskGroup() as group:
                work = (self._events(), self._scans(), self._screens(send), _beats(send))
                tasks = [group.create_task(each) for each in work]
                while (await receive())["type"] != "http.disconnect":
                    pass
                for task in tasks:
                    task.cancel()
        finally:
            self._pages.remove(self)

    async def _events(self) -> None:
        """Look again whenever anything is recorded; also after falling behind."""
        while True:
            async with self._context.engine.follow() as events:
                self._screen.wake()
                async for recorded in events:
                    await self._screen.hear(recorded)
                    self._screen.wake()

    async def _scans(self) -> None:
        """Take what the readers read; of several pages that show the screen, one takes it."""
        async for text in self._context.scan_hub.listen():
            if self._pages[0] is self:
                await self._screen.scan(text)

    async def _screens(self, send: Send) -> None:
        """Send the screen when it looks different."""
        last: tuple[str, int] | None = None
        async for state in self._screen.states():
            rendered = self._render(self._screen, state), self._screen.resends
            if rendered != last:
                await send(_event("screen", rendered[0]))
                last = rendered


async def _beats(send: Send) -> None:
    """Signs of life: a browser that hears none for a few seconds says that the locker does not answer."""
    while True:
        await send(BEAT)
        await asyncio.sleep(BEAT_SECONDS)


def _event(name: str, text: str) -> dict[str, object]:
    lines = "".join(f"data: {line}\n" for line in text.splitlines() if line.strip())
    return {"type": "http.response.body", "body": f"event: {name}\n{lines}\n".encode(), "more_body": True}
