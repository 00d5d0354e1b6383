"""A list of parcels as CSV: each line becomes the JSON object that the same call takes."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from api.machine.problems import invalid

MEDIA_TYPE = "text/csv"
_CHARSETS = {"utf-8": "utf-8-sig", "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "big5": "big5hkscs"}
_RECIPIENT = ("unit", "name", "phone")
_LISTS = ("flags", "needs")
_DETAILS = ("shipment", "pieces")
_COLUMNS = {"tracking", "size", "carrier", "until", *_RECIPIENT, *_LISTS, *_DETAILS}
_LONGEST_COUNT = 4
"""More digits are no count of pieces, and stay text that the call refuses."""
_ELSEWHERE = {*_RECIPIENT, *_LISTS, *_DETAILS}


def is_csv(content_type: str) -> bool:
    """True when the body says that it is CSV."""
    return content_type.partition(";")[0].strip().lower() == MEDIA_TYPE


def as_json(raw: bytes, content_type: str) -> bytes:
    """The lines as a JSON list. Raises Problem (422) that names the line, or the column, or the encoding."""
    lines = csv.reader(io.StringIO(_decoded(raw, content_type), newline=""), strict=True)
    try:
        rows = [row for row in lines if any(cell.strip() for cell in row)]
    except csv.Error:
        raise invalid(f"line {lines.line_num}", "is not CSV that can be read") from None
    if not rows:
        raise invalid("body", "is empty, send a line that names the columns")
    names = [name.strip().lower() for name in rows[0]]
    for name in names:
        if name not in _COLUMNS or names.count(name) > 1:
            raise invalid("line 1", "names a column that is not known, or one twice")
    return json.dumps([_object(names, row, number) for number, row in enumerate(rows[1:])]).encode()


def _decoded(raw: bytes, content_type: str) -> str:
    charset = "utf-8"
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    if charset not in _CHARSETS:
        raise invalid("charset", "must be utf-8, gb18030 or big5")
    try:
        return raw.decode(_CHARSETS[charset])
    except UnicodeDecodeError:
        raise invalid("body", f"is not text in {charset}") from None


def _object(names: list[str], row: list[str], number: int) -> dict[str, Any]:
    if len(row) > len(names):
        raise invalid(f"[{number}]", "has more cells than there are columns")
    cells = {name: cell.strip() for name, cell in zip(names, row, strict=False) if cell.strip()}
    told: dict[str, Any] = {name: cell for name, cell in cells.items() if name not in _ELSEWHERE}
    told |= {name: cells[name].split() for name in _LISTS if name in cells}
    told["recipient"] = {name: cells[name] for name in _RECIPIENT if name in cells}
    details: dict[str, Any] = {name: cells[name] for name in _DETAILS if name in cells}
    pieces = details.get("pieces", "")
    if len(pieces) <= _LONGEST_COUNT and pieces.isdecimal():
        details["pieces"] = int(pieces)
    return {**told, "details": details} if details else told
