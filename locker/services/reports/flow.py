"""What came and went: in, out, dwell, occupancy by size and hour, overdue, refusals for lack of space. Pure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from locker.core.model import Size
from locker.services.reports.facts import DWELL_HOURS, LATER, Grain
from locker.services.reports.report import (
    Chart,
    Form,
    Percent,
    Report,
    ReportKind,
    Row,
    Share,
    bars,
    by,
    said,
    seconds,
)

if TYPE_CHECKING:
    from locker.services.reports.report import Ground, Sentence

WHATS = {
    "stored": Grain.DAY,
    "ended": Grain.DAY,
    "overdue": Grain.PART,
    "turned-away": Grain.WHOLE,
    "occupied": Grain.WEEKDAY,
    "full": Grain.WHOLE,
}
WITHIN = tuple(str(end) for end in DWELL_HOURS)
FULL_FROM = 0.9
_DAY_SECONDS, _HOUR_SECONDS = 86400, 3600


def flow(ground: Ground) -> Report:
    """What came in and went out, and for how long there was room."""
    stored, turned = ground.count("stored"), ground.count("turned-away", "no-space")
    return Report(
        "flow",
        _finding(ground, stored, turned),
        (_days(ground), _turned_away(ground), _hours(ground), _dwell(ground), _sizes(ground)),
        _sums(ground),
    )


def _finding(ground: Ground, stored: int, turned: int) -> Sentence:
    if not stored:
        return said("reports.flow_nothing")
    if turned:
        sizes = by(ground.facts, "turned-away", "size", "no-space")
        worst = max(sizes, key=lambda size: sizes[size])
        key = "reports.flow_turned_size" if worst else "reports.flow_turned"
        return said(key, n=turned, size=worst, stored=stored)
    return said("reports.flow_good", stored=stored, out=ground.count("ended", "collected"))


def _sums(ground: Ground) -> tuple[tuple[str, int, int], ...]:
    counted = (
        ("reports.stored", "stored", ""),
        ("reports.collected", "ended", "collected"),
        ("reports.turned_away", "turned-away", "no-space"),
        ("reports.overdue", "overdue", ""),
        ("reports.sent_back", "ended", "returned"),
    )
    return tuple(
        (label, ground.count(what, part), ground.count(what, part, before=True)) for label, what, part in counted
    )


def _days(ground: Ground) -> Chart:
    stored, ended = by(ground.facts, "stored", "day"), by(ground.facts, "ended", "day", "collected")
    most = max([*stored.values(), *ended.values()], default=0)
    days = [day.isoformat() for day in ground.span.days]
    rows = tuple(Row(day, (stored[day], ended[day]), bar=stored[day] / most if most else 0.0) for day in days)
    busiest = max(days, key=lambda day: stored[day])
    finding = said("reports.days_busiest", day=busiest, n=stored[busiest]) if most else said("reports.days_none")
    return Chart("days", finding, Form.DAYS, ("reports.stored", "reports.collected"), rows)


def _turned_away(ground: Ground) -> Chart:
    sizes = by(ground.facts, "turned-away", "size", "no-space")
    known = {size.value: sizes[size.value] for size in Size if size.value in ground.doors or sizes[size.value]}
    unknown = sizes[""]
    named = bars(known | ({"": unknown} if unknown else {}), {"": said("reports.size_unknown")})
    total, worst = sum(sizes.values()), max(known, key=lambda size: known[size], default="")
    if not total:
        finding = said("reports.turned_none")
    elif known.get(worst):
        finding = said("reports.turned_by_size", n=known[worst], of=total, size=worst)
    else:
        finding = said("reports.turned_some", n=total)
    return Chart("turned-away", finding, Form.BARS, ("reports.turned_away",), named, said("reports.turned_hint"))


def _hours(ground: Ground) -> Chart:
    """The share of all doors in use, by day of the week and hour."""
    doors, weeks = sum(ground.doors.values()), [0] * 7
    for day in ground.span.days:
        weeks[day.weekday()] += 1
    used: dict[tuple[int, int], int] = {}
    for fact in ground.facts:
        if fact.what == "occupied":
            place = date.fromisoformat(fact.day).weekday(), int(fact.part)
            used[place] = used.get(place, 0) + fact.seconds
    shares = {
        place: amount / (doors * weeks[place[0]] * _HOUR_SECONDS)
        for place, amount in used.items()
        if doors and weeks[place[0]]
    }
    rows = tuple(
        Row(
            said(f"reports.weekday_{number}"),
            tuple(Percent(round(shares.get((number, hour), 0.0), 3)) for hour in range(24)),
        )
        for number in range(7)
    )
    if not shares:
        return Chart("hours", said("reports.hours_none"), Form.HOURS, ("reports.hour",), rows)
    (weekday, hour), share = max(shares.items(), key=lambda item: item[1])
    finding = said(
        "reports.hours_fullest", day=said(f"reports.weekday_{weekday}"), hour=f"{hour:02d}:00", share=round(100 * share)
    )
    return Chart("hours", finding, Form.HOURS, ("reports.hour",), rows, said("reports.hours_hint"))


def _dwell(ground: Ground) -> Chart:
    ended = by(ground.facts, "ended", "part", "collected")
    total = sum(ended.values())
    names = [*WITHIN, LATER]
    counted = {name: ended[f"collected.{name}"] for name in names}
    most = max(counted.values(), default=0)
    rows = tuple(
        Row(said(f"reports.dwell_{name}"), (Share(n, total),), bar=n / most if most else 0.0)
        for name, n in counted.items()
    )
    return Chart(
        "dwell", _half(counted, total), Form.BARS, ("reports.share",), rows, said("reports.dwell_hint", n=total)
    )


def _half(counted: dict[str, int], total: int) -> Sentence:
    reached = 0
    for name, n in counted.items():
        reached += n
        if total and reached * 2 >= total:
            return said("reports.dwell_half_later") if name == LATER else said("reports.dwell_half", hours=int(name))
    return said("reports.dwell_none")


def _sizes(ground: Ground) -> Chart:
    """How much of each size was in use, and how long there was none free."""
    days = len(ground.span.days)
    rows = []
    fullest, most = "", 0.0
    for size, doors in ground.doors.items():
        mine = [fact for fact in ground.facts if fact.key.size == size]
        share = seconds(mine, "occupied") / (doors * days * _DAY_SECONDS)
        full = seconds(mine, "full") / _HOUR_SECONDS
        rows.append(Row(size, (Percent(round(share, 3)), round(full, 1)), bar=share, strong=share >= FULL_FROM))
        if share >= most:
            fullest, most = size, share
    finding = said("reports.sizes_most", size=fullest, share=round(100 * most)) if most else said("reports.sizes_none")
    columns = ("reports.share_in_use", "reports.hours_full")
    return Chart("sizes", finding, Form.BARS, columns, tuple(rows), said("reports.sizes_hint"))


FLOW = ReportKind("flow", WHATS, flow)
