"""The daemon under measurement: the real `lockerd.run` on a cabinet whose doors spring open and are shut at once.

Started as a process: `bench_cabinet.py FOLDER DOORS KIOSK_PORT STAFF_PORT BANKS [MORE OF THE SITE FILE]`. The far end
of the wire is as fast as can be, so that what is measured is the daemon. SIGUSR1 opens or shuts a door by hand,
SIGUSR2 writes down what was noted. What is noted beside the coils costs time and is asked for by name:
BENCH_TRACE (statements), BENCH_ROWS (bytes of every row version written), BENCH_WAKE (how late the loop wakes).
"""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
import time
from pathlib import Path

import hardware
import lockerd
from hardware.clock import SystemClock
from locker.core.model import Seen
from locker.measures import BankMeter

MARKS_FILE = "bench-marks"
WAKE_EVERY = 0.005


class SpringBank:
    """Doors that open the moment they are pulsed and are shut right after."""

    def __init__(self, name, doors, report, marks):
        self.name = name
        self.doors = tuple(door.id for door in doors)
        self._report = report
        self.meter = BankMeter()
        self._marks = marks
        self._hand = Seen.SHUT

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        return None

    async def survey(self):
        return dict.fromkeys(self.doors, Seen.SHUT)

    async def unlock(self, door):
        self._marks.append(("coil", time.monotonic_ns(), syncs()))
        self._report({door: Seen.OPEN})
        asyncio.get_running_loop().call_soon(self._report, {door: Seen.SHUT})

    def by_hand(self):
        self._marks.append(("edge", time.monotonic_ns()))
        self._hand = Seen.SHUT if self._hand is Seen.OPEN else Seen.OPEN
        self._report({self.doors[-1]: self._hand})


def site(folder, doors, ports, banks, more="", port="/dev/none"):
    count = max(banks, (doors + 49) // 50)
    banks_toml = "".join(
        f'[[bank]]\nname = "b{n}"\nkind = "cb8a"\nport = "{port}"\naddress = {n + 1}\nchannels = 50\n'
        for n in range(count)
    )
    doors_toml = "".join(
        f'[[compartment]]\nid = "A{n}"\nsize = "{["XS", "S", "M", "L", "XL"][n % 5]}"\nbank = "b{n % count}"\n'
        f"channel = {n // count + 1}\n"
        for n in range(doors)
    )
    return (
        f'[site]\nid = "bench"\nname = "Bench"\naddress = "1 Bench Road"\nhelp_phone = "1"\n'
        f'[storage]\ndata = "{folder}"\n[kiosk]\nlisten = "127.0.0.1:{ports[0]}"\n'
        f'[staff]\nlisten = "127.0.0.1:{ports[1]}"\n[pickup]\nreopen_seconds = 0\nconsent = "assume"\n'
        f"{more}\n{banks_toml}{doors_toml}"
    )


def syncs():
    """How often this process asked the disk to sync, by the counting shim; None without it."""
    with contextlib.suppress(AttributeError):
        return ctypes.CDLL(None).bench_syncs()
    return None


class Notes:
    """What this process notes about itself."""

    def __init__(self, folder):
        self._folder = folder
        self.coils, self._statements, self._late = [], [], []
        self._db = None

    def begin(self, daemon):
        self._db = daemon.journal.db.conn
        if os.environ.get("BENCH_TRACE"):
            self._db.set_trace_callback(lambda sql: self._statements.append((time.monotonic_ns(), sql)))
        if os.environ.get("BENCH_ROWS"):
            self._count_rows()
        if os.environ.get("BENCH_WAKE"):
            self._waking = asyncio.ensure_future(self._wake())

    def _count_rows(self):
        """Triggers in memory add up the values of every row version that goes to the disk."""
        self._db.execute("pragma temp_store = memory")
        self._db.execute("create temp table written (bytes integer, versions integer)")
        self._db.execute("insert into written values (0, 0)")
        for (table,) in self._db.execute("select name from sqlite_master where type = 'table'").fetchall():
            names = [row[1] for row in self._db.execute(f"pragma table_info({table})")]
            size = " + ".join(f'coalesce(length(cast(new."{n}" as blob)), 0)' for n in names)
            for act in ("insert", "update"):
                self._db.execute(
                    f"create temp trigger count_{table}_{act} after {act} on main.{table} begin "
                    f"update written set bytes = bytes + {size}, versions = versions + 1; end"
                )

    async def _wake(self):
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + WAKE_EVERY
            await asyncio.sleep(WAKE_EVERY)
            self._late.append((time.monotonic_ns(), loop.time() - due))

    def dump(self):
        rows = self._db.execute("select bytes, versions from written").fetchone() if os.environ.get("BENCH_ROWS") else 0
        told = {"marks": self.coils, "statements": self._statements, "syncs": syncs(), "rows": rows, "late": self._late}
        (self._folder / MARKS_FILE).write_text(json.dumps(told))


def main():
    folder, doors, ports = Path(sys.argv[1]), int(sys.argv[2]), (int(sys.argv[3]), int(sys.argv[4]))
    file = folder.parent / f"{folder.name}.toml"
    file.write_text(site(folder, doors, ports, int(sys.argv[5]), *sys.argv[6:7]))
    settings = lockerd.load_settings(file)
    notes, made = Notes(folder), []

    def open_bank(options, those, report):
        made.append(SpringBank(options.name, those, report, notes.coils))
        return made[-1]

    hardware.open_bank = open_bank

    def ready(daemon):
        loop = asyncio.get_running_loop()
        notes.begin(daemon)
        loop.add_signal_handler(signal.SIGUSR1, made[0].by_hand)
        loop.add_signal_handler(signal.SIGUSR2, notes.dump)
        print("ready", flush=True)

    async def until_ended():
        task = asyncio.current_task()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await lockerd.run(settings, SystemClock(), ready=ready)

    asyncio.run(until_ended())


if __name__ == "__main__":
    main()
