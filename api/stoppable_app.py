"""An app whose streams end when its listener does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class StoppableApp:
    """An app whose streams end when `stop` is set, as if the peer had gone; plain requests notice nothing."""

    def __init__(self, app: ASGIApp, stop: asyncio.Event) -> None:
        self._app = app
        self._stop = stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = _Exchange(receive, send, self._stop)
        await self._app(scope, exchange.receive, exchange.send)
        if exchange.begun and not exchange.ended and self._stop.is_set():
            await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Exchange:
    """One request and its answer."""

    def __init__(self, receive: Receive, send: Send, stop: asyncio.Event) -> None:
        self._receive = receive
        self._send = send
        self._stop = stop
        self._read = self.begun = self.ended = False

    @property
    def transport(self) -> Any:
        """The connection, as uvicorn's own `send` offers it: the simulator hangs up on it."""
        return getattr(getattr(self._send, "__self__", None), "transport", None)

    async def receive(self) -> Message:
        """The next piece of the body; behind it, that the peer has gone or that all must end."""
        if self._read:
            return await self._receive_or_stop()
        message = await self._receive()
        self._read = message["type"] == "http.request" and not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Pass it on, and note how far the answer is."""
        self.begun = True
        self.ended = message["type"] == "http.response.body" and not message.get("more_body", False)
        await self._send(message)
        if message.get("more_body", False):
            # A stream that never waits for anything would give nobody a turn, not even the end of its own connection.
            await asyncio.sleep(0)

    async def _receive_or_stop(self) -> Message:
        peer, stop = asyncio.ensure_future(self._receive()), asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({peer, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            if not peer.done():
                peer.cancel()
        return peer.result() if peer.done() and not peer.cancelled() else {"type": "http.disconnect"}
