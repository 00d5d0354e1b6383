"""`[mqtt]`: the broker through which an operator of many lockers, or Home Assistant, hears of this one."""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from locker.options import Options, SitePath

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker listens; `tls`: by `mqtts://`."""

    host: str
    port: int
    tls: bool

    @property
    def here(self) -> bool:
        """True for a broker on this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def broker_address(text: str) -> BrokerAddress:
    """The address of a broker as the site file spells it. Raises ValueError."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("write it like mqtts://broker.example.org:8883") from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in {"", "/"} or parts.username or port == 0:
        raise ValueError("write it like mqtts://broker.example.org:8883")
    return BrokerAddress(parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "mqtts")


class MqttOptions(Options):
    """Where the broker is, who this cabinet is to it, and whose orders it follows.

    `topic`: what stands before the cabinet's name in every topic. `user` and `password_file`, or `certificate` and
    `private_key`: how the broker knows it; `ca`: who vouches for the broker. `operator_key`: the operator's public key
    (Ed25519, base64); without it nothing that comes from outside is an order. `home_assistant`: the prefix of Home
    Assistant's discovery, usually `homeassistant`. `updates`: the operator's orders may bring another version of the
    program, from the signed repository of this machine.
    """

    broker: str = Field(max_length=300)
    topic: str = Field(default="lockers", pattern=r"^[a-z0-9][a-z0-9/_-]{0,60}$")
    user: str = Field(default="", max_length=100)
    password_file: SitePath | None = None
    ca: SitePath | None = None
    certificate: SitePath | None = None
    private_key: SitePath | None = None
    operator_key: str = Field(default="", max_length=100)
    updates: bool = False
    home_assistant: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9_-]{0,60})?$")

    @field_validator("broker")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        broker_address(value)
        return value

    @field_validator("operator_key")
    @classmethod
    def _is_a_key(cls, value: str) -> str:
        if value:
            operator_key(value)
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        broker = self.address
        if (self.certificate is None) != (self.private_key is None):
            raise ValueError("certificate and private_key go together")
        if bool(self.user) != (self.password_file is not None):
            raise ValueError("user and password_file go together")
        if self.updates and not self.operator_key:
            raise ValueError("updates needs operator_key: without it nothing that comes is an order")
        if not broker.tls and (self.ca is not None or self.certificate is not None):
            raise ValueError("ca and certificate need a broker with mqtts://")
        if not broker.tls and not broker.here and (self.operator_key or self.user):
            raise ValueError("a broker on another machine needs mqtts:// where orders or a password go over the wire")
        return self

    @property
    def address(self) -> BrokerAddress:
        """Where the broker listens."""
        return broker_address(self.broker)

    @property
    def operator_key_bytes(self) -> bytes:
        """The operator's key. Raises ValueError without one."""
        return operator_key(self.operator_key)


def operator_key(text: str) -> bytes:
    """The 32 bytes of the operator's public key. Raises ValueError."""
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError("is no key: base64 of 32 bytes") from None
    if len(key) != _KEY_BYTES:
        raise ValueError("is no key: base64 of 32 bytes")
    return key
