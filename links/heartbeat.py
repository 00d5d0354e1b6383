"""A sign of life to somebody outside, who calls when it stays away: a locker without power or network cannot say so."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import httpx

from links.webhook_messenger import check_address

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from links.options import HeartbeatOptions

TIMEOUT_S = 30.0

log = logging.getLogger("heartbeat")


class Heartbeat:
    """POSTs what `told` returns, as JSON, every so many seconds. Raises SettingsError for an address without a host.

    Only after `alive` has returned: a daemon whose engine or disk stands still is not said to live.
    """

    def __init__(
        self, options: HeartbeatOptions, alive: Callable[[], Awaitable[None]], told: Callable[[], Mapping[str, Any]]
    ) -> None:
        """`told` names nobody: it leaves the cabinet."""
        check_address(options.url, "heartbeat.url")
        self._options, self._alive, self._told = options, alive, told
        self._heard: bool | None = None

    async def run(self) -> None:
        """Go on until cancelled. One beat that is lost is no fault: the far end waits for several."""
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            while True:
                await self._alive()
                await self.beat(client)
                await asyncio.sleep(self._options.every_seconds)

    async def beat(self, client: httpx.AsyncClient) -> None:
        """Say it once; that nobody hears it any more, or again, is a line of the log."""
        try:
            response = await client.post(self._options.url, json=dict(self._told()))
            heard, detail = response.is_success, f"it answered {response.status_code}"
        except httpx.HTTPError:
            heard, detail = False, "it cannot be reached"
        if heard and self._heard is False:
            log.info("the sign of life is heard again")
        elif not heard and self._heard is not False:
            log.warning("nobody hears the sign of life: %s. Look at heartbeat.url and at the network.", detail)
        self._heard = heard
