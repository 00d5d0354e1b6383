"""One connection to a broker (MQTT 5): what this cabinet tells, and what it is told.

Below `TOPIC/SITE/`: `ev` events, `ack` how far the far end holds them, `hello` which numbering this is, `order` signed
orders, `result` what became of them; and retained `state` how the cabinet stands, `checkpoint` the newest signed note
of its log, `online` 1 or 0 (0 at the end, and by the broker when the cabinet is gone without a word). A broker that is
away is tried again for ever; no door waits for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from links.home_assistant import discovery, discovery_topic
from locker.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from links.mqtt_options import MqttOptions

log = logging.getLogger(__name__)

SOONEST_RETRY_S, LATEST_RETRY_S = 1.0, 60.0
KEEPALIVE_S = 30
SESSION_S = 7 * 24 * 3600
STATE_AT_MOST_EVERY_S = 1.0
FAREWELL_S = 1.0
_AT_LEAST_ONCE = 1


class Feed(Protocol):
    """Where events come from, and where the far end's word goes."""

    async def hello(self) -> bytes:
        """What is told first."""
        ...

    async def run(self, publish: Callable[[bytes], Awaitable[None]]) -> None:
        """Send until cancelled."""
        ...

    def acknowledge(self, payload: bytes) -> None:
        """Take the far end's word."""
        ...


@dataclass(frozen=True, slots=True)
class Cabinet:
    """What the wire needs of the house.

    `changed`: returns when the state may be another one. `checkpoint`: the newest signed note, empty without one.
    """

    site: str
    name: str
    version: str
    state: Callable[[], dict[str, Any]]
    changed: Callable[[], Awaitable[None]]
    checkpoint: Callable[[], Awaitable[str]]
    take_order: Callable[[bytes], Awaitable[bytes]] | None


class MqttLink:
    """Holds the connection for as long as the daemon lives. `jitter`: from 0 to 1, so that not all come at once."""

    def __init__(self, options: MqttOptions, cabinet: Cabinet, feed: Feed, jitter: Callable[[], float]) -> None:
        """Read the certificate and the password. Raises SettingsError."""
        self._options = options
        self._cabinet = cabinet
        self._feed = feed
        self._jitter = jitter
        self._tls = _tls_context(options)
        self._password = _password(options)
        self.connected = False

    def topic(self, leaf: str) -> str:
        """One of the topics of this cabinet."""
        return f"{self._options.topic}/{self._cabinet.site}/{leaf}"

    async def run(self) -> None:
        """Be connected whenever that is possible, until cancelled."""
        wait = SOONEST_RETRY_S
        while True:
            try:
                async with self._client() as client:
                    self.connected, wait = True, SOONEST_RETRY_S
                    try:
                        await self._serve(client)
                    except asyncio.CancelledError:
                        await self._say_farewell(client)
                        raise
            except* (aiomqtt.MqttError, OSError) as gone:
                if self.connected or wait == SOONEST_RETRY_S:
                    log.warning("the broker at %s is away: %s", self._options.broker, _why(gone))
            self.connected = False
            _end_if_asked()
            await asyncio.sleep(wait * (0.5 + self._jitter()))
            wait = min(wait * 2, LATEST_RETRY_S)

    def _client(self) -> aiomqtt.Client:
        broker = self._options.address
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho has no types
        properties.SessionExpiryInterval = SESSION_S
        return aiomqtt.Client(
            broker.host,
            broker.port,
            identifier=f"locker-{self._cabinet.site}",
            username=self._options.user or None,
            password=self._password,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,  # a session that began clean is not written to disk by every broker
            properties=properties,
            keepalive=KEEPALIVE_S,
            will=aiomqtt.Will(self.topic("online"), b"0", _AT_LEAST_ONCE, retain=True),
            tls_context=self._tls,
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )

    async def _serve(self, client: aiomqtt.Client) -> None:
        await client.subscribe(self.topic("ack"), _AT_LEAST_ONCE)
        if self._cabinet.take_order is not None:
            await client.subscribe(self.topic("order"), _AT_LEAST_ONCE)
        await _say(client, self.topic("online"), b"1", retain=True)
        await self._send(client, "hello", await self._feed.hello())
        async with asyncio.TaskGroup() as group:
            group.create_task(self._feed.run(lambda told: self._send(client, "ev", told)), name="events sent")
            group.create_task(self._tell_state(client), name="state told")
            async for message in client.messages:
                await self._take(client, message)

    async def _say_farewell(self, client: aiomqtt.Client) -> None:
        """A broker drops the last will of whoever takes leave, so it is said here. Never keeps the end waiting."""
        with suppress(aiomqtt.MqttError, TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await client.publish(self.topic("online"), b"0", _AT_LEAST_ONCE, retain=True)

    async def _send(self, client: aiomqtt.Client, leaf: str, payload: bytes) -> None:
        await _say(client, self.topic(leaf), payload)

    async def _take(self, client: aiomqtt.Client, message: aiomqtt.Message) -> None:
        payload = message.payload if isinstance(message.payload, bytes) else b""
        if message.topic.matches(self.topic("ack")):
            if payload == b"hello?":
                await self._send(client, "hello", await self._feed.hello())
            else:
                self._feed.acknowledge(payload)
        elif self._cabinet.take_order is not None and not message.retain:  # what a broker kept is nobody's order of now
            await self._send(client, "result", await self._cabinet.take_order(payload))

    async def _tell_state(self, client: aiomqtt.Client) -> None:
        told, note, prefix, cabinet = b"", "", self._options.home_assistant, self._cabinet
        if prefix:
            topics = {leaf: self.topic(leaf) for leaf in ("state", "online")}
            device = discovery(cabinet.site, cabinet.name, cabinet.version, topics, cabinet.state())
            await _say(client, discovery_topic(prefix, cabinet.site), device, retain=True)
        while True:
            state = {"version": cabinet.version, **cabinet.state()}
            now = json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode()
            if now != told:
                await _say(client, self.topic("state"), now, retain=True)
                told = now
            if (newest := await cabinet.checkpoint()) != note:
                await _say(client, self.topic("checkpoint"), newest.encode(), retain=True)
                note = newest
            await asyncio.sleep(STATE_AT_MOST_EVERY_S)
            await cabinet.changed()


def _tls_context(options: MqttOptions) -> ssl.SSLContext | None:
    if not options.address.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=options.ca)
        if options.certificate is not None:
            context.load_cert_chain(options.certificate, options.private_key)
    except (OSError, ssl.SSLError):
        raise SettingsError(
            ["mqtt.ca: this file, certificate or private_key cannot be read as what it should be"]
        ) from None
    return context


def _password(options: MqttOptions) -> str | None:
    if options.password_file is None:
        return None
    try:
        return options.password_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SettingsError(["mqtt.password_file: cannot be read"]) from None


async def _say(client: aiomqtt.Client, topic: str, payload: bytes, *, retain: bool = False) -> None:
    """Publish and wait for the broker's word. Every publication goes this way, or a task might not end when asked."""
    await client.publish(topic, payload, _AT_LEAST_ONCE, retain=retain)
    _end_if_asked()


def _end_if_asked() -> None:
    """A task that is asked to end goes on when something else took the place of its end.

    That is a wire that broke meanwhile, or, before Python 3.12, a broker's word that came in the same instant:
    `asyncio.wait_for`, in which the client library waits, then returns it and keeps the request to itself.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _why(gone: BaseException) -> str:
    while isinstance(gone, BaseExceptionGroup):
        gone = gone.exceptions[0]
    return str(gone)
