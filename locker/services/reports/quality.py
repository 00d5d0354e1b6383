"""How well it goes: shares of a promise with their counts and intervals, times at the doors, how the doors do. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from locker.services.reports.facts import VISIT_SECONDS, Grain
from locker.services.reports.report import (
    Aim,
    Chart,
    Duration,
    Form,
    Ground,
    Report,
    ReportKind,
    Row,
    Share,
    by,
    count,
    quantile,
    said,
    seconds,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from locker.services.reports.facts import Fact
    from locker.services.reports.report import Sentence

WHATS = (
    *("stored", "ended", "deposit", "pickup", "pickup-time", "deposit-time", "begun", "window", "opening"),
    *("lock-fault", "code-rejected", "notice-failed", "case-closed", "rating", "staff-door", "staff", "message"),
)
YEAR = ("stored", "case-closed")
AIMS = {
    "within-72": Aim(0.90, least=True),
    "delayed": Aim(0.008, least=False),
    "damaged": Aim(1 / 10_000, least=False),
    "lost": Aim(5 / 100_000, least=False),
    "deposit-first": Aim(0.99, least=True),
    "pickup-first": Aim(0.99, least=True),
    "faults": Aim(100 / 100_000, least=False),
}
PICKUP_SECONDS = 30
_IN_TIME = ("collected.4", "collected.12", "collected.24", "collected.72")
_HARM_OUTCOMES = ("solved", "compensated")


def shares(ground: Ground) -> dict[str, Share]:
    """Each share of KPI-02 to KPI-05 and KPI-12 by its name. What is rare is counted over a year."""
    ended = [fact for fact in ground.facts if fact.what == "ended" and fact.key.channel == "in"]
    windows = by(ground.facts, "window", "part")
    deposits, pickups = by(ground.facts, "deposit", "part"), by(ground.facts, "pickup", "part")
    stored = count(ground.year, "stored")
    return {
        "within-72": Share(sum(fact.n for fact in ended if fact.part in _IN_TIME), sum(fact.n for fact in ended)),
        "delayed": Share(windows["late"] + windows["missed"], sum(windows.values())),
        "damaged": Share(harmed(ground.year, "damaged"), stored),
        "lost": Share(harmed(ground.year, "lost"), stored),
        "deposit-first": Share(deposits["first"], deposits["first"] + deposits["again"]),
        "pickup-first": Share(pickups["first"], sum(pickups.values())),
        "abandoned": Share(deposits["abandoned"], sum(deposits.values())),
        "waited": Share(ground.count("begun", "waited"), ground.count("begun")),
        "faults": Share(ground.count("lock-fault"), ground.count("lock-fault") + ground.count("opening")),
    }


def harmed(facts: Sequence[Fact], kind: str) -> int:
    """Cases of a kind that ended as true: of an unfounded one nothing was lost."""
    return sum(count(facts, "case-closed", f"{kind}.{outcome}") for outcome in _HARM_OUTCOMES)


def quality(ground: Ground) -> Report:
    """How well it went, against what is aimed at."""
    found = shares(ground)
    missed = [name for name, aim in AIMS.items() if aim.met(found[name]) is False]
    return Report(
        "quality",
        _finding(found, missed),
        (_aims(found, missed), _rare(found), _times(ground), _costs(ground), _doors(ground, found["faults"])),
        note=said("reports.quality_note"),
    )


def _finding(found: dict[str, Share], missed: list[str]) -> Sentence:
    if not any(share.of for share in found.values()):
        return said("reports.quality_nothing")
    if missed:
        return said("reports.quality_missed", n=len(missed), which=said(f"reports.aim_{missed[0]}"))
    unsure = [name for name, aim in AIMS.items() if aim.met(found[name]) is None and found[name].of]
    return said("reports.quality_unsure", n=len(unsure)) if unsure else said("reports.quality_met")


def _aims(found: dict[str, Share], missed: list[str]) -> Chart:
    names = ("within-72", "delayed", "deposit-first", "pickup-first", "abandoned", "waited")
    rows = tuple(Row(said(f"reports.aim_{name}"), (found[name],), aim=AIMS.get(name)) for name in names)
    missed = [name for name in missed if name in names]
    key = "reports.aims_missed" if missed else "reports.aims_met"
    finding = said(key, n=len(missed), which=said(f"reports.aim_{missed[0]}") if missed else "")
    return Chart("aims", finding, Form.WHISK, ("reports.counted",), rows, said("reports.aims_hint"))


def _rare(found: dict[str, Share]) -> Chart:
    names = ("damaged", "lost")
    rows = tuple(Row(said(f"reports.aim_{name}"), (found[name],), aim=AIMS[name]) for name in names)
    judged = [AIMS[name].met(found[name]) for name in names]
    harm = found["damaged"].n + found["lost"].n
    key = "missed" if False in judged else "unsure" if None in judged else "met"
    finding = said(f"reports.rare_{key}", n=harm, of=found["lost"].of)
    return Chart("rare", finding, Form.WHISK, ("reports.counted",), rows, said("reports.rare_hint"), (0.0, 0.0006))


def _times(ground: Ground) -> Chart:
    pickup = quantile(ground.facts, "pickup-time", 0.95, VISIT_SECONDS)
    half = quantile(ground.facts, "pickup-time", 0.5, VISIT_SECONDS)
    rows = (
        Row(said("reports.time_pickup"), (half, pickup, ground.count("pickup-time"))),
        Row(
            said("reports.time_deposit"),
            (
                quantile(ground.facts, "deposit-time", 0.5, VISIT_SECONDS),
                quantile(ground.facts, "deposit-time", 0.95, VISIT_SECONDS),
                ground.count("deposit-time"),
            ),
        ),
    )
    if pickup is None:
        finding = said("reports.times_none")
    else:
        key = "reports.times_quick" if pickup.seconds <= PICKUP_SECONDS else "reports.times_slow"
        finding = said(key, seconds=int(pickup.seconds), aim=PICKUP_SECONDS)
    columns = ("reports.half", "reports.of_100_95", "reports.visits")
    return Chart("times", finding, Form.TABLE, columns, rows, said("reports.times_hint"))


def _costs(ground: Ground) -> Chart:
    """What a parcel costs in work and messages (KPI-16)."""
    stored = ground.count("stored")
    minutes, acts = seconds(ground.facts, "staff-door") / 60, ground.count("staff")
    messages = ground.count("message")
    rows = tuple(
        Row(said(f"reports.cost_{name}"), (round(amount, 1), round(amount / stored, 2) if stored else None))
        for name, amount in (("minutes", minutes), ("acts", float(acts)), ("messages", float(messages)))
    )
    per = round(messages / stored, 1) if stored else 0
    finding = (
        said("reports.costs", messages=per, minutes=round(minutes / stored, 1))
        if stored
        else said("reports.costs_none")
    )
    return Chart("costs", finding, Form.TABLE, ("reports.in_all", "reports.a_parcel"), rows, said("reports.costs_hint"))


def _doors(ground: Ground, faults: Share) -> Chart:
    opened, failed = by(ground.facts, "opening", "part"), by(ground.facts, "lock-fault", "part")
    worst = sorted(failed, key=lambda door: (-failed[door], door))[:10]
    rows = tuple(Row(door, (Share(failed[door], failed[door] + opened[door]),), aim=AIMS["faults"]) for door in worst)
    per = round(faults.rate.share * 100_000)
    if not faults.of:
        finding = said("reports.doors_none")
    elif not failed:
        finding = said("reports.doors_good", n=faults.of)
    else:
        finding = said("reports.doors_worst", door=worst[0], n=failed[worst[0]], per=per, of=faults.of)
    return Chart("doors", finding, Form.WHISK, ("reports.counted",), rows, said("reports.doors_hint"), (0.0, 0.2))


def mean_rating(facts: Sequence[Fact], channel: str = "") -> float | None:
    """The mean of what people said, 1 to 5; None where nobody said anything."""
    rated = [fact for fact in facts if fact.what == "rating" and channel in {"", fact.key.channel}]
    said_by = sum(fact.n for fact in rated)
    return sum(int(fact.part) * fact.n for fact in rated) / said_by if said_by else None


def slowest(facts: Sequence[Fact]) -> Duration | None:
    """In how many seconds 95 of 100 pickups are over."""
    return quantile(facts, "pickup-time", 0.95, VISIT_SECONDS)


QUALITY = ReportKind("quality", dict.fromkeys(WHATS, Grain.WHOLE), quality, year=YEAR)
