"""Wear of the card: what reaches the disk for one parcel in and out, against the rows that had to be written."""

import re
import time
from pathlib import Path

from bench_far import Phones, cabinet, dumped
from bench_row import Row
from bench_visits import visit

AIM_KB = 60
GATE_KB = 120


def bytes_written(folder, size):
    """With its notice delivered. Rows are counted by triggers: every value of every row version, in bytes."""
    phones = Phones()
    with cabinet(folder / "card", env={"BENCH_ROWS": "1"}, more=phones.line) as (asker, child, codes):
        for number in range(10):
            visit(asker, codes, number)
        time.sleep(1)
        before, rows_before, rang = written(child.pid), dumped(child, folder / "card")["rows"], phones.rang
        for number in range(size.visits):
            visit(asker, codes, f"w{number}")
            time.sleep(0.03)
        time.sleep(1)
        after, rows_after = written(child.pid), dumped(child, folder / "card")["rows"]
    each = (after - before) / size.visits
    rows = (rows_after[0] - rows_before[0]) / size.visits
    versions = (rows_after[1] - rows_before[1]) / size.visits
    told = (phones.rang - rang) / size.visits
    yield Row("bytes written per deposit + pickup", f"{each / 1000:.0f} kB",
              f"its {versions:.0f} row versions, {rows / 1000:.1f} kB", each / rows, 12, 12,
              f"wear of the card, {told:.1f} notices a visit delivered", stands=15)  # fmt: skip
    yield Row("the same in kB", f"{each / 1000:.0f} kB", f"{AIM_KB} kB", each / 1000, AIM_KB, GATE_KB,
              "counted by the kernel in whole pages, checkpoints included", unit=" kB")  # fmt: skip


def written(pid):
    return int(re.search(r"write_bytes: (\d+)", Path(f"/proc/{pid}/io").read_text())[1])


ROWS = (bytes_written,)
