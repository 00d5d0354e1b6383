"""An outside authority that says when something was: asked over HTTP (RFC 3161), believed under the site's roots."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from links.webhook_messenger import check_address
from locker.errors import HardwareFault, SettingsError
from locker.time_stamp import BadStamp, stamp_request, stamped_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from links.options import TimestampOptions

TIMEOUT_S = 10.0
LONGEST_ANSWER = 64 * 1024


class TimestampAuthority:
    """Fulfils StampAuthority of locker.ports."""

    def __init__(self, client: httpx.AsyncClient, options: TimestampOptions) -> None:
        self._client = client
        self._options = options

    async def stamp(self, content: bytes) -> bytes:
        """The authority's answer for these bytes, verified. Raises HardwareFault."""
        try:
            async with asyncio.timeout(TIMEOUT_S):  # in all: whoever makes a case file waits for it
                answer = await self._answer(stamp_request(content))
        except (httpx.HTTPError, TimeoutError):
            raise HardwareFault("The time stamp authority cannot be reached. Look at timestamps.url.") from None
        try:
            await asyncio.to_thread(stamped_at, content, answer, self._options.roots)
        except BadStamp as bad:
            raise HardwareFault(f"The answer of the time stamp authority {bad}. Look at timestamps.roots.") from None
        return answer

    async def _answer(self, request: bytes) -> bytes:
        """What it says, and no more of it than a stamp can have."""
        headers, answer = {"Content-Type": "application/timestamp-query"}, b""
        async with self._client.stream("POST", self._options.url, content=request, headers=headers) as response:
            if not response.is_success:
                said = f"The time stamp authority answered {response.status_code}. Look at timestamps.url."
                raise HardwareFault(said)
            async for part in response.aiter_bytes():
                answer += part
                if len(answer) > LONGEST_ANSWER:
                    raise HardwareFault("What the time stamp authority answered is no stamp. Look at timestamps.url.")
        return answer


@asynccontextmanager
async def open_authority(options: TimestampOptions) -> AsyncIterator[TimestampAuthority]:
    """Open the way to it, and shut it at the end. Raises SettingsError."""
    check_address(options.url, "timestamps.url")
    if not options.roots.is_file():
        raise SettingsError([f"timestamps.roots: {options.roots} is no file that can be read"])
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
        yield TimestampAuthority(client, options)
