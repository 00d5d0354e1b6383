"""The parts of the site file that belong to the trade: pure data, checked once at start."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from locker.core.model import Compartment, Policy, Size

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Id = Annotated[str, StringConstraints(min_length=1, max_length=24, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
SitePath = Annotated[Path, Field(strict=False)]
Language = Literal["zh-CN", "zh-TW", "en"]


def country_of_zone(timezone: str) -> str | None:
    """Give the country (ISO 3166) that a time zone is named for; None for UTC, for aliases, and without a table."""
    try:
        table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    except (ModuleNotFoundError, OSError):
        return None
    lines = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return next((parts[0] for parts in lines if parts[2:3] == [timezone]), None)


class Options(BaseModel):
    """A table of the site file: an unknown key is an error, and so is a number in quotes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SiteOptions(Options):
    """`[site]`: who runs this cabinet and where it stands.

    A file that names no address or no help phone has the site's and the operator's name in their place:
    every arrival notice must say where the locker is and who helps (NTF-03). `country` (ISO 3166): where phone
    numbers without a country code belong; a file that names none means the country of its time zone.
    """

    id: Id
    name: Name
    address: Name = ""
    operator: Name = ""
    timezone: str = "UTC"
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    languages: Annotated[list[Language], Field(min_length=1)] = ["en"]
    help_phone: Name = ""

    @model_validator(mode="before")
    @classmethod
    def _address_and_help_phone(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        name = given.get("name", "")
        return {"address": name, "help_phone": given.get("operator") or name, **given}

    @field_validator("timezone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
            raise ValueError(f"'{value}' is not a time zone, write one like Asia/Shanghai") from unknown
        return value

    @property
    def phone_country(self) -> str | None:
        """The country whose phone numbers are written without a country code; None when nobody said."""
        return self.country or country_of_zone(self.timezone)

    @field_validator("languages")
    @classmethod
    def _once(cls, value: list[Language]) -> list[Language]:
        if len(set(value)) != len(value):
            raise ValueError("a language stands here twice")
        return value


class StorageOptions(Options):
    """`[storage]`: the one folder that the daemon reads and writes.

    `volatile`: it may lie on a file system that forgets everything when the power goes, for trying out.
    """

    data: SitePath
    volatile: bool = False


class PickupOptions(Options):
    """`[pickup]`: times and codes."""

    code_digits: int = Field(default=8, ge=6, le=10)
    free_hours: int = Field(default=72, ge=1, le=720)
    reopen_seconds: int = Field(default=60, ge=0, le=600)
    door_open_seconds: int = Field(default=120, ge=10, le=3600)
    consent: Literal["ask", "assume"] = "ask"

    def policy(self) -> Policy:
        """Give the same as the rules read it."""
        return Policy(
            code_digits=self.code_digits,
            free_hours=self.free_hours,
            reopen_seconds=self.reopen_seconds,
            door_open_seconds=self.door_open_seconds,
            ask_consent=self.consent == "ask",
        )


class ColumnOptions(Options):
    """`[[column]]`: how wide the doors of one column are."""

    number: int = Field(ge=1, le=200)
    width_mm: int = Field(default=450, ge=50, le=2000)


class CompartmentOptions(Options):
    """`[[compartment]]`: one space, where it stands, and which wire moves its door."""

    id: Id
    size: Annotated[Size, Field(strict=False)]
    bank: Id
    lock: int | None = Field(default=None, ge=0, le=255)
    switch: int | None = Field(default=None, ge=0, le=255)
    channel: int | None = Field(default=None, ge=1, le=255)
    column: int = Field(default=1, ge=1, le=200)
    bottom_mm: int = Field(default=0, ge=0, le=5000)
    top_mm: int = Field(default=0, ge=0, le=5000)
    features: list[Literal["cold"]] = Field(default=[], strict=False)

    def compartment(self) -> Compartment:
        """Give the compartment as it is built, its state unknown."""
        return Compartment(
            id=self.id,
            size=self.size,
            bank=self.bank,
            column=self.column,
            bottom_mm=self.bottom_mm,
            top_mm=self.top_mm,
            features=frozenset(self.features),
        )


_UNION_TAGS = {"gpio", "mcp23017", "cb8a", "kerong-cu16", "kerong-cu48", "modbus", "serial", "gm65", "camera"}

_UNION_FAULTS = {"union_tag_invalid": "is not a known kind", "union_tag_not_found": "is missing"}


def fault_line(error: Any) -> str:
    """One line for one of pydantic's errors: the key by its path, and what is wrong with it."""
    path = ""
    parts = error["loc"]
    for place, part in enumerate(parts):
        if isinstance(part, int):
            path += f"[{part}]"
        elif not (part in _UNION_TAGS and place and isinstance(parts[place - 1], int)):
            path += f".{part}" if path else str(part)
    if error["type"] in _UNION_FAULTS:
        path += ".kind"
    message = str(error["msg"]).removeprefix("Value error, ")
    words = {"extra_forbidden": "is not a known key", "missing": "is missing", **_UNION_FAULTS}
    return f"{path}: {words.get(error['type'], message)}"


__all__ = [
    "ColumnOptions",
    "CompartmentOptions",
    "Id",
    "Language",
    "Name",
    "Options",
    "PickupOptions",
    "SiteOptions",
    "StorageOptions",
    "fault_line",
]
