"""Figures of couriers and staff: with their counts and ranges, praise too, and nothing follows from them. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from locker.services.reports.facts import Grain
from locker.services.reports.report import (
    Chart,
    Form,
    Ground,
    Report,
    ReportKind,
    Row,
    Share,
    bars,
    by,
    said,
)

if TYPE_CHECKING:
    from locker.services.reports.facts import Fact
    from locker.services.reports.report import Sentence

_COURIER = ("courier", "window", "speed")
_STAFF = ("staff", "staff-door", "case-word", "praise")
ACTS = frozenset(
    {"CompartmentCleared", "CaseOpened", "CaseSaid", "CaseClosed", "UnlockOrdered", "ParcelReleased", "ParcelPlaced"}
    | {"FeeWaived", "ParcelHeld", "HoldEnded", "RuleAdded", "BroadcastSent", "ReportSettled", "CompartmentRetired"}
)
"""Work that is told by its name."""

PRAISE_FIRST, PRAISE_FROM = 0.98, 30
"""Whoever stored so many, nearly all at the first try and without a complaint, is praised."""


def couriers(ground: Ground) -> Report:
    """How couriers do: by company with ranges, then each person."""
    mine = [fact for fact in ground.facts if fact.what == "courier"]
    companies = sorted({fact.key.company for fact in mine if fact.key.company})
    first = tuple(_company(mine, each, "first") for each in companies)
    asked = tuple(_company(mine, each, "not-asked") for each in companies)
    people = tuple(_person(mine, who) for who in _people(mine))
    praised = [row for row in people if row.strong]
    if not people:
        finding = said("reports.couriers_none")
    elif praised:
        finding = said("reports.couriers_praise", n=len(praised), of=len(people))
    else:
        finding = said("reports.couriers_even", n=len(people))
    columns = (
        "reports.company",
        "reports.stored",
        "reports.aim_deposit-first",
        "reports.an_hour",
        "reports.exceptions",
    )
    return Report(
        "couriers",
        finding,
        (
            Chart("first-try", _first_finding(first), Form.WHISK, ("reports.counted",), first, scale=(0.5, 1.0)),
            Chart("not-asked", _asked_finding(asked), Form.WHISK, ("reports.counted",), asked, scale=(0.0, 0.5)),
            _windows(ground),
            Chart(
                "each", said("reports.each_courier"), Form.TABLE,
                (*columns, "reports.not_asked", "reports.complaints", "reports.word"), people,
            ),
        ),
        note=said("reports.nothing_follows"),
    )  # fmt: skip


def _people(mine: list[Fact]) -> list[str]:
    stored = by(mine, "courier", "who", "stored")
    return sorted({fact.key.who for fact in mine}, key=lambda who: (-stored[who], who))


def _company(mine: list[Fact], company: str, part: str) -> Row:
    theirs = [fact for fact in mine if fact.key.company == company]
    parts = by(theirs, "courier", "part")
    return Row(company, (Share(parts[part], parts["stored"]),))


def _person(mine: list[Fact], who: str) -> Row:
    theirs = [fact for fact in mine if fact.key.who == who]
    parts = by(theirs, "courier", "part")
    hours = sum(fact.seconds for fact in theirs if fact.part == "stored") / 3600
    stored, first = parts["stored"], Share(parts["first"], parts["stored"])
    praised = stored >= PRAISE_FROM and first.rate.share >= PRAISE_FIRST and not parts["complaint"]
    return Row(
        who,
        (
            theirs[0].key.company,
            stored,
            first,
            round(stored / hours) if hours else None,
            parts["exception"] + parts["abandoned"],
            parts["not-asked"],
            parts["complaint"],
            said("reports.praised") if praised else "",
        ),
        strong=praised,
    )


def _first_finding(rows: tuple[Row, ...]) -> Sentence:
    shares = [(row.label, row.cells[0]) for row in rows if isinstance(row.cells[0], Share) and row.cells[0].of]
    if not shares:
        return said("reports.first_none")
    label, worst = min(shares, key=lambda item: item[1].rate.share)
    high = max(share.rate.low for _, share in shares)
    apart = worst.rate.high < high
    return said("reports.first_apart" if apart else "reports.first_overlap", company=label, n=worst.n, of=worst.of)


def _asked_finding(rows: tuple[Row, ...]) -> Sentence:
    shares = [(row.label, row.cells[0]) for row in rows if isinstance(row.cells[0], Share) and row.cells[0].n]
    if not shares:
        return said("reports.asked_all")
    label, worst = max(shares, key=lambda item: item[1].rate.share)
    return said("reports.asked_least", company=label, n=worst.n, of=worst.of)


def _windows(ground: Ground) -> Chart:
    """Windows that carriers promised, and what came of them (CUR-06)."""
    mine = [fact for fact in ground.facts if fact.what == "window"]
    companies = sorted({fact.key.company for fact in mine})
    rows = []
    for company in companies:
        parts = by([fact for fact in mine if fact.key.company == company], "window", "part")
        told = Share(parts["kept"], sum(parts.values()))
        rows.append(Row(company, (told, parts["early"], parts["late"], parts["missed"])))
    total = by(mine, "window", "part")
    key = "reports.windows" if mine else "reports.windows_none"
    finding = said(key, n=total["kept"], of=sum(total.values()))
    columns = ("reports.window_kept", "reports.window_early", "reports.window_late", "reports.window_missed")
    return Chart("windows", finding, Form.TABLE, columns, tuple(rows), said("reports.windows_hint"))


def staff(ground: Ground) -> Report:
    """What staff did: counts and minutes at doors, each person, and what they were praised for."""
    acts, words = by(ground.facts, "staff", "who"), by(ground.facts, "staff", "who", "CaseClosed")
    minutes: dict[str, float] = {}
    for fact in ground.facts:
        if fact.what == "staff-door":
            minutes[fact.key.who] = minutes.get(fact.key.who, 0.0) + fact.seconds / 60
    praise = by(ground.facts, "praise", "who")
    who = sorted({*acts, *minutes, *praise} - {""}, key=lambda name: (-acts[name], name))
    rows = tuple(
        Row(name, (acts[name], words[name], round(minutes.get(name, 0.0)), praise[name]), strong=praise[name] > 0)
        for name in who
    )
    kinds: Counter[str] = Counter()
    for kind, n in by(ground.facts, "staff", "part").items():
        kinds[kind if kind in ACTS else "other"] += n
    common = {name: kinds[name] for name, _ in kinds.most_common()}
    done = bars(common, {name: said(f"reports.act_{name}") for name in common})
    finding = said("reports.staff", n=sum(acts.values()), people=len(who)) if who else said("reports.staff_none")
    columns = ("reports.acts", "reports.cases_ended", "reports.minutes_at_doors", "reports.praise")
    return Report(
        "staff",
        finding,
        (
            Chart("each", said("reports.each_staff"), Form.TABLE, columns, rows),
            Chart("done", said("reports.staff_done", n=len(kinds)), Form.BARS, ("reports.acts",), done),
        ),
        note=said("reports.nothing_follows"),
    )


COURIERS = ReportKind("couriers", dict.fromkeys(_COURIER, Grain.WHOLE), couriers, personal=True)
STAFF = ReportKind("staff", dict.fromkeys(_STAFF, Grain.WHOLE), staff, personal=True)
