"""Server-sent events as the panel, the machine API and the simulator send them.

Not sse-starlette: it ends its streams when `uvicorn.Server` gets a signal, which does not run here, and its pings and
time-outs count the seconds of the loop, which jump by days in a simulated world. The listener does both for any stream.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.types import Receive, Scope, Send

SOONEST_RETRY_MS, LATEST_RETRY_MS = 1000, 5000


class EventStream(StreamingResponse):
    """Texts as an event stream. A HEAD is answered by the head alone, and nothing is begun for it."""

    media_type = "text/event-stream"

    def __init__(self, texts: AsyncIterator[str], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(texts, headers={"X-Accel-Buffering": "no", **(headers or {})})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the texts or the other side end."""
        if scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": b""})
            return
        await super().__call__(scope, receive, send)


def retry_line() -> str:
    """When to come again: for each client another moment, so that after a restart not all come at once."""
    return f"retry: {SOONEST_RETRY_MS + secrets.randbelow(LATEST_RETRY_MS - SOONEST_RETRY_MS)}\n"
