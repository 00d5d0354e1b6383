"""The parts of the site file that belong to the trade: pure data, checked once at start."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from locker.core.doors.opening_hours import DAY_MINUTES, OpeningHours, Span, Week
from locker.core.model import Compartment, Policy, Size
from locker.core.place import Place, PlaceKind

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Id = Annotated[str, StringConstraints(min_length=1, max_length=24, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Feature = Annotated[str, StringConstraints(min_length=1, max_length=24, pattern=r"^[a-z][a-z0-9-]*$")]
SitePath = Annotated[Path, Field(strict=False)]
Language = Literal["zh-CN", "zh-TW", "en"]


@cache
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

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class SiteOptions(Options):
    """`[site]`: who runs this cabinet and where it stands.

    A file that names no address or no help phone has the site's and the operator's name in their place:
    every arrival notice must say where the locker is and who helps (NTF-03). `country` (ISO 3166): where phone
    numbers without a country code belong; a file that names none means the country of its time zone.
    `names` says what the site, its operator and the companies are called in a language: SF Express is 顺丰速运.
    """

    id: Id
    name: Name
    address: Name = ""
    operator: Name = ""
    timezone: str = "UTC"
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    languages: Annotated[list[Language], Field(min_length=1)] = ["en"]
    help_phone: Name = ""
    names: dict[Name, dict[Language, Name]] = {}

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

    def called(self, name: str, language: str) -> str:
        """What somebody or something is called in this language."""
        words: dict[str, str] = {str(known): word for known, word in self.names.get(name, {}).items()}
        return words.get(language, name)

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
    """`[pickup]`: times and codes. `share_doors`: whether couriers may put a household's parcels behind one door.

    `booking_hours`: how long room is kept for what a resident booked to go out. `keep_for_deliveries`: so many free
    doors, large enough for it, are left to couriers: a resident books nothing into the last ones. `real_name`:
    a carrier gets what a resident sends only when somebody has checked who sends it.
    """

    code_digits: int = Field(default=8, ge=6, le=10)
    free_hours: int = Field(default=72, ge=1, le=720)
    reopen_seconds: int = Field(default=60, ge=0, le=600)
    door_open_seconds: int = Field(default=120, ge=10, le=3600)
    consent: Literal["ask", "assume"] = "ask"
    share_doors: bool = True
    booking_hours: int = Field(default=72, ge=1, le=720)
    keep_for_deliveries: int = Field(default=0, ge=0, le=1000)
    real_name: bool = False

    def policy(self, opening: OpeningHours) -> Policy:
        """Give the same as the rules read it."""
        return Policy(
            code_digits=self.code_digits,
            free_hours=self.free_hours,
            reopen_seconds=self.reopen_seconds,
            door_open_seconds=self.door_open_seconds,
            ask_consent=self.consent == "ask",
            share_doors=self.share_doors,
            booking_hours=self.booking_hours,
            keep_for_deliveries=self.keep_for_deliveries,
            real_name=self.real_name,
            opening=opening,
        )


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOURS = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)")


def _as_hours(text: str) -> str:
    if not _HOURS.fullmatch(text):
        raise ValueError("write hours such as 07:00-22:00")
    return text


HoursOfDay = Annotated[str, AfterValidator(_as_hours)]


class OpeningOptions(Options):
    """`[opening]`: the hours in which visitors are served, each "07:00-22:00" by the clock at the site.

    `daily` is for days that are not named; a day with an empty list, or without any hours, is shut. Hours that pass
    midnight are two: "22:00-24:00", and "00:00-02:00" of the next day. Without this table it is always open.
    """

    daily: list[HoursOfDay] | None = None
    monday: list[HoursOfDay] | None = None
    tuesday: list[HoursOfDay] | None = None
    wednesday: list[HoursOfDay] | None = None
    thursday: list[HoursOfDay] | None = None
    friday: list[HoursOfDay] | None = None
    saturday: list[HoursOfDay] | None = None
    sunday: list[HoursOfDay] | None = None

    @field_validator("daily", *_DAYS)
    @classmethod
    def _in_order(cls, value: list[HoursOfDay] | None) -> list[HoursOfDay] | None:
        spans = _spans(value or [])
        for number, (begin, end) in enumerate(spans):
            if end <= begin or (number and begin < spans[number - 1][1]):
                raise ValueError("hours stand in their order, each begins before it ends")
        return value

    def hours(self, timezone: str) -> OpeningHours:
        """Give the same as the rules read it."""
        return OpeningHours(ZoneInfo(timezone), self.week)

    @property
    def week(self) -> Week:
        """The spans of each day; empty when no day is named and none is for all."""
        named = self.named
        if self.daily is None and all(day is None for day in named):
            return ()
        return tuple(_spans(self.daily or [] if day is None else day) for day in named)

    @property
    def named(self) -> list[list[str] | None]:
        """What each day of its own says, Monday first; None for what `daily` says."""
        return [getattr(self, day) for day in _DAYS]


def _spans(hours: list[str]) -> tuple[Span, ...]:
    def minutes(clock: str) -> int:
        hour, _, minute = clock.partition(":")
        return min(int(hour) * 60 + int(minute), DAY_MINUTES)

    return tuple((minutes(begin), minutes(end)) for begin, _, end in (each.partition("-") for each in hours))


class ColumnOptions(Options):
    """`[[column]]`: how wide the doors of one column are."""

    number: int = Field(ge=1, le=200)
    width_mm: int = Field(default=450, ge=50, le=2000)


class CompartmentOptions(Options):
    """`[[compartment]]`: one space, where it stands, and which wire moves its door.

    `features`: what it has, in words of the site's own. Rules know `cold` and `low`; any other (`charging`) is for
    parcels that need it. `unit`: whose own door it is, as residents are written; nobody else's parcel goes in there.
    """

    id: Id
    size: Annotated[Size, Field(strict=False)]
    bank: Id
    lock: int | None = Field(default=None, ge=0, le=255)
    switch: int | None = Field(default=None, ge=0, le=255)
    channel: int | None = Field(default=None, ge=1, le=255)
    column: int = Field(default=1, ge=1, le=200)
    bottom_mm: int = Field(default=0, ge=0, le=5000)
    top_mm: int = Field(default=0, ge=0, le=5000)
    features: list[Feature] = Field(default=[])
    unit: Name | None = None

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
            kept_for=self.unit or "",
        )


class PlaceOptions(Options):
    """`[[place]]`: a shelf, a room, a fridge beside the cabinet, where staff put parcels and hand them out."""

    id: Id
    name: Name
    kind: Annotated[PlaceKind, Field(strict=False)] = PlaceKind.SHELF
    capacity: int = Field(ge=1, le=10_000)

    def place(self) -> Place:
        """Give the same as the rules know it."""
        return Place(id=self.id, name=self.name, kind=self.kind, capacity=self.capacity)


_UNION_TAGS = {
    *("gpio", "mcp23017", "cb8a", "kerong-cu16", "kerong-cu48", "modbus"),
    *("serial", "gm65", "camera"),
    *("none", "max17048", "nut"),
    *("folder", "rsync", "sftp"),
}
_UNION_TABLES = {"ups"}

_UNION_FAULTS = {"union_tag_invalid": "is not a known kind", "union_tag_not_found": "is missing"}


def _holds_a_union(part: int | str) -> bool:
    """True for the place of a table of several kinds: one of a list, or one that stands alone."""
    return isinstance(part, int) or part in _UNION_TABLES


def fault_line(error: Any) -> str:
    """One line for one of pydantic's errors: the key by its path, and what is wrong with it."""
    path = ""
    parts = error["loc"]
    for place, part in enumerate(parts):
        if isinstance(part, int):
            path += f"[{part}]"
        elif not (part in _UNION_TAGS and place and _holds_a_union(parts[place - 1])):
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
    "OpeningOptions",
    "Options",
    "PickupOptions",
    "PlaceOptions",
    "SiteOptions",
    "StorageOptions",
    "fault_line",
]
