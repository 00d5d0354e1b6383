"""Gives signed orders to lockers that are there: written down, sent once, not queued and not kept by the broker."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from fleet.event_intake import broker_client
from fleet.keys import order_key, signed

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from fleet.settings import FleetSettings

LIFETIMES = {"open": timedelta(seconds=30), "ask-many": timedelta(seconds=30)}
"""An order for a door is for whoever stands before it; a locker believes it no longer than this."""
LIFETIME = timedelta(minutes=10)
_MARGIN = timedelta(seconds=2)


class OrderNotGiven(Exception):
    """It was not sent; the text is the key of a sentence."""


async def give_order(
    settings: FleetSettings,
    connection: AsyncConnection[Any],
    locker: str,
    action: str,
    body: dict[str, Any],
    operator: str,
) -> str:
    """Send one order; its id. Raises OrderNotGiven for a locker that is offline, and when the broker is away."""
    row = await (await connection.execute("select online from locker where id = %s", [locker])).fetchone()
    if row is None or not row[0]:
        raise OrderNotGiven("fleet.offline")
    now = datetime.now(UTC)
    lifetime = LIFETIMES.get(action, LIFETIME) - _MARGIN
    order = {
        "id": secrets.token_urlsafe(18),
        "site": locker,
        "action": action,
        "body": body,
        "operator": operator,
        "not_after": (now + lifetime).isoformat(),
    }
    await connection.execute(
        "insert into given_order (id, locker, action, body, operator, given_at, not_after)"
        " values (%s, %s, %s, %s, %s, %s, %s)",
        [order["id"], locker, action, json.dumps(body), operator, now, now + lifetime],
    )
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho has no types here
    properties.MessageExpiryInterval = max(1, int(lifetime.total_seconds()))
    message = signed(order_key(settings.folder), order)
    try:
        async with broker_client(settings, f"fleetd-order-{secrets.token_hex(6)}", keep=False) as client:
            await client.publish(f"{settings.topic}/{locker}/order", message, 1, properties=properties, timeout=10)
    except (aiomqtt.MqttError, OSError) as gone:
        raise OrderNotGiven("fleet.broker_away") from gone
    return str(order["id"])
