"""`locker-sim` with one mistake built in, to see whether the power-cut test finds it. CARELESS names the mistake."""

import asyncio
import os
import sys
from math import inf
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from locker.core.events.door_events import UnlockOrdered
from locker.engine import Engine
from locker.journal import store
from locker.lock_dispatcher import LockDispatcher
from locker.pulse_order import PulseOrder
from simulator.__main__ import main

_connect, _commit, _pulse = store.connect, Engine._commit, LockDispatcher._pulse
_given = asyncio.Event()


def without_sync(path):
    """Commit without waiting for the disk."""
    db = _connect(path)
    db.execute("pragma synchronous = normal")
    return db


async def pulse_and_tell(dispatcher, *order):
    """Give a pulse, and say that it was given."""
    await _pulse(dispatcher, *order)
    _given.set()


async def pulse_first(engine, outcome, by, keep=None):
    """Move metal, and write it down afterwards."""
    for event in outcome.events:
        if isinstance(event, UnlockOrdered):
            engine._send_pulse(PulseOrder(event.compartment, "", 0.0, inf))
            await _given.wait()
            _given.clear()
    act, engine._send_pulse = engine._send_pulse, lambda _: None
    try:
        await _commit(engine, outcome, by, keep)
    finally:
        engine._send_pulse = act


match os.environ["CARELESS"]:
    case "no-sync":
        store.connect = without_sync
    case "pulse-first":
        Engine._commit = pulse_first
        LockDispatcher._pulse = pulse_and_tell
        LockDispatcher._valid = lambda *_: True
    case other:
        sys.exit(f"nobody makes the mistake {other}")

if __name__ == "__main__":
    sys.exit(main())
