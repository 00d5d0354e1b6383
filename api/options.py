"""Options of the two listeners: pure data."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator, Field

from locker.options import Options, SitePath

HOST = re.compile(r"(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\]")


def split_listen(value: str) -> tuple[str, int]:
    """Host and port of "127.0.0.1:8080" or "[::1]:8080". Raises ValueError with what to write instead."""
    host, _, port = value.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) <= 65535:
        raise ValueError(f"'{value}' is not host:port, write one like 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """True when only this machine can reach the host."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(value: str) -> str:
    split_listen(value)
    return value


def _loopback(value: str) -> str:
    host, _ = split_listen(value)
    if not is_loopback(host):
        raise ValueError(f"'{value}' is not loopback: the kiosk has no log-in, listen on 127.0.0.1")
    return value


def _host(value: str) -> str:
    if not HOST.fullmatch(value):
        raise ValueError(f"'{value}' is no name of a host, write one like locker.example.org or *.example.org")
    return value.lower()


class KioskOptions(Options):
    """`[kiosk]`: the touchscreen's listener, and where the screen stands in the cabinet."""

    listen: Annotated[str, AfterValidator(_loopback)] = "127.0.0.1:8080"
    column: int | None = Field(default=None, ge=1, le=200)
    bottom_mm: int | None = Field(default=None, ge=0, le=5000)
    top_mm: int | None = Field(default=None, ge=0, le=5000)


class StaffOptions(Options):
    """`[staff]`: the listener of the panel and the machine API."""

    listen: Annotated[str, AfterValidator(_listen)] = "0.0.0.0:8443"
    certificate: SitePath | None = None
    private_key: SitePath | None = None
    hosts: list[Annotated[str, AfterValidator(_host)]] = Field(default=[], max_length=50)
    """Names by which browsers ask for the panel, beside its address, the machine's own names and the certificate's."""
