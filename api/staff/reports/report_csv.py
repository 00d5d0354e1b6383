"""A report as CSV: one line a figure, with count, total and interval, as a spreadsheet can sort and filter it."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from locker.services.reports import Duration, Percent, Sentence, Share

if TYPE_CHECKING:
    from api.staff.reports.report_words import ReportWords
    from locker.services.reports import Cell, Report, Span

COLUMNS = ("report", "first", "last", "table", "row", "column", "value", "count", "of", "low", "high")
_FORMULA = re.compile(r"[=+\-@\t\r]")


def report_csv(report: Report, span: Span, words: ReportWords) -> str:
    """Every table of a report. Times are in seconds, shares between 0 and 1."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    head = (report.name, span.first.isoformat(), span.last.isoformat())
    for name, now, _ in report.sums:
        writer.writerow([*head, "sums", words.say(name.partition(".")[2]), "", *_values(now, words)])
    for chart in report.charts:
        columns = [words.say(each.partition(".")[2]) for each in chart.columns]
        for row in chart.rows:
            label = row.label if isinstance(row.label, str) and row.label[:4].isdigit() else words.sentence(row.label)
            for number, cell in enumerate(row.cells):
                column = columns[number] if len(columns) == len(row.cells) else f"{number:02d}"
                writer.writerow([*head, chart.name, _safe(label), column, *_values(cell, words)])
    return out.getvalue()


def _values(cell: Cell, words: ReportWords) -> tuple[object, ...]:
    match cell:
        case Share(n=n, of=of):
            rate = cell.rate
            share = f"{rate.share:.6f}" if of else ""
            return share, n, of, f"{rate.low:.6f}" if of else "", f"{rate.high:.6f}" if of else ""
        case Percent(share=share):
            return f"{share:.4f}", "", "", "", ""
        case Duration(seconds=seconds):
            return f"{seconds:g}", "", "", "", ""
        case None:
            return "", "", "", "", ""
        case Sentence() | str():
            return _safe(words.sentence(cell)), "", "", "", ""
        case int() | float():
            return cell, "", "", "", ""


def _safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text
