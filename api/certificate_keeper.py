"""The certificate of the staff listener while the daemon runs: kept valid, and said when it is a new one."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from api.certificate import ENDS_SOON
from api.options import is_loopback, split_listen
from locker.errors import SettingsError
from locker.measures import Measure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from api.certificate import Certificate
    from api.options import StaffOptions

LOOK_SECONDS = 6 * 3600
AGAIN_SECONDS = 600
OWN_LATE = timedelta(days=7)
"""An own one is renewed 30 days before its end: so near to it something must keep it from being so."""
TOLD_FOR = timedelta(days=14)
log = logging.getLogger(__name__)


def certificate_for(
    options: StaffOptions, folder: Path, site: str, now: datetime, *, renew: bool = True
) -> Certificate | None:
    """What the staff listener shows: the configured pair, else one of its own; None on loopback without one.

    Without `renew` an own one that belongs together stays, whatever the time is. Raises SettingsError when a
    configured certificate cannot be read or its key does not belong to it, OSError when the data folder cannot be
    written.
    """
    host, _ = split_listen(options.listen)
    if is_loopback(host) and options.certificate is None:
        return None
    from api import tls  # noqa: PLC0415  reading and making certificates is 15 ms of a start that may need none

    if options.certificate is not None and options.private_key is not None:
        return tls.configured_certificate(options.certificate, options.private_key)
    return tls.own_certificate(folder, site, host, now, renew=renew)


class Tell(Protocol):
    """Who is told how the certificate stands; telling the same again tells nothing."""

    async def __call__(self, current: Certificate, fault: str, *, ends_soon: bool) -> None:
        """How it stands now."""


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
        self.fault = ""

    def look(self) -> Certificate | None:
        """The certificate of now. One that was not shown before is printed with its fingerprint, to be compared.

        One that cannot be renewed now is shown on, and `fault` says why. Raises SettingsError, OSError.
        """
        found = self._found()
        if found is not None and found != self.current:
            print(  # noqa: T201  for whoever compares it in the browser
                f"staff panel: certificate with SHA-256 {found.fingerprint}, until {found.ends:%Y-%m-%d}", flush=True
            )
        self.current = found
        return found

    def _found(self) -> Certificate | None:
        options, now = self._options, self._now()
        try:
            found = certificate_for(options, self._folder, self._site, now, renew=self._synced())
        except OSError as fault:
            found = certificate_for(options, self._folder, self._site, now, renew=False)
            self.fault = fault.strerror or str(fault)
        else:
            self.fault = ""
        return found

    async def run(self, tell: Tell) -> None:
        """Look now and four times a day, after a fault every ten minutes, and tell each time how it stands."""
        while True:
            before = self.current
            try:
                self.look()
            except (OSError, SettingsError) as fault:
                self.fault = str(fault)
            self._log(before)
            if self.current is not None:
                await tell(self.current, self.fault, ends_soon=self.ends_soon)
            await asyncio.sleep(AGAIN_SECONDS if self.fault else LOOK_SECONDS)

    def _log(self, before: Certificate | None) -> None:
        found = self.current
        if self.fault:
            log.warning("the certificate of the staff panel: %s", self.fault)
        elif found is not None and before is not None and found != before:
            log.warning("the staff panel shows a new certificate, SHA-256 %s", found.fingerprint)
        elif found is not None and self.ends_soon:
            log.warning("the certificate of the staff panel ends on %s", f"{found.ends:%Y-%m-%d}")

    async def read(self) -> Mapping[Measure, float]:
        """How many seconds the certificate still holds; nothing on a listener that needs none."""
        found = self.current
        return {} if found is None else {Measure.CERTIFICATE_LEFT_SECONDS: (found.ends - self._now()).total_seconds()}

    @property
    def ends_soon(self) -> bool:
        """True when somebody must see to it: the cabinet renews its own, unless something keeps it from doing so."""
        found = self.current
        return found is not None and self._now() >= found.ends - (OWN_LATE if found.own else ENDS_SOON)

    @property
    def is_new(self) -> bool:
        """True while people may still meet a browser that warns of the cabinet's own, new one."""
        found = self.current
        return found is not None and found.own and self._now() < found.begins + TOLD_FOR
