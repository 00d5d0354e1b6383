"""`make bench`: one run, one table, every row a ratio. `--short` for CI, which fails at 1.5 times a gate."""

import argparse
import platform
import sqlite3
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from bench_far import Commits
from bench_rows import ROWS, spread

SLACK = 1.5


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    rounds = 60 if asked.short else 300
    failed = []
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        floor = Commits(Path(folder))
        times = [floor.one() for _ in range(100)]
        print(f"{platform.machine()}, {platform.system()} {platform.release()}, Python {platform.python_version()}, "
              f"SQLite {sqlite3.sqlite_version}, bare durable commit {spread(times)} (p50 / p95 / p99)\n")  # fmt: skip
        print("| row | measured | against | ratio | aim | gate | |")
        print("|---|---|---|---|---|---|---|")
        for make in ROWS:
            if asked.only not in make.__name__:
                continue
            place = Path(folder) / make.__name__
            place.mkdir()
            for row in make(place, rounds):
                sign = "≥" if row.least else "≤"
                print(f"| {row.name} | {row.spread} | {row.against} | **{row.value:.2f}** | {sign} {row.aim} | "
                      f"{sign} {row.gate} | {row.verdict}; {row.means} |", flush=True)  # fmt: skip
                if row.far_off(SLACK if asked.short else 1.0):
                    failed.append(row.name)
    if failed:
        print(f"\nshort of the gate: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
