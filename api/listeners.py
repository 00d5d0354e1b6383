"""Listeners inside the daemon's own loop: uvicorn's HTTP, without its signals, ticks and timers.

World time may run fifty times faster in a simulator, or jump by days: nothing here may need a timer of the loop to go
off, and none may harm a connection that is only idle.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib.util
import logging
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from api.connections import Bounds, Connections, origin_of
from api.http_connection import LARGEST_HEAD
from api.stoppable_app import StoppableApp
from locker.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import ASGIApp

NEVER_SECONDS = 365 * 24 * 3600
SHUTDOWN_SECONDS = 0.3
BACKLOG = 128
PAUSE_SECONDS = 0.5
RELOAD_SECONDS = 60
NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
USUAL_BOUNDS = Bounds()


def _connection_class() -> type[Any]:
    """The faster one, where it has a wheel: there is none for 32-bit ARM."""
    if importlib.util.find_spec("httptools") is None:
        from api.h11_connection import H11Connection  # noqa: PLC0415  see above

        return H11Connection
    from api.httptools_connection import HttptoolsConnection  # noqa: PLC0415  see above

    return HttptoolsConnection


HttpConnection = _connection_class()
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listener:
    """An app at an address. `setting` names the address's key in faults. With a certificate it speaks HTTPS only.

    `bound` is a socket that listens already; the listener closes it.
    """

    app: ASGIApp
    host: str
    port: int
    setting: str
    certificate: Path | None = None
    private_key: Path | None = None
    bounds: Bounds = USUAL_BOUNDS
    bound: socket.socket | None = None


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
            running.append(_RunningListener(listener))  # noqa: PERF401  what has begun must be let go if the next fails
        yield tuple(each.port for each in running)
    finally:
        await asyncio.gather(*(each.stop() for each in running))


class _RunningListener:
    """One listener while it serves."""

    def __init__(self, listener: Listener) -> None:
        """Answer from here on. Raises SettingsError."""
        self._stop, self._state = asyncio.Event(), ServerState()
        self._config = _config(listener, StoppableApp(listener.app, self._stop))
        self._connections = Connections(listener.bounds)
        self._socket = listener.bound or _listening_socket(listener)
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._accept()), loop.create_task(self._connections.keep_deadlines())]
        if listener.certificate is not None and listener.private_key is not None:
            self._tasks.append(loop.create_task(self._follow_certificate(listener.certificate, listener.private_key)))

    async def stop(self) -> None:
        """Stop as `listening` says."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        self._socket.close()
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
        for opening in self._connections:
            opening.drop()

    async def _accept(self) -> None:
        """Take connections, one by one: asyncio's own server takes them unseen and uncounted until TLS is agreed."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                wire, address = await loop.sock_accept(self._socket)
            except OSError as fault:
                if fault.errno in NO_ROOM:
                    self._connections.drop_one()
                    log.warning("no connection can be taken now: %s", fault.strerror)
                    await asyncio.sleep(PAUSE_SECONDS)
            else:
                self._take(wire, origin_of(address[0]))
            await asyncio.sleep(0)  # sock_accept gives nobody a turn while somebody waits at the door

    async def _follow_certificate(self, certificate: Path, key: Path) -> None:
        """Show a renewed certificate to whoever comes from then on."""
        shown = _stamp(certificate, key)
        while True:
            await asyncio.sleep(RELOAD_SECONDS)
            if (found := _stamp(certificate, key)) == shown:
                continue
            try:
                # First into a context of nobody: a pair that does not fit would leave the one in use without a key.
                ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
                assert self._config.ssl is not None, "only a listener with a certificate follows it"
                self._config.ssl.load_cert_chain(certificate, key)
            except OSError as fault:  # half of a pair that is being written
                log.warning("a changed certificate cannot be used: %s", fault.strerror)
            else:
                shown = found

    def _take(self, wire: socket.socket, origin: str) -> None:
        if not self._connections.make_room(origin):
            wire.close()
            return
        connection = HttpConnection(
            self._connections, origin, config=self._config, server_state=self._state, app_state={}
        )
        self._connections.add(connection)
        opening = asyncio.get_running_loop().create_task(self._open(connection, wire))
        connection.opening = opening

        def opened(_: asyncio.Task[None]) -> None:
            connection.opening = None
            if connection.transport is None:
                wire.close()
                self._connections.discard(connection)

        opening.add_done_callback(opened)

    async def _open(self, connection: Any, wire: socket.socket) -> None:
        """Agree on TLS, if it is spoken here. A peer that ends or speaks something else is no fault of ours."""
        loop, context = asyncio.get_running_loop(), self._config.ssl
        patience = None if context is None else NEVER_SECONDS  # the deadline is kept by Connections
        with contextlib.suppress(OSError):
            await loop.connect_accepted_socket(
                lambda: connection, wire, ssl=context, ssl_handshake_timeout=patience, ssl_shutdown_timeout=patience
            )


def _stamp(*files: Path) -> list[int]:
    """Another list when one of the files is another one."""
    try:
        return [file.stat().st_mtime_ns for file in files]
    except OSError:
        return []


def _config(listener: Listener, app: ASGIApp) -> Config:
    config = Config(
        app,
        http=HttpConnection,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        interface="asgi3",
        timeout_keep_alive=NEVER_SECONDS,  # the deadline is kept by Connections
        h11_max_incomplete_event_size=LARGEST_HEAD,
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
