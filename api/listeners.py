"""Two listeners inside the daemon's own loop: uvicorn's HTTP, without its signals, ticks and timers.

World time may run fifty times faster in a simulator, or jump by days: nothing here may need a
timer to go off, and no timer may harm a connection that is only idle.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import socket
import ssl
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Self

from uvicorn.config import Config
from uvicorn.server import ServerState

from api.coalescing_transport import CoalescingTransport
from locker.errors import SettingsError

H11_BOUNDS_HEAD = importlib.util.find_spec("httptools") is None
if H11_BOUNDS_HEAD:  # no wheel of httptools for 32-bit ARM
    from uvicorn.protocols.http.h11_impl import H11Protocol as Http
else:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as Http  # type: ignore[assignment]  # either has what is used

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_HEAD = 32 * 1024
MOST_CONNECTIONS = 256
KEEP_ALIVE_SECONDS = 365 * 24 * 3600
SHUTDOWN_SECONDS = 0.3
BACKLOG = 128


@dataclass(frozen=True, slots=True)
class Listener:
    """An app at an address. `setting` names the address's key in faults. With a certificate it speaks HTTPS only."""

    app: ASGIApp
    host: str
    port: int
    setting: str
    certificate: Path | None = None
    private_key: Path | None = None


@contextlib.asynccontextmanager
async def listening(*listeners: Listener) -> AsyncIterator[tuple[int, ...]]:
    """Serve for as long as the context lasts; inside it every listener answers. Gives the ports.

    Leaving it takes nothing new, ends streams and lets answers that are on their way go out, for at
    most SHUTDOWN_SECONDS. Raises SettingsError that names the setting of an address that cannot be
    had or of a certificate that cannot be used.
    """
    running: list[_RunningListener] = []
    try:
        for listener in listeners:
            running.append(await _RunningListener.start(listener))  # noqa: PERF401  what has begun must be let go if the next fails
        yield tuple(each.port for each in running)
    finally:
        await asyncio.gather(*(each.stop() for each in running))


class _RunningListener:
    """One listener while it serves."""

    def __init__(self, server: asyncio.Server, port: int, state: ServerState, stop: asyncio.Event) -> None:
        self.port = port
        self._server = server
        self._state = state
        self._stop = stop

    @classmethod
    async def start(cls, listener: Listener) -> Self:
        """Answer from here on. Raises SettingsError."""
        stop, state = asyncio.Event(), ServerState()
        config = _config(listener, _StoppableApp(listener.app, stop))

        def protocol() -> asyncio.Protocol:
            return _BoundedHttpProtocol(config=config, server_state=state, app_state={})

        listening_socket = _listening_socket(listener)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(protocol, sock=listening_socket, ssl=config.ssl, backlog=BACKLOG)
        return cls(server, listening_socket.getsockname()[1], state, stop)

    async def stop(self) -> None:
        """Stop as `listening` says."""
        self._server.close()
        self._stop.set()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            _done, late = await asyncio.wait(list(self._state.tasks), timeout=SHUTDOWN_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
        for connection in list(self._state.connections):
            connection.transport.close()


def _config(listener: Listener, app: ASGIApp) -> Config:
    config = Config(
        app,
        http=Http,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        interface="asgi3",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        ssl_certfile=listener.certificate,
        ssl_keyfile=listener.private_key,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as fault:
        table = listener.setting.partition(".")[0]
        raise SettingsError([f"{table}.certificate: cannot be used with its key: {fault.strerror}"]) from fault
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return config


def _listening_socket(listener: Listener) -> socket.socket:
    """A listening socket at the address.

    It names its protocol: only then does asyncio set TCP_NODELAY on what it accepts, and without
    that an answer of two segments waits 40 ms for the peer's delayed acknowledgement.
    """
    host, port = listener.host, listener.port
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = found[0]
        listening_socket = socket.socket(family, kind, protocol)
        try:
            listening_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening_socket.bind(address)
            listening_socket.listen(BACKLOG)
        except OSError:
            listening_socket.close()
            raise
    except OSError as fault:
        raise SettingsError([f"{listener.setting}: cannot listen on {host}:{port}: {fault.strerror}"]) from fault
    return listening_socket


class _BoundedHttpProtocol(Http):
    """uvicorn's HTTP with bounds on the head of a request and on connections: the longest idle one gives way.

    h11 bounds the head by itself.
    """

    _uses = count()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._last_use = next(self._uses)
        self._head = 0
        self._in_head = not H11_BOUNDS_HEAD

    @property
    def idle(self) -> bool:
        """True when nothing is being answered on this connection."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        if len(self.connections) >= MOST_CONNECTIONS:
            idle = [each for each in self.connections if isinstance(each, _BoundedHttpProtocol) and each.idle]
            if not idle:
                transport.abort()
            else:
                min(idle, key=lambda each: each._last_use).transport.abort()  # noqa: SLF001  of the same class
        super().connection_made(CoalescingTransport(transport))

    def data_received(self, data: bytes) -> None:
        self._last_use = next(self._uses)
        self._head += len(data)
        super().data_received(data)
        if not self._in_head:
            self._head = 0
        elif self._head > LARGEST_HEAD and not self.transport.is_closing():
            self.send_400_response("The head of this request is too large.")

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()  # type: ignore[misc]  # httptools only

    def on_message_complete(self) -> None:
        self._in_head, self._head = True, 0
        super().on_message_complete()  # type: ignore[misc]  # httptools only


class _StoppableApp:
    """An app whose streams end when `stop` is set, as if the listener had gone; plain requests notice nothing."""

    def __init__(self, app: ASGIApp, stop: asyncio.Event) -> None:
        self._app = app
        self._stop = stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        read = begun = ended = False

        async def receive_or_stop() -> Message:
            nonlocal read
            if read:
                return await self._receive_or_stop(receive)
            message = await receive()
            read = message["type"] == "http.request" and not message.get("more_body", False)
            return message

        async def send_on(message: Message) -> None:
            nonlocal begun, ended
            begun = True
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        await self._app(scope, receive_or_stop, send_on)
        if begun and not ended and self._stop.is_set():
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _receive_or_stop(self, receive: Receive) -> Message:
        """What the peer does next, or that it has gone once all must end."""
        peer, stop = asyncio.ensure_future(receive()), asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({peer, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.cancel()
            if not peer.done():
                peer.cancel()
        return peer.result() if peer.done() and not peer.cancelled() else {"type": "http.disconnect"}
