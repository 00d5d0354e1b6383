"""Takes in what lockers tell: from the broker into the database, and back to each locker how far it is held.

Several of these share the work: the broker gives each message of `ev` and `hello` to one of them. A broker or database
that is away is tried again for ever; what was under way is told again, because nobody said that it is held.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiomqtt
import psycopg
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from fleet.event_store import Taken, take_batches, take_checkpoint, take_hello, take_online, take_result, take_state
from fleet.wire_format import (
    LOCKER_NAME,
    NotUnderstood,
    read_batch,
    read_checkpoint,
    read_hello,
    read_result,
    read_state,
)

if TYPE_CHECKING:
    from fleet.settings import FleetSettings
    from fleet.wire_format import Batch

log = logging.getLogger(__name__)

RETRY_S = 1.0
MOST_AT_ONCE = 200
EARLY_AGAIN_S = 0.05
EARLY_AT_MOST_S = 10.0
MOST_EARLY = 1000
SESSION_S = 7 * 24 * 3600
_AT_LEAST_ONCE = 1
_SHARED = ("ev", "hello")
_EACH = ("state", "online", "result", "checkpoint")


def broker_client(settings: FleetSettings, identifier: str, *, keep: bool = True) -> aiomqtt.Client:
    """A connection to the broker of the settings. `keep`: the broker keeps what comes while it is away."""
    host, port, tls = settings.broker_address
    context = None
    if tls:
        context = ssl.create_default_context(cafile=settings.ca)
        if settings.certificate is not None:
            context.load_cert_chain(settings.certificate, settings.private_key)
    password = settings.password_file.read_text(encoding="utf-8").strip() if settings.password_file else None
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_S if keep else 0
    return aiomqtt.Client(
        host,
        port,
        identifier=identifier,
        username=settings.user or None,
        password=password,
        protocol=aiomqtt.ProtocolVersion.V5,
        clean_start=not keep,
        properties=properties,
        tls_context=context,
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
    )


class EventIntake:
    """One consumer. `taken` counts what it did, for whoever watches."""

    def __init__(self, settings: FleetSettings) -> None:
        self._settings = settings
        self.taken: Counter[str] = Counter()
        self._early: list[Batch] = []
        self._early_since = 0.0
        self._told: dict[tuple[str, str], int] = {}

    async def run(self) -> None:
        """Take in for as long as the program lives."""
        while True:
            try:
                async with (
                    await psycopg.AsyncConnection.connect(self._settings.database, autocommit=True) as connection,
                    broker_client(self._settings, f"fleetd-{self._settings.instance}") as client,
                ):
                    await self._serve(client, connection)
            except (aiomqtt.MqttError, psycopg.Error, OSError) as gone:
                log.warning("broker or database is away: %s", str(gone).strip() or type(gone).__name__)
            _end_if_asked()
            await asyncio.sleep(RETRY_S)

    async def _serve(self, client: aiomqtt.Client, connection: psycopg.AsyncConnection[Any]) -> None:
        topic = self._settings.topic
        for leaf in _SHARED:
            await client.subscribe(f"$share/fleetd/{topic}/+/{leaf}", _AT_LEAST_ONCE)
        for leaf in _EACH:
            await client.subscribe(f"{topic}/+/{leaf}", _AT_LEAST_ONCE)
        self._early.clear()
        self._told.clear()
        while True:
            _end_if_asked()
            await self._take(client, connection, await self._next(client))

    async def _next(self, client: aiomqtt.Client) -> list[aiomqtt.Message]:
        """What has come, waiting for it; only a moment while something in hand waits for what another consumer has."""
        messages: list[aiomqtt.Message] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(EARLY_AGAIN_S if self._early else None):
                messages.append(await anext(client.messages))
        while len(client.messages) and len(messages) < MOST_AT_ONCE:
            messages.append(await anext(client.messages))
        return messages

    async def _take(
        self, client: aiomqtt.Client, connection: psycopg.AsyncConnection[Any], messages: list[aiomqtt.Message]
    ) -> None:
        batches, now, waited = self._early, datetime.now(UTC), bool(self._early)
        self._early = []
        for message in messages:
            _, locker, leaf = str(message.topic).rsplit("/", 2)
            try:
                await self._take_one(client, connection, message, batches, now)
            except NotUnderstood as wrong:
                self.taken["not-understood"] += 1
                log.warning("a message of %s from %s %s", leaf, locker, wrong)
            except (psycopg.DataError, psycopg.IntegrityError) as wrong:
                self.taken["not-kept"] += 1
                log.warning("a message of %s from %s cannot be kept: %s", leaf, locker, type(wrong).__name__)
        if batches:
            taken = await self._keep(connection, batches)
            self._keep_early(taken.early, waited=waited)
            for each in taken.held:
                if self._told.get((each.locker, each.epoch)) != each.seq or len(taken.early) < len(batches):
                    await self._tell(client, each.locker, each.payload)
                self._told[each.locker, each.epoch] = each.seq
            for locker in taken.unknown:
                await self._tell(client, locker, b"hello?")

    async def _take_one(
        self,
        client: aiomqtt.Client,
        connection: psycopg.AsyncConnection[Any],
        message: aiomqtt.Message,
        batches: list[Batch],
        now: datetime,
    ) -> None:
        _, locker, leaf = str(message.topic).rsplit("/", 2)
        payload = message.payload if isinstance(message.payload, bytes) else b""
        if not LOCKER_NAME.fullmatch(locker):
            self.taken["foreign"] += 1
        elif leaf == "ev":
            batches.append(read_batch(locker, payload))
        elif leaf == "hello":
            held = await take_hello(connection, read_hello(locker, payload))
            await self._tell(client, locker, held.payload)
        else:
            await _take_other(connection, locker, leaf, payload, now)

    async def _keep(self, connection: psycopg.AsyncConnection[Any], batches: list[Batch]) -> Taken:
        """All at once; where the database refuses something of one locker, each locker for itself."""
        try:
            return await take_batches(connection, batches)
        except (psycopg.DataError, psycopg.IntegrityError):
            taken = Taken()
        for locker in sorted({batch.locker for batch in batches}):
            try:
                own = await take_batches(connection, [batch for batch in batches if batch.locker == locker])
            except (psycopg.DataError, psycopg.IntegrityError) as wrong:
                self.taken["not-kept"] += 1
                log.warning("events of %s cannot be kept: %s", locker, type(wrong).__name__)
                continue
            taken.held += own.held
            taken.unknown += own.unknown
            taken.early += own.early
        return taken

    def _keep_early(self, early: list[Batch], *, waited: bool) -> None:
        """Let go of what has waited in vain: its locker tells it again."""
        now = asyncio.get_running_loop().time()
        if not early or not waited:
            self._early_since = now
        if now - self._early_since < EARLY_AT_MOST_S:
            self._early = early[:MOST_EARLY]
        else:
            self._early_since = now

    async def _tell(self, client: aiomqtt.Client, locker: str, payload: bytes) -> None:
        await client.publish(f"{self._settings.topic}/{locker}/ack", payload, _AT_LEAST_ONCE)


def _end_if_asked() -> None:
    """A wire that broke, or an answer that came in the same instant (before Python 3.12), took the place of the end."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _take_other(
    connection: psycopg.AsyncConnection[Any], locker: str, leaf: str, payload: bytes, now: datetime
) -> None:
    if leaf == "state":
        await take_state(connection, locker, read_state(payload), now)
    elif leaf == "online":
        await take_online(connection, locker, now, online=payload == b"1")
    elif leaf == "result":
        await take_result(connection, locker, *read_result(payload))
    elif leaf == "checkpoint":
        await take_checkpoint(connection, locker, *read_checkpoint(payload), now)
