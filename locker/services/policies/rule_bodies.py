"""What each kind of rule may say: one class a kind, checked field by field. Without a version its defaults hold.

A version is never changed, so a class only ever gains fields, each with a default. Another kind is a word in `RuleKind`
and a class with that `kind`, named in `rule_catalogue`.
"""

from __future__ import annotations

import json
import re
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from locker.core.model import Flag, Size

if TYPE_CHECKING:
    from collections.abc import Iterable


class RuleKind(StrEnum):
    """What a rule is about; also how paths and commands call it."""

    TARIFF = "tariff"
    WEATHER = "weather"
    HOURS = "hours"
    RETENTION = "retention"
    NOTICE_TEXTS = "notice-texts"
    PROMISES = "promises"
    PEAK = "peak"
    TERMS = "terms"
    COURIER_BOARD = "courier-board"
    ALLOCATION = "allocation"
    ROUNDS = "rounds"
    EMERGENCY_CONTACTS = "emergency-contacts"
    SALES_EVENTS = "sales-events"
    AUTOMATION = "automation"
    PILOT = "pilot"
    CRM_FIELDS = "crm-fields"
    SOP_DEPOSIT = "sop-deposit"
    SOP_PICKUP = "sop-pickup"
    SOP_COMPLAINT = "sop-complaint"
    SOP_LOSS = "sop-loss"
    SOP_EMERGENCY = "sop-emergency"
    SOP_INSPECTION = "sop-inspection"
    TEAMS = "teams"
    DELIVERY_TIMES = "delivery-times"
    CARRIAGE = "carriage"
    DISPATCH = "dispatch"
    SOP_JAM = "sop-jam"
    SOP_POWER = "sop-power"
    SOP_UNKNOWN = "sop-unknown"
    SOP_COLLECT = "sop-collect"
    SOP_SEND = "sop-send"


class WeatherCause(StrEnum):
    """Why deposits are stopped or restricted, for the sentence that people read."""

    STORM = "storm"
    FLOOD = "flood"
    HEAT = "heat"
    FROST = "frost"
    OTHER = "other"


class Grouping(StrEnum):
    """Whose parcels stand in one column of the cabinet, where a door there is as good as any other."""

    NONE = "none"
    HOUSEHOLD = "household"
    FLOOR = "floor"
    BUILDING = "building"


class PromiseUnit(StrEnum):
    """How the time of a promise is counted."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working-days"


Word = Annotated[str, StringConstraints(min_length=1, max_length=24, pattern=r"^[a-z][a-z0-9-]*$")]
Line = Annotated[str, StringConstraints(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
RuleText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1000, strip_whitespace=True, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$"),
]
Language = Literal["zh-CN", "zh-TW", "en"]
TermLine = Annotated[
    str, StringConstraints(min_length=1, max_length=90, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f]+$")
]
TermLines = dict[Language, Annotated[tuple[TermLine, ...], Field(max_length=12)]]
_BLANKET = re.compile(
    r"not (?:be )?(?:liable|responsible) for any|no liability (?:whatsoever|of any kind)"
    r"|概不[负負][责責]|一切(?:损失|損失).{0,8}不[负負]",
    re.IGNORECASE,
)
"""A line like this shuts out what the law gives: no terms of a locker may say it (CON-04)."""


class RuleBody(BaseModel):
    """What a rule says."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)
    kind: ClassVar[RuleKind]

    @property
    def needs_end(self) -> bool:
        """True when a version that says this must say until when."""
        return False

    def as_json(self) -> str:
        """The body as it is stored, always spelled the same."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def read(cls, text: str | bytes) -> Self:
        """The body from JSON. Raises ValueError that names the field by its path, and repeats nothing that was sent."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as wrong:
            first = wrong.errors(include_url=False, include_input=False)[0]
            path = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"{path or 'body'}: {first['msg']}") from None


class Tariff(RuleBody):
    """What keeping a parcel costs when its free time is over. Money in the smallest unit of the currency.

    Nothing is charged unless `charges`. Each `step_hours` begun behind the free time costs `step_price`, never more
    than `cap` in all. Hours of the `holidays` (days at the site) are not counted.
    """

    kind: ClassVar[RuleKind] = RuleKind.TARIFF

    charges: bool = False
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "CNY"
    decimals: Annotated[int, Field(ge=0, le=3)] = 2
    free_hours: Annotated[int, Field(ge=1, le=720)] = 72
    step_hours: Annotated[int, Field(ge=1, le=168)] = 12
    step_price: Annotated[int, Field(ge=1, le=1_000_000)] = 50
    cap: Annotated[int, Field(ge=1, le=10_000_000)] = 300
    holidays: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _cap_holds_a_step(self) -> Self:
        if self.cap < self.step_price:
            raise ValueError("the cap is less than one step")
        return self


class WeatherMode(RuleBody):
    """What may not be put in while the weather is bad: nothing at all, some parcels, or nothing behind some doors.

    `features`: doors with one of these features take nothing in (`outdoor`, as the site file names them).
    """

    kind: ClassVar[RuleKind] = RuleKind.WEATHER

    cause: WeatherCause = WeatherCause.OTHER
    stopped: bool = False
    flags: tuple[Flag, ...] = ()
    sizes: tuple[Size, ...] = ()
    features: tuple[Word, ...] = ()

    def refuses(self, size: Size | None, flags: frozenset[Flag]) -> bool:
        """True when a parcel like this is not taken in now."""
        return self.stopped or size in self.sizes or bool(flags & set(self.flags))

    @property
    def needs_end(self) -> bool:
        """Bad weather ends by itself, and so does what it forbids."""
        return self.stopped or bool(self.flags or self.sizes or self.features)

    def stops(self, size: Size | None, flags: Iterable[Flag]) -> bool:
        """True when a parcel of this size, where it is known, and these flags may not be put in now."""
        return self.stopped or size in self.sizes or not set(flags).isdisjoint(self.flags)


