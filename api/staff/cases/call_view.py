"""How long people waited on the phone, and a list of calls before it is taken over, as the panel shows them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from locker.services.cases import KIOSK, LIMIT, together

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from api.staff.localized_text import LocalizedText
    from locker.services.cases import AnswerWait, FaultyLine

MOST_FAULTS = 200
SHORT_DAYS, LONG_DAYS = 7, 30


@dataclass(frozen=True, slots=True)
class WaitCell:
    """An average with how many it is of; `late`: longer than the limit."""

    said: str
    of: str
    late: bool


@dataclass(frozen=True, slots=True)
class WaitRow:
    """One way to staff."""

    way: str
    short: WaitCell
    long: WaitCell
    longest: str
    unanswered: int


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A line that stays out, and why."""

    line: int
    cell: str
    why: str


def seconds(span: timedelta | None, text: LocalizedText) -> str:
    """A wait as people say it: 24 s, 2 min 05 s; a dash for none."""
    if span is None:
        return "\N{EN DASH}"
    whole = round(span.total_seconds())
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return text.translate("panel.seconds", s=rest)
    return text.translate("panel.minutes_seconds", m=minutes, s=f"{rest:02d}")


def waits_title(waits: Sequence[AnswerWait], text: LocalizedText) -> str:
    """The state in one sentence; `waits` of the longer span."""
    every = together(waits)
    if every.average is None:
        return text.translate("panel.calls_none")
    key = "panel.calls_late" if every.late else "panel.calls_good"
    return text.translate(key, span=seconds(every.average, text), limit=int(LIMIT.total_seconds()))


def wait_rows(short: Sequence[AnswerWait], long: Sequence[AnswerWait], text: LocalizedText) -> list[WaitRow]:
    """Way by way, and all together where there are several."""
    lately = {each.way: each for each in short}
    rows = [_row(_way(each.way, text), lately.get(each.way), each, text) for each in long]
    if len(long) > 1:
        rows.append(_row(text.translate("panel.calls_all"), together(short), together(long), text))
    return rows


def _way(way: str, text: LocalizedText) -> str:
    if way == KIOSK:
        return text.translate("panel.calls_kiosk")
    return text.translate("panel.calls_queue", name=way) if way else text.translate("panel.calls_phone")


def _row(way: str, short: AnswerWait | None, long: AnswerWait, text: LocalizedText) -> WaitRow:
    return WaitRow(way, _cell(short, text), _cell(long, text), seconds(long.longest, text), long.unanswered)


def _cell(wait: AnswerWait | None, text: LocalizedText) -> WaitCell:
    if wait is None or wait.average is None:
        return WaitCell(seconds(None, text), "", late=False)
    return WaitCell(seconds(wait.average, text), text.translate("panel.calls_of", n=wait.answered), wait.late)


def answer_line(waits: Sequence[AnswerWait], text: LocalizedText) -> WaitCell:
    """All ways as one cell, for the page of cases."""
    return _cell(together(waits), text)


def fault_rows(faults: Sequence[FaultyLine], text: LocalizedText) -> list[FaultRow]:
    """The lines at fault with the reason in words."""
    rows = []
    for each in faults[:MOST_FAULTS]:
        column = text.translate(f"panel.calls_column_{each.column}") if each.column else ""
        why = text.translate(f"panel.calls_fault_{each.fault.replace('-', '_')}", column=column, line=each.cell)
        rows.append(FaultRow(each.line, "" if each.fault == "twice" else each.cell, why))
    return rows
