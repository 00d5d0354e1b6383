"""Options of the three listeners: pure data."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

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
    """`[kiosk]`: the touchscreen's listener, and where the screen stands in the cabinet.

    `unknown_unit`: whose door a parcel gets that is for nobody in the list, mostly the desk's own unit. Its card must
    agree to parcels in the locker; empty: the courier takes such a parcel along.
    """

    listen: Annotated[str, AfterValidator(_loopback)] = "127.0.0.1:8080"
    column: int | None = Field(default=None, ge=1, le=200)
    bottom_mm: int | None = Field(default=None, ge=0, le=5000)
    top_mm: int | None = Field(default=None, ge=0, le=5000)
    unknown_unit: Annotated[str, Field(max_length=40)] = ""


class StaffOptions(Options):
    """`[staff]`: the listener of the panel and the machine API."""

    listen: Annotated[str, AfterValidator(_listen)] = "0.0.0.0:8443"
    certificate: SitePath | None = None
    private_key: SitePath | None = None
    hosts: list[Annotated[str, AfterValidator(_host)]] = Field(default=[], max_length=50)
    """Names by which browsers ask for the panel, beside its address, the machine's own names and the certificate's."""
    many_doors: int | None = Field(default=None, ge=1, le=1000)
    """So many different doors one person or program may open alone within `many_minutes`; half of all, at least 12."""
    many_minutes: int = Field(default=10, ge=1, le=60)


def _public_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        plain = parts.scheme == "http" and is_loopback(parts.hostname or "")
        bare = parts.path in {"", "/"} and not parts.query + parts.fragment
        whole = bool(parts.hostname) and parts.port != 0 and bare
    except ValueError:
        plain = whole = False
    if not whole or "@" in value or (parts.scheme != "https" and not plain):
        raise ValueError(f"'{value}' is not where residents reach it, write one like https://locker.example.org")
    return value.rstrip("/")


class ResidentOptions(Options):
    """`[resident]`: the listener of the residents' own pages, and the address under which their phones reach it.

    Off loopback it speaks HTTPS with a certificate that phones trust; on loopback something before it does.
    """

    listen: Annotated[str, AfterValidator(_listen)]
    url: Annotated[str, Field(max_length=100), AfterValidator(_public_url)]
    certificate: SitePath | None = None
    private_key: SitePath | None = None
    away_days: Annotated[int, Field(ge=0, le=30)] = 14
    """So many days ahead a resident may say that nobody is at home, and may put a parcel off; 0: neither is offered."""
    nearest: Annotated[str, Field(max_length=200)] = ""
    """Where people go while this locker is out of order: the name or address of the nearest other one."""

    registration: bool = False
    """Whether whoever has moved in may ask on the page /join to be let in as a resident; staff look at each."""

    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    """Where the locker stands, in degrees, for maps."""

    @model_validator(mode="after")
    def _is_encrypted(self) -> Self:
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("certificate and private_key go together")
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude go together")
        if self.certificate is None and not is_loopback(split_listen(self.listen)[0]):
            raise ValueError("off loopback the residents' page needs a certificate and its private_key")
        return self
