"""A list of residents on the panel before it is taken over: how it was read, what it would do, which rows stay out."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from locker.services.people import (
    COLUMNS,
    RowEffect,
    UnreadableTable,
    guessed_columns,
    masked_name,
    plan_import,
    read_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from api.staff.localized_text import LocalizedText
    from locker.services.people import ImportPlan, ImportRow, Person, ResidentDirectory, Table

KEPT_FOR = timedelta(minutes=30)
MOST_KEPT = 4
MOST_FAULTS = 200
_SAMPLE = 3


@dataclass(slots=True)
class Upload:
    """A file that somebody sent, and how they want it read. `columns` empty: as its heading says.

    `table`: what was read of it, once it was.
    """

    content: bytes = field(repr=False)
    at: datetime
    encoding: str = ""
    columns: tuple[str, ...] = ()
    heading: bool = True
    table: Table | None = field(default=None, repr=False)


class Uploads:
    """Files that wait to be taken over, one a session, in memory only and for half an hour."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Upload] = OrderedDict()

    def of(self, session: str, now: datetime) -> Upload | None:
        """What this session sent and has neither taken over nor dropped."""
        self._kept = OrderedDict((key, each) for key, each in self._kept.items() if each.at + KEPT_FOR > now)
        return self._kept.get(session)

    def keep(self, session: str, upload: Upload | None) -> None:
        """Keep this instead of what was sent before; None: nothing. Of too many the oldest goes."""
        self._kept.pop(session, None)
        if upload is not None:
            self._kept[session] = upload
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)


@dataclass(frozen=True, slots=True)
class EncodingChoice:
    """One way to read the file, with what its first lines would say."""

    name: str
    sample: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """One column: its number, what stands above it or first in it, and what it is taken for."""

    number: int
    heading: str
    sample: str
    chosen: str


@dataclass(frozen=True, slots=True)
class FaultLine:
    """A row that stays out, and why."""

    number: int
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class ReadUpload:
    """How the file was read, and what it would do."""

    plan: ImportPlan
    encodings: tuple[EncodingChoice, ...]
    columns: tuple[ColumnChoice, ...]
    known: bool
    """True when unit and name have a column each."""
    heading: bool


async def read_upload_as(upload: Upload, directory: ResidentDirectory, prefer: str) -> ReadUpload:
    """Read the file as its owner wants it read, beside the loop: a long list takes seconds. Raises UnreadableTable."""
    if upload.table is None:
        upload.table = await asyncio.to_thread(read_table, upload.content, upload.encoding, prefer)
    everybody = directory.everybody()
    return await asyncio.to_thread(
        _read, upload, upload.table, everybody, lambda phone: directory.dialled(phone).number
    )


def _read(upload: Upload, table: Table, residents: Sequence[Person], dialled: Callable[[str], str]) -> ReadUpload:
    guessed, heading = guessed_columns(table.rows)
    if upload.columns:
        heading = upload.heading
    columns = upload.columns or guessed
    rows = plan_import(
        table.rows,
        columns,
        heading=heading,
        residents=residents,
        dialled=dialled,
    )
    data = table.rows[1:] if heading else table.rows
    return ReadUpload(
        plan=rows,
        encodings=tuple(
            EncodingChoice(each, _sample(upload.content, each), each == table.encoding) for each in table.encodings
        ),
        columns=tuple(
            ColumnChoice(
                at,
                table.rows[0][at] if heading and at < len(table.rows[0]) else "",
                "" if not data or at >= len(data[0]) else _shortened(data[0][at]),
                chosen if chosen in COLUMNS else "",
            )
            for at, chosen in enumerate(columns)
        ),
        known="unit" in columns and "name" in columns,
        heading=heading,
    )


def _sample(content: bytes, encoding: str) -> str:
    """The first words that are not plain letters: by these people see whether it reads right."""
    try:
        rows = read_table(content, encoding).rows
    except UnreadableTable:
        return ""
    cells = [cell for row in rows[1:20] for cell in row if cell and not cell.isascii()]
    return " ".join(_shortened(each) for each in cells[:_SAMPLE]) or " ".join(_shortened(each) for each in rows[0])


def _shortened(cell: str) -> str:
    return cell if len(cell) <= 24 else f"{cell[:23]}…"


def fault_lines(rows: Sequence[ImportRow], text: LocalizedText) -> list[FaultLine]:
    """Rows at fault with the reason in words; names masked."""
    t = text.translate
    return [
        FaultLine(
            row.number,
            t("panel.list_comma").join(each for each in (row.unit, masked_name(row.name)) if each),
            t(f"panel.import_fault_{str(row.fault).replace('-', '_')}", instead=row.instead),
        )
        for row in rows[:MOST_FAULTS]
    ]


def effects(plan: ImportPlan, text: LocalizedText) -> list[tuple[int, str]]:
    """What would happen: how many, and to whom."""
    counts = [(len(plan.of(each)), f"panel.import_{each.value}") for each in RowEffect]
    return [(n, text.translate(key, n=n)) for n, key in (*counts, (plan.absent, "panel.import_absent"))]


def reread(upload: Upload, encoding: str, columns: tuple[str, ...], *, heading: bool) -> Upload:
    """The same file, read in another way."""
    same = upload.table if upload.table is not None and encoding in {"", upload.table.encoding} else None
    return replace(upload, encoding=encoding, columns=columns, heading=heading, table=same)
