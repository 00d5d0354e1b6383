"""Options of the wires to the world: pure data."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from locker.options import Options

_Address = Annotated[str, Field(max_length=254, pattern=r"^(\+?[0-9][0-9 -]{4,24}|[^@\s]+@[^@\s]+)$")]


class NoticeOptions(Options):
    """`[notices]`: how notices reach residents. Without any way notices wait in the outbox.

    `staff`: phones and mailboxes that hear of forced doors, doors left open, faults and a sealed cabinet.
    """

    webhook: str | None = Field(default=None, max_length=500)
    smtp: str | None = Field(default=None, max_length=500)
    apprise: list[str] = Field(default=[])
    staff: list[_Address] = Field(default=[], max_length=20)

    @field_validator("webhook")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value
