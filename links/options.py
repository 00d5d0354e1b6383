"""Options of the wires to the world: pure data."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator

from locker.options import Options, SitePath

_Address = Annotated[str, Field(max_length=254, pattern=r"^(\+?[0-9][0-9 -]{4,24}|[^@\s]+@[^@\s]+)$")]


class NoticeOptions(Options):
    """`[notices]`: how notices reach residents. Without any way notices wait in the outbox.

    `staff`: phones and mailboxes that hear of forced doors, doors left open, faults and a sealed cabinet;
    `wecom_robot`: the address of a WeCom group's robot that says the same to the group. `texts`: a folder with words of
    the site's own, `en.toml` and the like. Recipients are reminded `reminder_hours` after the storing, and once more
    `last_warning_hours` before the free time ends (0: not); with `collected` they hear that their parcel was taken out.
    """

    webhook: str | None = Field(default=None, max_length=500)
    smtp: str | None = Field(default=None, max_length=500)
    apprise: list[str] = Field(default=[])
    staff: list[_Address] = Field(default=[], max_length=20)
    wecom_robot: str | None = Field(default=None, max_length=500)
    texts: SitePath | None = None
    reminder_hours: list[Annotated[int, Field(ge=1, le=720)]] = Field(default=[24, 48], max_length=10)
    last_warning_hours: int = Field(default=1, ge=0, le=72)
    collected: bool = False

    @field_validator("webhook", "wecom_robot")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value
