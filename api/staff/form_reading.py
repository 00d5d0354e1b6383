"""What a form of the panel sends: its texts, and a file where the page takes one. Other bodies are refused."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from locker.text_folding import typed_text

if TYPE_CHECKING:
    from starlette.requests import Request

LONGEST_FIELD = 200
LONGEST_LINES = 8000
"""Characters of a field that takes several lines; those are named in `FIELDS_OF_LINES`."""
FIELDS_OF_LINES = frozenset(
    {
        "texts",
        "promises",
        "words",
        "days",
        "couriers",
        "residents",
        "lines",
        "teams",
        "areas",
        "events",
        "rules",
        "steps",
        "fields",
    }
    | {"times", "prices", "shifts", "stock"}
)
LONGEST_FORM = 64 * 1024
FIELDS_OF_TABLES = frozenset({"times", "prices", "shifts", "stock"})
"""Of these the tables that people paste from a spreadsheet, with tabs."""
_NOT_TYPED = frozenset({"Cc", "Cs", "Co", "Cn", "Zl", "Zp"})


class FormTooLong(Exception):
    """A form that is longer than any of ours."""


class BadField(Exception):
    """A field of a form that no browser would have sent so; its name is the text."""


async def read_form(request: Request) -> dict[str, str]:
    """The texts of a form, by name. Raises BadField for what no form of ours sends, FormTooLong above 64 KiB."""
    if request.method != "POST":
        return {}
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise BadField("content-type")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_FORM:
            raise FormTooLong
    try:
        # Not request.form(): it puts question marks for what is no UTF-8, and counts no field of this form's length.
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=40, errors="strict")
    except ValueError as garbled:
        raise BadField("?") from garbled
    return checked_form({name: typed_text(value) for name, value in pairs})


async def read_upload(request: Request, largest: int) -> dict[str, str]:
    """The texts of a form with one file, which is kept in `request.state.file`. Raises as `read_form`."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "multipart/form-data":
        return await read_form(request)
    declared = request.headers.get("content-length", "")
    if not declared.isascii() or not declared.isdigit() or int(declared) > largest + LONGEST_FORM:
        raise FormTooLong
    try:
        async with request.form(max_files=1, max_fields=20, max_part_size=LONGEST_FORM) as parts:
            texts = {name: typed_text(value) for name, value in parts.items() if isinstance(value, str)}
            sent = next((value for value in parts.values() if isinstance(value, UploadFile)), None)
            request.state.file = b"" if sent is None else await sent.read(largest + 1)
    except HTTPException as garbled:  # what the parser says of a body that is none
        raise BadField("?") from garbled
    if len(request.state.file) > largest:
        raise FormTooLong
    return checked_form(texts)


def checked_form(form: dict[str, str]) -> dict[str, str]:
    """The same form. Raises BadField for a text that nobody can type, or a longer one than any field takes."""
    for name, value in form.items():
        longest = LONGEST_LINES if name in FIELDS_OF_LINES else LONGEST_FIELD
        line = value.replace("\r\n", "\n").replace("\n", " ") if name in FIELDS_OF_LINES else value
        line = line.replace("\t", " ") if name in FIELDS_OF_TABLES else line
        if len(value) > longest or any(unicodedata.category(character) in _NOT_TYPED for character in line):
            raise BadField(name[:40] if name.isprintable() else "?")
    return form
