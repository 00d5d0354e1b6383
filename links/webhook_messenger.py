"""Notices through a webhook to a phone company: one POST a notice, as JSON.

Proxies named in the environment are not used: the way is the one in the site file.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from locker.errors import SettingsError
from locker.ports import DeliveryFault, Undelivered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

TIMEOUT_S = 30.0
_REFUSED = frozenset({400, 422})
_BUSY = frozenset({408, 425, 429})


class WebhookMessenger:
    """POSTs the message as JSON, `picture` being a JPEG in base64.

    2xx is accepted, 400 and 422 say that it never will be, all else is tried again.

    401, 403, 404 and their like speak of our settings or of the company's, not of this message: they pass.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        address: str,
        sign: Callable[[str, bytes], Mapping[str, str]] | None = None,
        whom: str = "the phone company",
    ) -> None:
        """`sign`: the headers that prove from whom a message is, for its id and body. `whom`: who did not take it."""
        self._client = client
        self._address = address
        self._sign = sign
        self._whom = whom

    async def send(self, message: Mapping[str, object]) -> None:
        """Deliver once. Raises Undelivered."""
        try:
            body = json.dumps(dict(message), ensure_ascii=False, separators=(",", ":")).encode()
            signed = self._sign(str(message["id"]), body) if self._sign is not None else {}
            headers = {"Content-Type": "application/json", **signed}
            async with asyncio.timeout(TIMEOUT_S):  # in all: an answer that drips holds nothing up
                response = await self._client.post(self._address, content=body, headers=headers)
        except (httpx.TimeoutException, TimeoutError):
            raise Undelivered(DeliveryFault.AWAY, f"{self._whom} did not answer in time") from None
        except httpx.HTTPError:
            raise Undelivered(DeliveryFault.AWAY, f"{self._whom} cannot be reached") from None
        except UnicodeError:
            raise Undelivered(DeliveryFault.UNENCODABLE, "the message is not whole Unicode text") from None
        if not response.is_success:
            detail = f"{self._whom} answered {response.status_code}"
            raise Undelivered(_fault(response.status_code), detail, _retry_after(response))


def _fault(status: int) -> DeliveryFault:
    if status in _REFUSED:
        return DeliveryFault.REFUSED
    return DeliveryFault.SETTINGS if 300 <= status < 500 and status not in _BUSY else DeliveryFault.AWAY


def _retry_after(response: httpx.Response) -> float:
    """Seconds that a Retry-After asks for, as seconds or as a date by the far end's own clock (RFC 9110); 0 if none."""
    asked = response.headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked[:9])
    try:
        until, sent = (parsedate_to_datetime(each) for each in (asked, response.headers.get("Date", "")))
        return max(0.0, (until - sent).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return 0.0


@asynccontextmanager
async def open_webhook(
    address: str,
    key: str = "notices.webhook",
    sign: Callable[[str, bytes], Mapping[str, str]] | None = None,
    whom: str = "the phone company",
) -> AsyncIterator[WebhookMessenger]:
    """Open the connection, and shut it at the end; `key` is its place in the site file. Raises SettingsError."""
    check_address(address, key)
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
        yield WebhookMessenger(client, address, sign, whom)


def check_address(text: str, key: str) -> None:
    """Look at an address of the site file, `key` being its place there. Raises SettingsError."""
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and parts.port != 0 and bool(httpx.URL(text).host)
    except (ValueError, httpx.InvalidURL):
        named = False
    if not named:
        raise SettingsError([f"{key}: names no host and port that can be reached"])
