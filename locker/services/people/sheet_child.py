"""`python -m locker.services.people.sheet_child`: the first sheet of a spreadsheet, from stdin to stdout as JSON rows.

A spreadsheet is a ZIP that somebody made: a few hundred bytes may claim a cell in the last row of the last column, or
unpack to more than a machine has. Its reader takes memory for what is claimed and ends its process when there is none.
So it runs here, with little memory and little time, away from the process that holds the doors.
Exit codes: 0, NO_SPREADSHEET, TOO_LONG, NO_READER; any other is a file that was too much for it.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from typing import Any

NO_SPREADSHEET, TOO_LONG, NO_READER = 3, 4, 5
MOST_ROWS = 20_000
MOST_COLUMNS = 30
"""Each has a field of its own in the form, and no form of the panel has more than 40."""
MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 20
MOST_LETTERS = 8 * 1024 * 1024
"""Of all cells together: more than any list of residents, and what one text of the file may not be repeated into."""


def main() -> int:
    """Read, write; the exit code."""
    os.nice(19)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    content = sys.stdin.buffer.read()
    try:
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415  an extra; only who imports needs it
    except ImportError:
        return NO_READER
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        if sheet.total_height > MOST_ROWS + 1 or sheet.total_width > MOST_COLUMNS:
            return TOO_LONG
        rows = [[_cell(each) for each in row] for row in sheet.to_python(skip_empty_area=True)]
    except MemoryError:
        return TOO_LONG
    except (CalamineError, OSError, ValueError):
        return NO_SPREADSHEET
    if sum(len(cell) for row in rows for cell in row) > MOST_LETTERS:
        return TOO_LONG
    sys.stdout.buffer.write(json.dumps(rows).encode("ascii"))
    return 0


def _cell(value: Any) -> str:
    """A cell of a spreadsheet as its owner reads it: whole numbers have no point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


if __name__ == "__main__":
    sys.exit(main())
