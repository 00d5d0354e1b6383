"""Cabinets as whole processes: one for the walks of a file, and fresh ones for walks that break things."""

import pytest
from locker_sim import LockerSim

TWELVE = {f"A{n}": size for n, size in enumerate(["S", "S", *["M"] * 8, "L", "L"], 1)}


@pytest.fixture(scope="module")
def cabinet(tmp_path_factory):
    """Twelve doors for all walks of one file; every walk leaves what it used free again."""
    sim = LockerSim(
        tmp_path_factory.mktemp("cabinet"), sizes=TWELVE, pickup={"door_open_seconds": 20, "reopen_seconds": 15}
    )
    yield from _played(sim)


@pytest.fixture
def make_cabinet(tmp_path):
    """Cabinets of the test's own."""
    made = []

    def make(**options):
        sim = LockerSim(tmp_path / f"cabinet {len(made)}", **options)
        made.append(sim)
        sim.start()
        sim.resident()
        return sim

    yield make
    for sim in made:
        if sim.process is not None:
            sim.kill()


def _played(sim):
    try:
        sim.start()
        sim.resident()
        yield sim
    finally:
        if sim.process is not None:
            sim.kill()
