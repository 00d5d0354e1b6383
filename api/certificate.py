"""The certificate of the staff listener as everybody but `tls` sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

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
