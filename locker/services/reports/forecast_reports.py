"""The forecast as a report, and how far off it was as another (PK-01). Pure."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from math import ceil
from typing import TYPE_CHECKING

from locker.frozen import dataclass
from locker.services.reports.facts import Grain
from locker.services.reports.forecast import (
    LEAST_DAYS,
    DayAhead,
    Demand,
    backtest,
    forecast,
    total,
)
from locker.services.reports.report import Chart, Form, Report, ReportKind, Row, Share, said
from locker.services.reports.size_mix import size_mix

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from locker.services.reports.report import Cell, Ground, Sentence

HISTORY = {"stored": Grain.DAY_SIZE, "turned-away": Grain.DAY_SIZE, "ended": Grain.WHOLE}
WARNED_DAYS = 16
"""Today and fifteen days ahead."""
_DAY_SECONDS = 86400
_BUSY = 1.3
"""A day is called a peak from so many times a usual one on."""


def demands(ground: Ground) -> dict[str, Demand]:
    """What was wanted of each size, day by day, up to yesterday."""
    facts = [each for each in ground.history if each.what in {"stored", "turned-away"}]
    facts = [each for each in facts if each.what == "stored" or each.part == "no-space"]
    if not facts or ground.today is None:
        return {}
    first = date.fromisoformat(min(each.day for each in facts))
    days = tuple(first + timedelta(days=n) for n in range((ground.today - first).days))
    wanted: dict[str, Counter[date]] = {size: Counter() for size in ground.doors}
    refused: Counter[str] = Counter()
    for each in facts:
        size = each.key.size
        if size not in wanted:  # of who was turned away before a size was chosen nobody knows which
            size = next(iter(wanted), "") if each.what == "stored" else ""
        if not size:
            continue
        wanted[size][date.fromisoformat(each.day)] += each.n
        refused[size] += each.n if each.what == "turned-away" else 0
    return {size: Demand(days, counted, refused[size]) for size, counted in wanted.items()}


def stays(ground: Ground) -> Mapping[str, float]:
    """How many days a parcel of each size lies here on the average; half a day where nobody knows."""
    found = {}
    for size in ground.doors:
        mine = [each for each in ground.history if each.what == "ended" and each.key.size == size and each.seconds]
        parcels = sum(each.n for each in mine)
        found[size] = sum(each.seconds for each in mine) / parcels / _DAY_SECONDS if parcels else 0.5
    return found


def needed(day: DayAhead, stay: float) -> int:
    """How many doors are taken at a time when so many come a day and each stays so long."""
    return ceil(day.high * max(stay, 0.25))


@dataclass(frozen=True, slots=True)
class PeakWarning:
    """The first day of the next fifteen on which a size has fewer doors than will be needed."""

    day: date
    size: str
    needed: int
    doors: int


def peak_warning(ground: Ground) -> PeakWarning | None:
    """What somebody should prepare for; None while there is room, or too little is known."""
    stay, found = stays(ground), list[PeakWarning]()
    for size, demand in demands(ground).items():
        days = forecast(demand, ground.today or ground.span.last, ground.times)[:WARNED_DAYS]
        wanted = [(each.day, needed(each, stay[size])) for each in days]
        short = next(((day, n) for day, n in wanted if n > ground.doors[size]), None)
        if short is not None:
            found.append(PeakWarning(short[0], size, short[1], ground.doors[size]))
    return min(found, key=lambda each: (each.day, each.size), default=None)


def forecast_report(ground: Ground) -> Report:
    """What is expected."""
    found, today = demands(ground), ground.today or ground.span.last
    whole = total(list(found.values()))
    ahead = forecast(whole, today, ground.times)
    if not ahead:
        return Report("forecast", _too_few(whole), ())
    sizes = {size: forecast(each, today, ground.times) for size, each in found.items()}
    return Report(
        "forecast",
        _finding(ahead),
        (_days(ahead), _sizes(sizes, ground), size_mix(found, stays(ground), ground.doors), _hidden(whole)),
        note=said("reports.forecast_note", n=LEAST_DAYS),
    )


def _too_few(whole: Demand) -> Sentence:
    return said("reports.forecast_few", n=len(whole.days), of=LEAST_DAYS)


def _finding(ahead: Sequence[DayAhead]) -> Sentence:
    busiest = max(ahead, key=lambda each: each.about)
    usual_day = sorted(each.about / each.times for each in ahead)[len(ahead) // 2]
    peak = usual_day > 0 and busiest.about >= _BUSY * usual_day
    fills = {"day": busiest.day.isoformat(), "n": round(busiest.about), **_between(busiest)}
    return said("reports.forecast_peak" if peak else "reports.forecast_even", **fills)


def _between(day: DayAhead) -> dict[str, int]:
    return {"low": round(day.low), "high": round(day.high)}


def _days(ahead: Sequence[DayAhead]) -> Chart:
    most = max(each.high for each in ahead) or 1.0
    rows = tuple(
        Row(each.day.isoformat(), (round(each.about), round(each.high), round(each.low)), bar=each.about / most)
        for each in ahead
    )
    whole = [sum(values) for values in zip(*((each.low, each.about, each.high) for each in ahead[:15]), strict=True)]
    finding = said("reports.forecast_days", n=round(whole[1]))
    columns = ("reports.forecast_about", "reports.forecast_most", "reports.forecast_least")
    return Chart("days-ahead", finding, Form.DAYS, columns, rows, said("reports.forecast_days_hint"))


def _sizes(sizes: Mapping[str, Sequence[DayAhead]], ground: Ground) -> Chart:
    rows, short = [], []
    stay = stays(ground)
    for size, ahead in sizes.items():
        busiest = max(ahead, key=lambda each: each.about)
        doors, wanted = ground.doors[size], needed(busiest, stay[size])
        if wanted > doors:
            short.append((size, busiest, wanted, doors))
        cells: tuple[Cell, ...] = (
            round(sum(each.about for each in ahead[:15])),
            busiest.day.isoformat(),
            said("reports.forecast_span", n=round(busiest.about), **_between(busiest)),
            wanted,
            doors,
        )
        rows.append(Row(size, cells, strong=wanted > doors))
    if short:
        size, day, wanted, doors = short[0]
        finding = said("reports.forecast_short", size=size, day=day.day.isoformat(), n=wanted, of=doors)
    else:
        finding = said("reports.forecast_enough")
    columns = tuple(f"reports.forecast_{name}" for name in ("fortnight", "busiest", "parcels", "doors_needed", "doors"))
    return Chart("sizes-ahead", finding, Form.TABLE, columns, tuple(rows), said("reports.forecast_sizes_hint"))


def _hidden(whole: Demand) -> Chart:
    wanted = sum(whole.wanted.values())
    share = Share(whole.refused, wanted)
    key = "reports.forecast_hidden" if whole.refused else "reports.forecast_hidden_none"
    rows = (Row(said("reports.turned_away"), (share,)),)
    return Chart(
        "hidden", said(key, n=whole.refused, of=wanted), Form.WHISK, ("reports.counted",), rows, None, (0.0, 0.2)
    )


def backtest_report(ground: Ground) -> Report:
    """How far off the method was."""
    found = demands(ground)
    whole = total(list(found.values()))
    tried = backtest(whole, ground.times)
    if not tried.weeks:
        return Report("backtest", _too_few(whole), ())
    first = tried.weeks[0]
    inside = Share(sum(each.inside for each in tried.weeks), sum(each.judged for each in tried.weeks))
    better = sum(each.error for each in tried.weeks) <= sum(each.naive for each in tried.weeks)
    key = "reports.backtest_better" if better else "reports.backtest_worse"
    rows = tuple(
        Row(
            said("reports.backtest_week", n=each.week),
            (round(each.error, 1), round(each.naive, 1), round(each.bias, 1), Share(each.inside, each.judged)),
            strong=each.error > each.naive,
        )
        for each in tried.weeks
    )
    columns = tuple(f"reports.backtest_{name}" for name in ("error", "naive", "bias", "inside_column"))
    weeks = Chart(
        "weeks",
        said("reports.backtest_inside", n=inside.n, of=inside.of),
        Form.TABLE,
        columns,
        rows,
        said("reports.backtest_hint"),
    )
    finding = said(key, error=round(first.error, 1), naive=round(first.naive, 1))
    return Report(
        "backtest", finding, (weeks, _by_size(found, ground)), note=said("reports.forecast_note", n=LEAST_DAYS)
    )


def _by_size(found: Mapping[str, Demand], ground: Ground) -> Chart:
    rows = []
    for size, demand in found.items():
        tried = backtest(demand, ground.times)
        if not tried.weeks:
            continue
        mean = sum(demand.wanted.values()) / len(demand.days)
        errors = [each.error for each in tried.weeks]
        inside = Share(sum(each.inside for each in tried.weeks), sum(each.judged for each in tried.weeks))
        rows.append(Row(size, (round(mean, 1), round(sum(errors) / len(errors), 1), inside)))
    columns = ("reports.backtest_mean", "reports.backtest_error", "reports.backtest_inside_column")
    return Chart("by-size", said("reports.backtest_sizes"), Form.TABLE, columns, tuple(rows))


FORECAST = ReportKind("forecast", {}, forecast_report, history=HISTORY, ahead=True)
BACKTEST = ReportKind("backtest", {}, backtest_report, history=HISTORY, ahead=True)
