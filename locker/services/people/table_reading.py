"""A list as a file of a spreadsheet: which encoding it was written in, and its rows as texts. Pure.

What a file says about itself wins; else every encoding that can read it is scored by how common its characters are, and
whoever imports it sees a line in each and may choose another. A spreadsheet is read by a child of its own.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from dataclasses import field
from typing import TYPE_CHECKING

from locker.frozen import dataclass
from locker.services.people import sheet_child
from locker.services.people.sheet_child import MOST_COLUMNS, MOST_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

ENCODINGS = ("utf-8", "gb18030", "big5", "utf-16", "windows-1252")
LARGEST_FILE = 4 * 1024 * 1024
_ZIP = b"PK\x03\x04"
_COMMON_LEADS = {"gb2312": range(0xB0, 0xD8), "big5": range(0xA4, 0xC7)}
"""First bytes of the level of each set that holds the common characters."""
_SAMPLE_BYTES = 64 * 1024
_PATIENCE_SECONDS = 60.0
_SHEET_FAULTS = {
    sheet_child.NO_SPREADSHEET: "spreadsheet",
    sheet_child.TOO_LONG: "rows",
    sheet_child.NO_READER: "missing",
}


class UnreadableTable(ValueError):
    """A file that is no table; the text is a word: empty, long, rows, encoding, spreadsheet, missing."""


@dataclass(frozen=True, slots=True)
class Table:
    """What was read. `encodings`: those that can read it, the likeliest first; none for a spreadsheet."""

    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    encoding: str = ""
    encodings: tuple[str, ...] = ()


def read_table(content: bytes, encoding: str = "", prefer: str = "") -> Table:
    """Read a CSV file, in this encoding if one is said, or the first sheet of a spreadsheet. Raises UnreadableTable.

    `prefer`: the encoding of two equally likely ones. Takes its time: not on the loop that serves the doors.
    """
    if not content.strip():
        raise UnreadableTable("empty")
    if len(content) > LARGEST_FILE:
        raise UnreadableTable("long")
    if content.startswith(_ZIP):
        return Table(_checked(_sheet_rows(content)))
    possible = likely_encodings(content, prefer)
    if not possible or (encoding and encoding not in possible):
        raise UnreadableTable("encoding")
    chosen = encoding or possible[0]
    return Table(_checked(_csv_rows(_decoded(content, chosen) or "")), chosen, possible)


def likely_encodings(content: bytes, prefer: str = "") -> tuple[str, ...]:
    """Every encoding that can read these bytes, the likeliest first."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    if content.startswith(b"\xef\xbb\xbf"):
        return ("utf-8",)
    readable = [each for each in ENCODINGS if each != "utf-16" and _decoded(content, each) is not None]
    if content.isascii():
        return tuple(readable)
    scores = {each: _score(content, each) + (0.001 if each == prefer else 0) for each in readable}
    return tuple(sorted(readable, key=lambda each: -scores[each]))


def _score(content: bytes, encoding: str) -> float:
    """How common the characters are that this encoding makes of the bytes, 0 to 1; UTF-8 that fits is no accident."""
    if encoding == "utf-8":
        return 2
    if encoding == "windows-1252":
        return 0.3
    text = (_decoded(content, encoding) or "")[:_SAMPLE_BYTES]
    plain, leads = ("gb2312", _COMMON_LEADS["gb2312"]) if encoding == "gb18030" else ("big5", _COMMON_LEADS["big5"])
    seen = [character.encode(plain, "ignore") for character in text if not character.isascii()]
    return sum(bool(each) and each[0] in leads for each in seen) / max(1, len(seen))


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError:
        return None


def _csv_rows(text: str) -> list[list[str]]:
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=head.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise UnreadableTable("encoding") from None


def _sheet_rows(content: bytes) -> list[list[str]]:
    command = [sys.executable, "-m", sheet_child.__name__]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=_PATIENCE_SECONDS, check=False)  # noqa: S603  our own
    except subprocess.TimeoutExpired:
        raise UnreadableTable("rows") from None
    if done.returncode != 0:
        raise UnreadableTable(_SHEET_FAULTS.get(done.returncode, "rows"))
    rows: list[list[str]] = json.loads(done.stdout)
    return rows


def _checked(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    filled = tuple(tuple(cell.strip() for cell in row) for row in rows if any(cell.strip() for cell in row))
    if not filled:
        raise UnreadableTable("empty")
    if len(filled) > MOST_ROWS + 1 or max(map(len, filled)) > MOST_COLUMNS:
        raise UnreadableTable("rows")
    return filled
