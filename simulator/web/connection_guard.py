"""The edge of the simulator's listener: bodies of a sane size, and a way to hang up without an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HANG_UP = "locker.hang_up"
LARGEST = 1_000_000


class HangUp(Response):
    """Closes the connection without a byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  nothing is sent
        """Hang up."""
        await scope[_HANG_UP]()


class ConnectionGuard:
    """Wraps the application outermost, where the server's own `send` still knows the connection."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        connection = getattr(getattr(send, "__self__", None), "transport", None)
        taken = 0

        async def hang_up() -> None:
            if connection is not None:
                connection.abort()
                while (await receive())["type"] != "http.disconnect":
                    pass

        async def receive_some() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST:
                raise HTTPException(413, f"A body may have {LARGEST} bytes.")
            return message

        inner: dict[str, Any] = {**scope, _HANG_UP: hang_up}
        await self._app(inner, receive_some, send)
