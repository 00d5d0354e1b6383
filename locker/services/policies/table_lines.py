"""A table that somebody pastes from a spreadsheet: values separated by commas, semicolons or tabs. Pure.

Every wrong line is named, with its number, its column and what is wrong; nothing is taken while one is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from locker.frozen import dataclass

MOST_ROWS = 200
LONGEST_CELL = 80


class LineFault(StrEnum):
    """What is wrong with a line."""

    COLUMNS = "columns"
    EMPTY = "empty"
    WORD = "word"
    NUMBER = "number"
    AMOUNT = "amount"
    TIME = "time"
    LONG = "long"
    ORDER = "order"
    TWICE = "twice"
    UNKNOWN = "unknown"
    MANY = "many"


@dataclass(frozen=True, slots=True)
class WrongLine:
    """One fault: in which line, counted from 1, in which column, and what would be right there."""

    number: int
    column: str
    fault: LineFault
    right: str = ""


class WrongLines(ValueError):
    """A table that is not taken; its text names the field and the first fault."""

    def __init__(self, name: str, lines: Sequence[WrongLine]) -> None:
        first = lines[0]
        where = f"line {first.number}" + (f", {first.column}" if first.column else "")
        super().__init__(f"{name}: {where}: {first.fault.value}" + (f" ({first.right})" if first.right else ""))
        self.name = name
        self.lines = tuple(lines)


class BadCell(Exception):
    """What stands in a cell is not what may stand there."""

    def __init__(self, fault: LineFault, right: str = "") -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.right = right


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, and how a cell of it is read. `read` raises BadCell."""

    name: str
    read: Callable[[str], Any] = field(repr=False)


def word(*words: str) -> Callable[[str], str | None]:
    """One of these words, or nothing."""

    def read(text: str) -> str | None:
        if text and text.lower() not in words:
            raise BadCell(LineFault.WORD, ", ".join(words))
        return text.lower() or None

    return read


def whole(least: int, most: int) -> Callable[[str], int]:
    """A whole number between these."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most):
            raise BadCell(LineFault.NUMBER, f"{least}–{most}")  # noqa: RUF001  a span
        return int(text)

    return read


def amount(decimals: int) -> Callable[[str], int]:
    """A sum of money, in the smallest coin."""

    def read(text: str) -> int:
        try:
            coins = Decimal(text).scaleb(decimals)
        except ArithmeticError:
            raise BadCell(LineFault.AMOUNT) from None
        if not coins.is_finite() or coins != coins.to_integral_value() or not 0 <= coins <= 10_000_000:
            raise BadCell(LineFault.AMOUNT)
        return int(coins)

    return read


def plain(*, needed: bool) -> Callable[[str], str]:
    """A text of at most 80 characters."""

    def read(text: str) -> str:
        if needed and not text:
            raise BadCell(LineFault.EMPTY)
        if len(text) > LONGEST_CELL:
            raise BadCell(LineFault.LONG, str(LONGEST_CELL))
        return text

    return read


def time_of_day(text: str) -> int:
    """A time such as 08:30 as minutes since midnight; 24:00 is the end of the day."""
    hours, colon, minutes = text.partition(":")
    good = bool(colon) and all(each.isascii() and each.isdigit() and len(each) <= 2 for each in (hours, minutes))
    if not good or int(minutes) > 59 or int(hours) * 60 + int(minutes) > 24 * 60:
        raise BadCell(LineFault.TIME, "08:30")
    return int(hours) * 60 + int(minutes)


Row = dict[str, Any]
RowCheck = Callable[[Row], tuple[str, LineFault] | None]


def read_table(
    name: str, text: str, columns: Sequence[Column], key: Sequence[str], check: RowCheck | None = None
) -> list[Row]:
    """The rows of a table. `key`: columns that stand together once only; `check`: what is wrong with a whole row.

    A first line with the names of the columns is a heading. Raises WrongLines with every fault.
    """
    rows, faults, seen = list[Row](), list[WrongLine](), set[tuple[Any, ...]]()
    for number, line in enumerate(text.splitlines(), 1):
        cells = _cells(line)
        if not any(cells) or (not rows and not faults and [each.lower() for each in cells] == _names(columns)):
            continue
        row, wrong = _row(number, cells, columns)
        if not wrong:
            found = check(row) if check is not None else None
            own = tuple(row[each] for each in key)
            if found is not None:
                wrong = [WrongLine(number, *found)]
            elif own in seen:
                wrong = [WrongLine(number, "", LineFault.TWICE)]
            seen.add(own)
        faults += wrong
        rows.append(row)
    if len(rows) > MOST_ROWS:
        faults.append(WrongLine(MOST_ROWS + 1, "", LineFault.MANY, str(MOST_ROWS)))
    if faults:
        raise WrongLines(name, faults)
    return rows


def _names(columns: Sequence[Column]) -> list[str]:
    return [each.name for each in columns]


def _cells(line: str) -> list[str]:
    for separator in ("\t", ";"):
        if separator in line:
            return [cell.strip() for cell in line.split(separator)]
    return [cell.strip() for cell in line.replace("\uff0c", ",").split(",")]


def _row(number: int, cells: Sequence[str], columns: Sequence[Column]) -> tuple[Row, list[WrongLine]]:
    if len(cells) != len(columns):
        return {}, [WrongLine(number, "", LineFault.COLUMNS, ",".join(_names(columns)))]
    row, wrong = Row(), list[WrongLine]()
    for column, cell in zip(columns, cells, strict=True):
        try:
            row[column.name] = column.read(cell)
        except BadCell as bad:
            wrong.append(WrongLine(number, column.name, bad.fault, bad.right))
    return row, wrong
