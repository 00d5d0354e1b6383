"""The connection of uvicorn with httptools, which bounds nothing by itself."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.http_connection import LARGEST_HEAD, BoundedConnection, Part

MOST_PIPELINED = 16


class TooManyAtOnce(Exception):
    """More requests behind one another than anybody sends who waits for answers."""


class HttptoolsConnection(BoundedConnection, HttpToolsProtocol):  # type: ignore[misc]  # uvicorn narrows a transport
    """Bounds what comes without an end: heads, chunks without content, trailers, requests in a row."""

    _unread = 0

    def data_received(self, data: bytes) -> None:
        """Something came: 400 when too much of it has led nowhere."""
        self.used_at = self._all.now()
        self._unread += len(data)
        super().data_received(data)
        if self._unread > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of this request is too large.")

    def on_message_begin(self) -> None:
        """A head begins."""
        self._enter(Part.HEAD)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """One line of the head; behind the head it is a trailer, which nobody here reads."""
        if self._part is Part.HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The body begins."""
        self._unread = 0
        self._enter(Part.BODY)
        if len(self.pipeline) >= MOST_PIPELINED:
            raise TooManyAtOnce
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request has ended."""
        self._unread = 0
        self._enter(Part.NONE)
        super().on_message_complete()
