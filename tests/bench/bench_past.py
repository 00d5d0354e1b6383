"""A cabinet's past, filled once and shared by all rows that need one: parcels, notices, pictures and sign-ins."""

import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench_cabinet import site

_FILLED = {}


@dataclass(frozen=True)
class Past:
    """A data folder with a past. `took`: seconds of filling, 0.0 when it was there already."""

    folder: Path
    parcels: int
    events: int
    megabytes: float
    took: float

    @property
    def name(self):
        return f"{self.parcels:,} parcels and {self.events:,} events"


def filled(folder, size):
    """The past of this run; kept between runs where the size says so."""
    past = size.past_folder or folder.parent / "past"
    if past in _FILLED:
        return _FILLED[past]
    took = 0.0
    if not (past / "locker.db").exists():
        file = past.parent / f"{past.name}-fill.toml"
        past.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(site(past, 76, (18080, 18443), 2))
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "simulator", file, "--data", past, "--history", str(size.past)],
                       check=True, stderr=None if size.past > 20_000 else subprocess.DEVNULL)  # fmt: skip
        took = time.perf_counter() - began
    with sqlite3.connect(f"file:{past / 'locker.db'}?mode=ro", uri=True) as db:
        parcels, events = (db.execute(f"select max(rowid) from {name}").fetchone()[0] for name in ("parcel", "event"))
    megabytes = (past / "locker.db").stat().st_size / 1e6
    _FILLED[past] = Past(past, parcels, events, megabytes, took)
    return _FILLED[past]
