"""A world of two doors on pins and one on a serial board, with its API, without a daemon."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
import pytest

from simulator.scene import Rates, Scene
from simulator.web.connection_guard import ConnectionGuard
from simulator.web.control_api import control_app
from simulator.world.phones import Phones
from simulator.world.world import World
from simulator.world.world_loop import WorldClock, WorldPace
from simulator.world.world_store import WorldStore


class Counter:
    """What was held before the reader."""

    def __init__(self):
        self.read = []

    def begin(self, loop):
        pass

    def show(self, text):
        self.read.append(text)
        return True


class Bench:
    """Opens and closes the same world again and again, as a process does."""

    def __init__(self, folder):
        self.folder = folder
        self.shelf = None

    def open(self, loop=None, pace=None):
        self.shelf = WorldStore(self.folder)
        self.pace = pace or WorldPace()
        told = self.shelf.load("clock") or {}
        self.clock = WorldClock(self.pace, offset=told.get("offset_s", 0.0), synced=told.get("synced", True))
        self.world = World(
            self.shelf,
            self.clock,
            banks={"pins": "gpio", "board": "cb8a"},
            compartments={"A1": "pins", "A2": "pins", "B1": "board"},
            seed=7,
        )
        if loop:
            self.world.begin(loop)
        self.phones = Phones(self.shelf, self.clock)
        self.commands = Counter()
        self.scene = Scene(
            self.shelf, self.clock, self.world, self.phones, self.commands, Rates(), SimpleNamespace(), None
        )
        return self

    def kill(self):
        """The process is gone: nothing more is written."""
        self.shelf.close()

    def client(self):
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(ConnectionGuard(control_app(self.scene))), base_url="http://world.test"
        )


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path / "world")
    yield bench
    if bench.shelf is not None:
        bench.kill()
