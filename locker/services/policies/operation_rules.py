"""Rules of running the place: who answers in an emergency, sales events, automation, the pilot group."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from locker.services.policies.rule_bodies import Line, RuleBody, RuleKind, Word

Called = Annotated[
    str, StringConstraints(min_length=1, max_length=24, strip_whitespace=True, pattern=r"^[^\x00-\x1f\x7f:：/／]+$")  # noqa: RUF001  Chinese punctuation
]
Phone = Annotated[str, StringConstraints(min_length=3, max_length=24, pattern=r"^\+?[0-9][0-9 -]*$")]
LONGEST_EVENT = timedelta(days=31)


class AreaContact(BaseModel):
    """Who answers for one area, and who when that person cannot be had."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    area: Called
    person: Called
    phone: Phone
    deputy: Called
    deputy_phone: Phone


class EmergencyContacts(RuleBody):
    """Exactly one person for each area, and one deputy (PK-04). `here`: the area in which this cabinet stands.

    A deputy stands in by a version in which both have changed places; with an end it takes itself back.
    """

    kind: ClassVar[RuleKind] = RuleKind.EMERGENCY_CONTACTS

    areas: Annotated[tuple[AreaContact, ...], Field(max_length=40)] = ()
    here: Line = ""

    @model_validator(mode="after")
    def _one_person_each(self) -> Self:
        names = [each.area for each in self.areas]
        if len(set(names)) != len(names):
            raise ValueError("an area stands there twice: it has one person")
        for each in self.areas:
            if each.phone == each.deputy_phone:
                raise ValueError(f"the deputy of {each.area} has the phone of the person")
        if self.here and self.here not in names:
            raise ValueError("this cabinet stands in an area that is not listed")
        if len(names) > 1 and not self.here:
            raise ValueError("say in which area this cabinet stands")
        return self

    @property
    def contact(self) -> AreaContact | None:
        """Who answers for this cabinet; None where nobody was named."""
        return next((each for each in self.areas if each.area == self.here or not self.here), None)


class SalesEvent(BaseModel):
    """Days on which so many times as many parcels come as on others, as somebody who knows has said."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    name: Word
    first: Annotated[date, Field(strict=False)]
    last: Annotated[date, Field(strict=False)]
    times: Annotated[float, Field(ge=0.1, le=10, strict=False)]

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if not timedelta(0) <= self.last - self.first <= LONGEST_EVENT:
            raise ValueError(f"{self.name} ends after it begins, at most 31 days later")
        return self


class SalesEvents(RuleBody):
    """Events that the forecast reckons with: festivals of the lunar year move, so nobody guesses them (PK-01)."""

    kind: ClassVar[RuleKind] = RuleKind.SALES_EVENTS

    events: Annotated[tuple[SalesEvent, ...], Field(max_length=60)] = ()

    def times(self, day: date) -> float:
        """How many times as many parcels come on this day; of several events the largest. 1 on a usual day."""
        return max((each.times for each in self.events if each.first <= day <= each.last), default=1.0)


class Trigger(StrEnum):
    """What an automation rule looks at: a number that the cabinet knows of itself."""

    TAKEN_PERCENT = "taken-percent"
    OVERDUE_PARCELS = "overdue-parcels"
    OVERDUE_HOURS = "overdue-hours"
    OPEN_CASES = "open-cases"
    TURNED_AWAY_TODAY = "turned-away-today"
    DOORS_OUT = "doors-out"


class Effect(StrEnum):
    """What happens then. Nothing of it opens a door or changes a parcel."""

    TASK = "task"
    CALL = "call"


class AutomationRule(BaseModel):
    """If `when` is at least `least`, then `then`. Switched off, it says so and does nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    name: Word
    when: Annotated[Trigger, Field(strict=False)]
    least: Annotated[int, Field(ge=1, le=100_000)]
    then: Annotated[Effect, Field(strict=False)]
    on: bool = True


class Automation(RuleBody):
    """If-then rules (AI-03), each under a name of its own. `off`: none of them does anything."""

    kind: ClassVar[RuleKind] = RuleKind.AUTOMATION

    off: bool = False
    rules: Annotated[tuple[AutomationRule, ...], Field(max_length=30)] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [each.name for each in self.rules]
        if len(set(names)) != len(names):
            raise ValueError("two rules bear one name")
        return self

    @property
    def active(self) -> tuple[AutomationRule, ...]:
        """Those that do something."""
        return () if self.off else tuple(each for each in self.rules if each.on)


class CrmSource(StrEnum):
    """What of a resident may be handed to a customer system of others."""

    ID = "id"
    UNIT = "unit"
    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    LANGUAGE = "language"
    WAITING = "parcels-waiting"
    OPEN_CASES = "open-cases"


class CrmField(BaseModel):
    """One field of ours, and what the other system calls it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    ours: Annotated[CrmSource, Field(strict=False)]
    theirs: Called


class CrmFields(RuleBody):
    """Which fields of residents who agreed go to a customer system, under its names (CRM-03); none: nothing goes."""

    kind: ClassVar[RuleKind] = RuleKind.CRM_FIELDS

    fields: Annotated[tuple[CrmField, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _each_column_once(self) -> Self:
        names = [each.theirs for each in self.fields]
        if len(set(names)) != len(names):
            raise ValueError("two fields bear one name of the other system")
        return self


class PilotFunction(StrEnum):
    """A new function that may be tried by some before all have it."""

    HELP_BOT = "help-bot"


class Pilot(RuleBody):
    """Functions that only residents of the pilot group have (CRM-07); what is not named here all have."""

    kind: ClassVar[RuleKind] = RuleKind.PILOT

    functions: tuple[PilotFunction, ...] = ()

    def open_to(self, function: PilotFunction, *, pilot: bool) -> bool:
        """Whether somebody has this function."""
        return pilot or function not in self.functions
