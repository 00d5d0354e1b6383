"""Notices through what Apprise knows, the optional extra `apprise`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from locker.errors import SettingsError
from locker.ports import DeliveryFault, Undelivered

if TYPE_CHECKING:
    from collections.abc import Mapping

_RECIPIENT_KEYS = ("{to}", "{email}")
_PLAIN_RECIPIENT = "+8613800000000"


class AppriseMessenger:
    """Sends the text through addresses of Apprise that name the recipient as {to}."""

    def __init__(self, addresses: list[str]) -> None:
        for number, address in enumerate(addresses):
            if not any(key in address for key in _RECIPIENT_KEYS):
                raise SettingsError(
                    [f"notices.apprise[{number}]: must hold {{to}}, or everybody's code goes to one place"]
                )
        try:
            self._apprise: Any = importlib.import_module("apprise")
        except ImportError:
            raise SettingsError(["notices.apprise: install the extra first: pip install 'lockerd[apprise]'"]) from None
        self._addresses = addresses

    async def send(self, message: Mapping[str, object]) -> None:
        """Deliver once to every address. Raises Undelivered when one does not take it."""
        service = self._apprise.Apprise()
        for address in self._addresses:
            if service.add(_filled(address, str(message["to"]))):
                continue
            # A service that takes nobody is written wrongly in the site file; this recipient need not be wrong.
            takes_others = self._apprise.Apprise().add(_filled(address, _PLAIN_RECIPIENT))
            fault = DeliveryFault.REFUSED if takes_others else DeliveryFault.SETTINGS
            raise Undelivered(fault, "a service of notices.apprise cannot take this recipient")
        if not await service.async_notify(body=str(message["text"])):
            raise Undelivered(DeliveryFault.AWAY, "a service of notices.apprise did not take it")


def _filled(address: str, recipient: str) -> str:
    to = quote(recipient, safe="")
    return address.replace("{to}", to).replace("{email}", to)
