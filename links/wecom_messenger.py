"""Calls to staff through the robot of a WeCom group: a text to all who read the group.

The robot takes 20 messages a minute. Who sends more is refused for a while, so that what is over waits here.
"""

from __future__ import annotations

from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from links.webhook_messenger import TIMEOUT_S, check_address
from locker.ports import DeliveryFault, Undelivered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

AT_MOST = 20
WITHIN_S = 60.0
LONGEST_BYTES = 2048
_TOO_OFTEN = frozenset({45009, 45033})
_WRONG_ROBOT = frozenset({93000, 93004, 40001, 40014})


class WecomMessenger:
    """POSTs the text to the robot; `monotonic` are seconds that only go forward, for its limit."""

    def __init__(self, client: httpx.AsyncClient, address: str, monotonic: Callable[[], float]) -> None:
        self._client = client
        self._address = address
        self._monotonic = monotonic
        self._sent: deque[float] = deque()

    async def send(self, message: Mapping[str, object]) -> None:
        """Deliver once. Raises Undelivered: also when the robot would refuse, with the seconds until it would not."""
        self._wait_for_turn()
        body = {"msgtype": "text", "text": {"content": _cut(str(message["text"]))}}
        try:
            response = await self._client.post(self._address, json=body)
        except httpx.HTTPError:
            raise Undelivered(DeliveryFault.AWAY, "the robot of the group cannot be reached") from None
        except UnicodeError:
            raise Undelivered(DeliveryFault.UNENCODABLE, "the message is not whole Unicode text") from None
        _judge(response)

    def _wait_for_turn(self) -> None:
        now = self._monotonic()
        while self._sent and self._sent[0] <= now - WITHIN_S:
            self._sent.popleft()
        if len(self._sent) >= AT_MOST:
            pause = self._sent[0] + WITHIN_S - now
            raise Undelivered(DeliveryFault.AWAY, f"the robot takes {AT_MOST} messages a minute", pause)
        self._sent.append(now)


def _judge(response: httpx.Response) -> None:
    """The robot says 200 to everything, and what it thinks of it in the body."""
    try:
        said = response.json()["errcode"] if response.is_success else response.status_code
    except (ValueError, KeyError, TypeError):
        said = -1
    if said == 0:
        return
    detail = f"the robot of the group answered {said}"
    if said in _TOO_OFTEN:
        raise Undelivered(DeliveryFault.AWAY, detail, WITHIN_S)
    raise Undelivered(DeliveryFault.SETTINGS if said in _WRONG_ROBOT or said == 404 else DeliveryFault.AWAY, detail)


def _cut(text: str) -> str:
    """As much of a text as the robot takes, in whole letters."""
    return text.encode("utf-8", "surrogatepass")[:LONGEST_BYTES].decode("utf-8", "ignore")


@asynccontextmanager
async def open_wecom(address: str, monotonic: Callable[[], float]) -> AsyncIterator[WecomMessenger]:
    """Open the connection, and shut it at the end. Raises SettingsError."""
    check_address(address, "notices.wecom_robot")
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
        yield WecomMessenger(client, address, monotonic)
