"""Options of the wires to the world: pure data."""

from __future__ import annotations

from pydantic import Field, field_validator

from locker.options import Options


class NoticeOptions(Options):
    """`[notices]`: how residents are told. Without any of these notices wait in the outbox."""

    webhook: str | None = Field(default=None, max_length=500)
    smtp: str | None = Field(default=None, max_length=500)
    apprise: list[str] = []

    @field_validator("webhook")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value
