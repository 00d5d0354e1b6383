"""The centre's file, in TOML: where broker and database are, and where its pages are served."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator


class SettingsError(Exception):
    """The file cannot be used; the text says which key and why."""


@dataclass(frozen=True, slots=True)
class FleetSettings:
    """`broker`: `mqtts://HOST:PORT`, or `mqtt://` on this machine. `database`: a PostgreSQL connection string.

    `folder`: the keys of this centre (authority for lockers, key that signs orders), made there by `fleetd keys`.
    `lockers_broker`: where a new locker is told to find the broker, if that is another listener than the centre's.
    `listen`: where its pages are, over TLS unless on this machine. `instance`: this consumer's name at the broker.
    """

    broker: str
    database: str
    folder: Path
    listen: str = "127.0.0.1:8090"
    topic: str = "lockers"
    instance: str = "1"
    user: str = ""
    password_file: Path | None = None
    ca: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None
    pages_certificate: Path | None = None
    pages_private_key: Path | None = None
    lockers_broker: str = ""

    @property
    def broker_address(self) -> tuple[str, int, bool]:
        """Host, port, and whether by TLS."""
        parts = urlsplit(self.broker)
        tls = parts.scheme == "mqtts"
        return parts.hostname or "", parts.port or (8883 if tls else 1883), tls

    @property
    def listen_address(self) -> tuple[str, int]:
        """Host and port of the pages."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


_PATHS = frozenset(
    {"folder", "password_file", "ca", "certificate", "private_key", "pages_certificate", "pages_private_key"}
)
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})


def load_settings(path: Path) -> FleetSettings:
    """Read the file. Raises SettingsError."""
    try:
        told: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise SettingsError(f"{path}: cannot be read: {fault.strerror}") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise SettingsError(f"{path}: is not TOML: {fault}") from fault
    if wrong := next(_faults(told), ""):
        raise SettingsError(wrong)
    read: dict[str, Any] = {key: Path(value) if key in _PATHS else value for key, value in told.items()}
    made = FleetSettings(**read)
    parts = urlsplit(made.broker)
    try:
        there = parts.scheme in {"mqtt", "mqtts"} and parts.hostname and parts.port != 0
    except ValueError:
        there = False
    if not there:
        raise SettingsError("broker: write it like mqtts://broker.example.org:8883")
    try:
        host, _ = made.listen_address
    except ValueError:
        raise SettingsError("listen: write it like 127.0.0.1:8090") from None
    if host not in _HERE and (made.pages_certificate is None or made.pages_private_key is None):
        raise SettingsError("listen: pages for other machines need pages_certificate and pages_private_key")
    if parts.scheme == "mqtt" and parts.hostname not in _HERE:
        raise SettingsError("broker: one on another machine needs mqtts://")
    return made


def _faults(told: dict[str, Any]) -> Iterator[str]:
    known = {each.name for each in fields(FleetSettings)}
    yield from (f"{key}: is no key of this file" for key in told if key not in known)
    yield from (f"{key}: is missing" for key in ("broker", "database", "folder") if key not in told)
    yield from (f"{key}: must be a text" for key, value in told.items() if not isinstance(value, str))
