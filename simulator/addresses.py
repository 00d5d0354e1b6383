"""Where the daemon's two listeners answer, seen from this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.options import is_loopback, split_listen

if TYPE_CHECKING:
    from lockerd import Settings


def kiosk_address(settings: Settings) -> str:
    """The touchscreen's address."""
    return _address(settings.kiosk.listen, secure=False)


def staff_address(settings: Settings) -> str:
    """The address of the staff panel and the machine API; HTTPS with a certificate and off loopback."""
    host, _ = split_listen(settings.staff.listen)
    return _address(settings.staff.listen, secure=settings.staff.certificate is not None or not is_loopback(host))


def _address(listen: str, *, secure: bool) -> str:
    host, port = split_listen(listen)
    if host in {"0.0.0.0", "::"}:  # noqa: S104  compared, not bound
        host = "127.0.0.1"
    return f"{'https' if secure else 'http'}://{f'[{host}]' if ':' in host else host}:{port}"
