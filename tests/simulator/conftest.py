"""A world of two doors on pins and one on a serial board, with its API, without a daemon."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from simulator.simulation import Simulation, VisitorRates
from simulator.web.connection_guard import ConnectionGuard
from simulator.web.control_api import control_app
from simulator.world.authenticator import Authenticator
from simulator.world.phones import Phones
from simulator.world.world import World
from simulator.world.world_store import WorldStore
from simulator.world.world_time import WorldClock, WorldPace


class RecordingScanner:
    """Records what was held before it."""

    def __init__(self):
        self.shown = []

    def begin(self, loop):
        pass

    def show(self, text):
        self.shown.append(text)
        return True


class Bench:
    """Opens and closes the same world again and again, as a process does."""

    def __init__(self, folder):
        self.folder = folder
        self.store = None

    def open(self, loop=None, pace=None):
        self.store = WorldStore(self.folder)
        self.pace = pace or WorldPace()
        saved = self.store.load("clock") or {}
        self.clock = WorldClock(self.pace, offset=saved.get("offset_s", 0.0), synced=saved.get("synced", True))
        self.world = World(
            self.store,
            self.clock,
            banks={"pins": "gpio", "board": "cb8a"},
            compartments={"A1": "pins", "A2": "pins", "B1": "board"},
            seed=7,
        )
        if loop:
            self.world.begin(loop)
        self.phones = Phones(self.store, self.clock)
        self.scanner = RecordingScanner()
        self.simulation = Simulation(
            *(self.store, self.clock, self.world, self.phones, self.scanner, VisitorRates()),
            Authenticator(self.store, self.clock),
            SimpleNamespace(),
        )
        return self

    def kill(self):
        """The process is gone: nothing more is written."""
        self.store.close()

    def client(self):
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(ConnectionGuard(control_app(self.simulation))), base_url="http://world.test"
        )


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path / "world")
    yield bench
    if bench.store is not None:
        bench.kill()
