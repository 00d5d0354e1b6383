"""The certificate of the staff listener while the daemon runs: kept valid, and said when it is a new one."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from api.tls import ENDS_SOON, certificate_for
from locker.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from api.options import StaffOptions
    from api.tls import Certificate

LOOK_SECONDS = 6 * 3600
TOLD_FOR = timedelta(days=14)
log = logging.getLogger(__name__)


class CertificateKeeper:
    """Renews the cabinet's own certificate before it ends; the listener takes up a new pair of files by itself.

    Nothing is renewed by a clock that is not `synced`: it would make one that ends too early, or has ended.
    """

    def __init__(
        self, options: StaffOptions, folder: Path, site: str, now: Callable[[], datetime], synced: Callable[[], bool]
    ) -> None:
        self._options = options
        self._folder = folder
        self._site = site
        self._now = now
        self._synced = synced
        self.current: Certificate | None = None

    def look(self) -> Certificate | None:
        """The certificate of now. One that was not shown before is printed with its fingerprint, to be compared.

        Raises SettingsError, OSError.
        """
        found = certificate_for(self._options, self._folder, self._site, self._now(), renew=self._synced())
        if found is not None and found != self.current:
            print(  # noqa: T201  for whoever compares it in the browser
                f"staff panel: certificate with SHA-256 {found.fingerprint}, until {found.ends:%Y-%m-%d}", flush=True
            )
        self.current = found
        return found

    async def run(self) -> None:
        """Look four times a day until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            before = self.current
            try:
                found = self.look()
            except (OSError, SettingsError) as fault:
                log.warning("the certificate of the staff panel: %s", fault)
                continue
            if found is not None and found != before:
                log.warning("the staff panel shows a new certificate, SHA-256 %s", found.fingerprint)
            elif found is not None and self.ends_soon:
                log.warning("the certificate of the staff panel ends on %s", f"{found.ends:%Y-%m-%d}")

    @property
    def ends_soon(self) -> bool:
        """True when somebody must renew it: the cabinet renews its own."""
        found = self.current
        return found is not None and not found.own and self._now() >= found.ends - ENDS_SOON

    @property
    def is_new(self) -> bool:
        """True while people may still meet a browser that warns of the cabinet's own, new one."""
        found = self.current
        return found is not None and found.own and self._now() < found.begins + TOLD_FOR
