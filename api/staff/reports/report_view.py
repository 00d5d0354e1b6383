"""A report as its page shows it: words, and the geometry of what is drawn. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from locker.services.reports import Form, Percent, Share

if TYPE_CHECKING:
    from api.staff.reports.report_words import ReportWords
    from locker.services.reports import Chart, Report, Row

WIDE, NARROW = 760, 358
_HEIGHT, _BASE, _LEFT = 256, 216, 36
_LABELS = {WIDE: 14, NARROW: 7}
_TICKS = 3


@dataclass(frozen=True, slots=True)
class Whisker:
    """A share on its line: dot, interval and aim, as percentages of the width; None where there is none."""

    dot: str
    low: str
    high: str
    aim: str | None


@dataclass(frozen=True, slots=True)
class RowView:
    """A line: its name, what stands in its cells, how far its bar goes, and its whisker."""

    label: str
    sub: str
    cells: tuple[str, ...]
    bar: str
    strong: bool
    whisker: Whisker | None


@dataclass(frozen=True, slots=True)
class Column:
    """One day of a drawing: two bars, and a label under every so many."""

    x: float
    width: float
    first: float
    second: float
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing of one width: columns of days, or rows of hours, and the lines behind them."""

    width: int
    columns: tuple[Column, ...] = ()
    lines: tuple[tuple[float, str], ...] = ()
    hours: tuple[tuple[str, float, tuple[tuple[float, float, str], ...]], ...] = ()
    marks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChartView:
    """One chart of a page."""

    name: str
    form: str
    finding: str
    hint: str
    columns: tuple[str, ...]
    rows: tuple[RowView, ...]
    drawings: tuple[Drawing, ...]
    aimed: bool
    said: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """A whole report."""

    title: str
    sums: tuple[tuple[str, str, str], ...]
    charts: tuple[ChartView, ...]
    note: str


def report_view(report: Report, words: ReportWords) -> ReportView:
    """A report in words of one language."""
    return ReportView(
        words.sentence(report.finding),
        tuple(
            (words.say(name.partition(".")[2]), words.cell(now), words.say("was", was=words.cell(was)))
            for name, now, was in report.sums
        ),
        tuple(_chart(chart, words) for chart in report.charts),
        words.sentence(report.note) if report.note else "",
    )


def _chart(chart: Chart, words: ReportWords) -> ChartView:
    rows = tuple(_row(row, chart, words) for row in chart.rows)
    drawings: tuple[Drawing, ...] = ()
    if chart.form is Form.DAYS and chart.rows:
        drawings = tuple(_days(chart, words, width) for width in (WIDE, NARROW))
    elif chart.form is Form.HOURS:
        drawings = tuple(_hours(chart, words, width) for width in (WIDE, NARROW))
        rows = tuple(_fullest(row, words) for row in chart.rows)
    columns = tuple(words.say(each.partition(".")[2]) for each in chart.columns)
    if chart.form is Form.HOURS:
        columns = (*columns, words.say("share_in_use"))
    finding = words.sentence(chart.finding)
    return ChartView(
        chart.name,
        chart.form.value,
        finding,
        words.sentence(chart.hint) if chart.hint else "",
        columns,
        rows,
        drawings,
        any(row.aim for row in chart.rows),
        f"{finding}. " + "; ".join(f"{row.label} {row.cells[0]}" for row in rows[:31] if row.cells),
    )


def _row(row: Row, chart: Chart, words: ReportWords) -> RowView:
    share = row.cells[0] if row.cells and isinstance(row.cells[0], Share) else None
    whisker = _whisker(row, share, chart.scale) if chart.form is Form.WHISK and share is not None else None
    sub = words.interval(share) if share is not None and chart.form is Form.WHISK else ""
    bar = f"{max(0.6, 100 * row.bar):.1f}%" if row.bar is not None else ""
    return RowView(words.sentence(row.label), sub, tuple(map(words.cell, row.cells)), bar, row.strong, whisker)


def _whisker(row: Row, share: Share, scale: tuple[float, float]) -> Whisker | None:
    if not share.of:
        return None
    low, high = scale

    def place(value: float) -> str:
        return f"{100 * min(1.0, max(0.0, (value - low) / (high - low))):.1f}%"

    aim = place(row.aim.share) if row.aim is not None else None
    return Whisker(place(share.rate.share), place(share.rate.low), place(share.rate.high), aim)


def _fullest(row: Row, words: ReportWords) -> RowView:
    """Of the hours of a day the fullest: 24 figures in a line nobody reads."""
    shares = [cell.share for cell in row.cells if isinstance(cell, Percent)]
    hour = max(range(len(shares)), key=lambda each: shares[each])
    told = f"{hour:02d}:00" if shares[hour] else "–"  # noqa: RUF001  none
    return RowView(
        words.sentence(row.label), "", (told, words.cell(Percent(shares[hour]))), "", strong=True, whisker=None
    )


def _days(chart: Chart, words: ReportWords, width: int) -> Drawing:
    counts = [[cell for cell in row.cells if isinstance(cell, int)] for row in chart.rows]
    most = max([n for pair in counts for n in pair], default=0) or 1
    step = (width - _LEFT - 4) / len(chart.rows)
    each = min(37.0, step * 0.4)
    fit = _LABELS[width] if len(chart.rows) <= _LABELS[width] else _LABELS[width] - 2
    every = -(-len(chart.rows) // fit)
    columns = []
    for number, (row, pair) in enumerate(zip(chart.rows, counts, strict=True)):
        x = _LEFT + number * step + (step - 2 * each - 2) / 2
        heights = [round(170 * n / most, 1) for n in (*pair, 0, 0)[:2]]
        named = number % every == 0 and isinstance(row.label, str)
        label = words.label(str(row.label)) if named else ""
        value = str(pair[0]) if pair[0] and len(chart.rows) <= _LABELS[width] else ""
        columns.append(Column(round(x, 1), round(each, 1), heights[0], heights[1], label, value))
    marks = sorted({round(most * part / _TICKS) for part in range(_TICKS + 1)})
    lines = tuple((round(_BASE - 170 * mark / most, 1), str(mark)) for mark in marks)
    return Drawing(width, tuple(columns), lines)


def _hours(chart: Chart, words: ReportWords, width: int) -> Drawing:
    left = 44
    step = (width - left) / 24
    rows = tuple(
        (
            words.sentence(row.label),
            27.0 * number,
            tuple(
                (round(left + hour * step, 1), round(step - 1.5, 1), f"{0.06 + 0.94 * min(1.0, cell.share):.2f}")
                for hour, cell in enumerate(row.cells)
                if isinstance(cell, Percent)
            ),
        )
        for number, row in enumerate(chart.rows)
    )
    marks = tuple((round(left + hour * step, 1), f"{hour:02d}") for hour in range(0, 24, 3 if width == WIDE else 6))
    return Drawing(width, hours=rows, marks=marks)


def day_of(text: str) -> date | None:
    """A day as an address names it; None for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
