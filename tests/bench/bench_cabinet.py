"""The daemon under measurement: the real `lockerd.run` on a cabinet whose doors spring open and are shut at once.

Started as a process: `bench_cabinet.py FOLDER DOORS KIOSK_PORT STAFF_PORT [BANKS]`. The far end of the wire is as fast
as can be, so that what is measured is the daemon. On SIGUSR1 a door is opened and shut by hand, for the stream's row.
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

TOKEN_FILE, MARKS_FILE = "bench-token", "bench-marks"


class SpringBank:
    """Doors that open the moment they are pulsed and are shut right after."""

    def __init__(self, name, doors, report, marks):
        self.name = name
        self.doors = tuple(door.id for door in doors)
        self._report = report
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


def site(folder, doors, kiosk, staff, banks):
    banks_toml = "".join(
        f'[[bank]]\nname = "b{n}"\nkind = "cb8a"\nport = "/dev/none{n}"\naddress = 1\nchannels = 50\n'
        for n in range(max(banks, (doors + 49) // 50))
    )
    count = max(banks, (doors + 49) // 50)
    doors_toml = "".join(
        f'[[compartment]]\nid = "A{n}"\nsize = "{"XS S M L XL".split()[n % 5]}"\nbank = "b{n % count}"\n'
        f"channel = {n // count + 1}\n"
        for n in range(doors)
    )
    return (
        f'[site]\nid = "bench"\nname = "Bench"\n[storage]\ndata = "{folder}"\n[kiosk]\nlisten = "127.0.0.1:{kiosk}"\n'
        f'[staff]\nlisten = "127.0.0.1:{staff}"\n[pickup]\nreopen_seconds = 0\nconsent = "assume"\n{banks_toml}{doors_toml}'
    )


def syncs():
    """How often this process asked the disk to sync, by the counting shim; None without it."""
    with contextlib.suppress(AttributeError):
        return ctypes.CDLL(None).bench_syncs()
    return None


def main():
    folder, doors, kiosk, staff = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    banks = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    file = folder.parent / f"{folder.name}.toml"
    file.write_text(site(folder, doors, kiosk, staff, banks))
    settings = lockerd.load_settings(file)
    marks, made = [], []

    def open_bank(options, those, report):
        made.append(SpringBank(options.name, those, report, marks))
        return made[-1]

    hardware.open_bank = open_bank
    statements = []

    def ready(house):
        loop = asyncio.get_running_loop()
        if os.environ.get("BENCH_TRACE"):
            house.journal.db.conn.set_trace_callback(lambda sql: statements.append((time.monotonic_ns(), sql)))

        def dump():
            told = {"marks": marks, "statements": statements, "syncs": syncs()}
            (folder / MARKS_FILE).write_text(json.dumps(told))

        loop.add_signal_handler(signal.SIGUSR1, made[0].by_hand)
        loop.add_signal_handler(signal.SIGUSR2, dump)
        print("ready", flush=True)

    async def until_ended():
        task = asyncio.current_task()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await lockerd.run(settings, SystemClock(), ready=ready)

    asyncio.run(until_ended())


if __name__ == "__main__":
    main()