class Retention(RuleBody):
    """For how many days pictures and the words of notices are kept; that they were taken and said is kept for good."""

    kind: ClassVar[RuleKind] = RuleKind.RETENTION

    pictures_days: Annotated[int, Field(ge=1, le=365)] = 30
    notices_days: Annotated[int, Field(ge=30, le=3650)] = 365


class NoticeTexts(RuleBody):
    """Texts of notices in place of those of the product: by language, then by template."""

    kind: ClassVar[RuleKind] = RuleKind.NOTICE_TEXTS

    texts: dict[Language, dict[Word, RuleText]] = {}

    def text(self, language: str, template: str) -> str | None:
        """What this notice says in this language; None where it stays as it was delivered."""
        by_language: dict[str, dict[str, str]] = {str(name): said for name, said in self.texts.items()}
        return by_language.get(language, {}).get(template)


class Promise(BaseModel):
    """One thing that people are promised: `name` what, `company` by whom (empty: by the operator), within how long."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    name: Word
    company: Line = ""
    within: Annotated[int, Field(ge=1, le=10_000)]
    unit: PromiseUnit


class PromiseTable(RuleBody):
    """What people are promised, each name once a company."""

    kind: ClassVar[RuleKind] = RuleKind.PROMISES

    promises: tuple[Promise, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [(each.name, each.company) for each in self.promises]
        if len(set(names)) != len(names):
            raise ValueError("a promise stands there twice")
        return self

    def promise(self, name: str, company: str = "") -> Promise | None:
        """What this company promises under this name, else what all promise; None for no promise."""
        own = {each.company: each for each in self.promises if each.name == name}
        return own.get(company) or own.get("")


class PeakProfile(RuleBody):
    """What is different while far more parcels come than usual, as on the days of great sales.

    `reminder_hours`: after so many hours recipients are reminded, in place of the site file's; empty: as there.
    `extensions`: whether a parcel may stay longer by its resident's own wish. `case_reply_hours`, `case_working_days`:
    until a case is answered and solved, once a second person agrees; what the law says stays. `later_days_…`: so many
    days later parcels may come, which all residents are told by themselves a day before it begins (PK-03); 0: nobody.
    """

    kind: ClassVar[RuleKind] = RuleKind.PEAK

    reminder_hours: tuple[Annotated[int, Field(ge=1, le=720)], ...] = ()
    extensions: bool = True
    case_reply_hours: Annotated[int, Field(ge=24, le=72)] = 24
    case_working_days: Annotated[int, Field(ge=5, le=7)] = 5
    later_days_least: Annotated[int, Field(ge=0, le=14)] = 0
    later_days_most: Annotated[int, Field(ge=0, le=14)] = 0

    @model_validator(mode="after")
    def _least_is_least(self) -> Self:
        if self.later_days_least > self.later_days_most:
            raise ValueError("a parcel is at least as late as it is at most")
        return self

    @property
    def needs_end(self) -> bool:
        """A peak is over some day."""
        longer = self.case_reply_hours > 24 or self.case_working_days > 5
        return bool(self.reminder_hours) or not self.extensions or longer or self.later_days_most > 0


class Terms(RuleBody):
    """What couriers and residents accept, line by line in each language; each is asked anew when their lines change."""

    kind: ClassVar[RuleKind] = RuleKind.TERMS

    couriers: TermLines = {}
    residents: TermLines = {}

    @model_validator(mode="after")
    def _shuts_nothing_out(self) -> Self:
        for lines in (*self.couriers.values(), *self.residents.values()):
            for at, line in enumerate(lines, 1):
                if _BLANKET.search(line):
                    raise ValueError(f"line {at} shuts out all liability: say what the operator answers for")
        return self


class CourierBoard(RuleBody):
    """What staff tell every courier who signs in, one line in each language."""

    kind: ClassVar[RuleKind] = RuleKind.COURIER_BOARD

    lines: dict[Language, TermLine] = {}

    @property
    def needs_end(self) -> bool:
        """What was true last month is not read any more."""
        return bool(self.lines)


class Allocation(RuleBody):
    """Which of several equal doors a parcel gets (STO-01): never a larger size, and no low door, to stand together."""

    kind: ClassVar[RuleKind] = RuleKind.ALLOCATION

    group: Grouping = Grouping.NONE


class RoundSchedule(RuleBody):
    """After how many days each kind of round is walked again (STO-04); 0: when somebody likes.

    `service_openings`: after so many openings a door is to be maintained (S19); 0: never by number.
    """

    kind: ClassVar[RuleKind] = RuleKind.ROUNDS

    stock_take_days: Annotated[int, Field(ge=0, le=366)] = 0
    inspection_days: Annotated[int, Field(ge=0, le=366)] = 0
    audit_days: Annotated[int, Field(ge=0, le=366)] = 0
    service_openings: Annotated[int, Field(ge=0, le=1_000_000)] = 0

    @property
    def every(self) -> dict[str, int]:
        """The days of each kind."""
        return {"stock-take": self.stock_take_days, "inspection": self.inspection_days, "audit": self.audit_days}


def plain_fields(body: RuleBody) -> dict[str, Any]:
    """Its fields as JSON values, in the order in which they are written above."""
    return body.model_dump(mode="json")
