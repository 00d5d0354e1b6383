"""Rules about what goes out: when it arrives, what it costs, and how couriers are sent for it.

Each table is a list of lines. A line that names a service, a lane or a company holds for these alone; of all that fit
the one that names most of them holds, and of two of the same worth the one that names the lane.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from locker.services.policies.rule_bodies import Line, RuleBody, RuleKind

MOST_LINES = 200


class ServiceLevel(StrEnum):
    """How fast the sender wants it to go (OB-18)."""

    ORDINARY = "ordinary"
    EXPRESS = "express"
    SAME_CITY = "same-city"


class Lane(StrEnum):
    """Where it goes, and how (OB-19): inside the province, else by road or by air."""

    IN_PROVINCE = "in-province"
    ROAD = "road"
    AIR = "air"


class LaneLine(BaseModel):
    """What every line of these tables says of whom it holds for; empty: for all."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    service: ServiceLevel | None = None
    lane: Lane | None = None
    company: Line = ""

    @property
    def whom(self) -> tuple[str, str, str]:
        """For whom it holds."""
        return (self.service or "", self.lane or "", self.company)


class DeliveryTime(LaneLine):
    """Within how many days after the hand-over it arrives: not before `first`, on day `last` at the latest."""

    first: Annotated[int, Field(ge=0, le=60)]
    last: Annotated[int, Field(ge=0, le=60)]

    @property
    def span(self) -> str:
        """How it is told: on the same day, on one day, or between two."""
        return "same" if self.last == 0 else "one" if self.first == self.last else "span"

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("it cannot arrive before it may")
        return self


class CarriagePrice(LaneLine):
    """What a carrier asks: `first_price` up to `first_g` grams, `step_price` for each `step_g` begun above."""

    first_g: Annotated[int, Field(ge=1, le=1_000_000)]
    first_price: Annotated[int, Field(ge=0, le=10_000_000)]
    step_g: Annotated[int, Field(ge=1, le=1_000_000)]
    step_price: Annotated[int, Field(ge=0, le=10_000_000)]


L = TypeVar("L", bound=LaneLine)


def fitting(lines: Sequence[L], service: str, lane: str, company: str) -> L | None:
    """The line that holds for this service, lane and company; None where none fits."""
    asked = (service, lane, company)
    fits = [each for each in lines if all(says in {"", of} for says, of in zip(each.whom, asked, strict=True))]
    return max(fits, key=_worth, default=None)


def _worth(line: LaneLine) -> tuple[int, bool]:
    return sum(map(bool, line.whom)), line.lane is not None


def _each_once(lines: Sequence[LaneLine]) -> None:
    if len({each.whom for each in lines}) != len(lines):
        raise ValueError("the same service, lane and company stand there twice")


def _delivered() -> tuple[DeliveryTime, ...]:
    return (
        DeliveryTime(service=ServiceLevel.SAME_CITY, first=0, last=0),
        DeliveryTime(service=ServiceLevel.EXPRESS, first=2, last=3),
        DeliveryTime(service=ServiceLevel.ORDINARY, first=3, last=7),
        DeliveryTime(lane=Lane.IN_PROVINCE, first=1, last=1),
        DeliveryTime(lane=Lane.ROAD, first=3, last=4),
        DeliveryTime(lane=Lane.AIR, first=2, last=3),
    )


class DeliveryTimes(RuleBody):
    """The table of promises by service and lane; as delivered what the trade promises."""

    kind: ClassVar[RuleKind] = RuleKind.DELIVERY_TIMES

    times: Annotated[tuple[DeliveryTime, ...], Field(max_length=MOST_LINES)] = _delivered()

    @model_validator(mode="after")
    def _once(self) -> Self:
        _each_once(self.times)
        return self

    def time(self, service: str, lane: str, company: str) -> DeliveryTime | None:
        """What is promised; None where nothing is, or nobody chose a service or a lane."""
        return fitting(self.times, service, lane, company)


class Carriage(RuleBody):
    """What carriers ask by weight, as their own tables say: an estimate, the carrier's scale has the last word."""

    kind: ClassVar[RuleKind] = RuleKind.CARRIAGE

    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "CNY"
    decimals: Annotated[int, Field(ge=0, le=3)] = 2
    prices: Annotated[tuple[CarriagePrice, ...], Field(max_length=MOST_LINES)] = ()

    @model_validator(mode="after")
    def _once(self) -> Self:
        _each_once(self.prices)
        return self

    def estimate(self, service: str, lane: str, company: str, weight_g: int | None) -> int | None:
        """What a parcel of this weight costs about, in the smallest coin; None where no line or weight is known."""
        line = fitting(self.prices, service, lane, company)
        if line is None or weight_g is None:
            return None
        steps = -(-max(0, weight_g - line.first_g) // line.step_g)
        return line.first_price + steps * line.step_price


class DispatchRules(RuleBody):
    """How couriers are sent: by themselves or when staff say so, how long one may take to answer, how many they carry.

    `weight_percent`, `weight_g`: so much a parcel may weigh more or less than declared, the larger of the two (OB-09).
    """

    kind: ClassVar[RuleKind] = RuleKind.DISPATCH

    automatic: bool = False
    answer_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    most_jobs: Annotated[int, Field(ge=1, le=200)] = 20
    weight_percent: Annotated[int, Field(ge=0, le=100)] = 10
    weight_g: Annotated[int, Field(ge=0, le=10_000)] = 100

    def differs(self, weight_g: int | None, declared_g: int | None) -> bool:
        """True when a parcel weighs so much more or less than declared that it is to be told."""
        if weight_g is None or declared_g is None:
            return False
        return abs(weight_g - declared_g) * 100 > max(self.weight_g * 100, declared_g * self.weight_percent)
