"""The names by which a listener may be asked for: a foreign name that was made to resolve to this machine is none.

Without this a page on the internet reaches a listener of the house through the browser of whoever reads it.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.middleware.trustedhost import TrustedHostMiddleware

from api.options import HOST, split_listen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from api.options import StaffOptions

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


def in_brackets(host: str) -> str:
    """A host as it stands in an address."""
    return f"[{host}]" if ":" in host else host


def staff_hosts(options: StaffOptions, certified: Iterable[str] = ()) -> list[str]:
    """Every name of the staff listener: where it listens, this machine's, its certificate's, and `[staff] hosts`."""
    host, _ = split_listen(options.listen)
    machine = socket.gethostname().lower()
    names = [
        "" if host in {"0.0.0.0", "::"} else in_brackets(host),  # noqa: S104  compared, not bound
        *LOOPBACK_NAMES,
        machine,
        f"{machine}.local",
        *filter(HOST.fullmatch, certified),
        *options.hosts,
    ]
    return list(dict.fromkeys(name.lower() for name in names if name))


class OwnHostMiddleware:
    """Starlette's TrustedHostMiddleware, which knows names only; before it the address at which the request came in.

    That one need not be in a list: it changes with the network, and nobody makes an address resolve to another.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._by_name = TrustedHostMiddleware(app, list(names), www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what was meant for this machine; 400 for the rest."""
        app = self._app if scope["type"] == "http" and _is_asked_by_address(scope) else self._by_name
        await app(scope, receive, send)


def _is_asked_by_address(scope: Scope) -> bool:
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if len(hosts) != 1 or not scope.get("server"):
        return False
    try:
        asked = urlsplit(f"//{hosts[0].decode('ascii')}").hostname
    except ValueError:
        return False
    return asked is not None and asked == str(scope["server"][0])
