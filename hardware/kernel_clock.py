"""What the kernel says of the wall clock, and a witness of it for a daemon that may not ask.

adjtimex(2) reads the clock and sets it, and no filter of systemd can tell the two apart; so the daemon's unit forbids
it. `kernel_clock.py FILE`, in a unit of its own that can do nothing else, asks every few seconds and writes the
answer down. It is run by its path and needs nothing but Python's own library.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from pathlib import Path

ASK_EVERY = 10.0
FRESH_SECONDS = 30.0
"""Age at which an answer counts no longer: the witness has died or hangs."""

LARGEST_ERROR_US = 16_000_000
"""The kernel lets the possible error of an unset clock grow up to this (adjtimex(2), maxerror).

Not the flag STA_UNSYNC: chrony leaves it set where its file lacks `rtcsync`, however well it keeps the time.
"""


class _Timex(ctypes.Structure):
    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("rest", ctypes.c_char * 512),
    )


def kernel_synced() -> bool:
    """True when the network has set the wall clock and not let go of it for hours. Raises OSError when refused."""
    answer = _Timex()  # no modes: nothing is set
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(answer)) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return int(answer.maxerror) < LARGEST_ERROR_US


def write_answer(file: Path, *, synced: bool) -> None:
    """Write an answer down with the moment at which it was given; the boot's own seconds, which nobody sets."""
    half = file.with_name(f"{file.name}.half")
    half.write_text(f"{'synced' if synced else 'unsynced'} {time.monotonic()}\n", "ascii")
    half.replace(file)


def read_answer(file: Path) -> bool | None:
    """What the witness saw last; None when it says nothing, or nothing fresh."""
    try:
        word, moment = file.read_text("ascii").split()
        fresh = 0 <= time.monotonic() - float(moment) < FRESH_SECONDS
    except (OSError, ValueError):
        return None
    return word == "synced" if fresh else None


def main(file: Path) -> None:
    """Ask and write until killed."""
    never = threading.Event()
    while True:
        write_answer(file, synced=kernel_synced())
        never.wait(ASK_EVERY)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
