"""The certificate of the staff listener: what it is, and which one it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from api.options import is_loopback, split_listen

if TYPE_CHECKING:
    from pathlib import Path

    from api.options import StaffOptions

LASTS = timedelta(days=820)
"""Apple's programs refuse a certificate that is made for more than 825 days."""
ENDS_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files for the listener. `fingerprint`: SHA-256 of the certificate as browsers show it, "AB:CD:…".

    `names`: it was made for these, so by these the panel is meant to be reached. `own`: the cabinet made it, and
    renews it.
    """

    certificate: Path
    key: Path
    fingerprint: str
    begins: datetime
    ends: datetime
    names: tuple[str, ...]
    own: bool = False

    def is_to_be_renewed(self, now: datetime) -> bool:
        """True when it ends soon, has not begun, or lasts longer than browsers take."""
        return now < self.begins or now >= self.ends - ENDS_SOON or self.ends - self.begins > LASTS


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
