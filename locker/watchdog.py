"""Notifications to systemd: ready, and alive only as long as the whole way through the daemon is."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locker.engine import Engine

FEED_SECONDS = 10


async def feed_watchdog(engine: Engine) -> None:
    """Feed systemd's watchdog only after a heartbeat has travelled through the engine and the journal."""
    while True:
        await engine.heartbeat()
        notify_systemd("WATCHDOG=1")
        await asyncio.sleep(FEED_SECONDS)


def notify_systemd(state: str) -> None:
    """One datagram to $NOTIFY_SOCKET, as sd_notify(3) describes it; nothing where there is none."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify_socket:
            notify_socket.sendto(state.encode(), "\0" + address[1:] if address[0] == "@" else address)
