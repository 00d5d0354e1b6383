"""`make bench`: one run, one table, every row a ratio. `--short` for CI, which fails at 1.5 times a gate."""

import argparse
import contextlib
import os
import platform
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path += [str(Path(__file__).parents[1] / "api"), str(Path(__file__).parents[1])]  # a person at the panel, a phone

import bench_card
import bench_history
import bench_machine
import bench_screen
import bench_visits
import bench_wires
from bench_far import Commits
from bench_row import HEAD, spread

SLACK = 1.5
ROOM = Path(__file__).parents[2] / "artefacts"  # on the disk of the tree: a bench in memory syncs nothing
ROOMS = (bench_visits, bench_wires, bench_machine, bench_history, bench_card, bench_screen)


@dataclass(frozen=True)
class Size:
    """How much is measured. `past`: archived parcels; `past_folder`: where a filled past is kept between runs."""

    visits: int
    past: int
    past_folder: Path | None


FULL_PAST = 1_000_000
SHORT_PAST = 2_000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true", help="what fits into a minute, for every change")
    parser.add_argument("--only", default="", help="rows whose function has this in its name")
    parser.add_argument("--past", type=int, help=f"archived parcels, {FULL_PAST} unless said")
    asked = parser.parse_args()
    parcels = asked.past or (SHORT_PAST if asked.short else FULL_PAST)
    kept = None if asked.short else ROOM / f"bench-history-{parcels}"
    size = Size(30 if asked.short else 200, parcels, kept)
    ROOM.mkdir(exist_ok=True)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled once, not at each start
    with contextlib.suppress(PermissionError):
        # Both sides of every ratio go before whoever else works on this machine: their turns are not measured.
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    began, failed = time.perf_counter(), []
    with tempfile.TemporaryDirectory(dir=ROOM, prefix="bench-") as name:
        folder = Path(name)
        print(machine(folder) + "\n\n" + HEAD, flush=True)
        for make in [make for room in ROOMS for make in room.ROWS if asked.only in make.__name__]:
            rows = measured(make, folder, size)
            for _ in range(2):  # twice more at the most: a neighbour on the machine is no change of ours
                if asked.short and any(row.far_off(SLACK) for row in rows):
                    rows = measured(make, folder, size)
            for row in rows:
                print(row.line(), flush=True)
            failed += [row.name for row in rows if (row.far_off(SLACK) if asked.short else not row.within(row.gate))]
    print(f"\n{time.perf_counter() - began:.0f} s" + (f"; short of the gate: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


def measured(make, folder, size):
    place = Path(tempfile.mkdtemp(dir=folder, prefix=make.__name__))
    return list(make(place, size))


def machine(folder):
    """What the numbers were measured on."""
    floor = Commits(folder)
    times = [floor.one() for _ in range(200)]
    names = [
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    return (
        f"{os.cpu_count()} cores {names[0] if names else platform.machine()}, Linux {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, load {os.getloadavg()[0]:.1f}, "
        f"bare durable commit {spread(times)}"
    )


if __name__ == "__main__":
    sys.exit(main())
