"""The connection of uvicorn with h11, for machines where httptools has no wheel."""

from __future__ import annotations

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.http_connection import BoundedConnection, Part


class H11Connection(BoundedConnection, H11Protocol):  # type: ignore[misc]  # uvicorn narrows a transport
    """With h11, which bounds heads and trailers by itself, and queues nothing: it reads on when the answer is out."""

    def data_received(self, data: bytes) -> None:
        """Something came."""
        self.used_at = self._all.now()
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """The next request may have come already."""
        super().on_response_complete()
        self._look()

    def _look(self) -> None:
        """What h11 still waits for."""
        part = Part.NONE
        if self.conn.their_state is h11.SEND_BODY:
            part = Part.BODY
        elif self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            part = Part.HEAD
        if part is not self._part:
            self._enter(part)
