"""Broker, database and a cabinet of the test's own."""

import pytest
from fleet_servers import Broker, Postgres, centre_file, consumer
from fleet_wire import Wire
from services_bench import Bench, HandClock

from locker.services.fleet import event_feed


@pytest.fixture(scope="session")
def database():
    """One cluster for all tests of this folder."""
    database = Postgres()
    database.start()
    yield database
    database.remove()


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """What was told before anybody listened is told again at once."""
    monkeypatch.setattr(event_feed, "RESEND_SECONDS", 1.0)


@pytest.fixture
def broker(tmp_path):
    broker = Broker(tmp_path / "broker")
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
async def bench(tmp_path):
    (tmp_path / "locker").mkdir()
    bench = await Bench(tmp_path / "locker", HandClock()).start()
    yield bench
    await bench.stop()


@pytest.fixture
def centre(tmp_path, broker, database):
    """Starts consumers; all of them are gone at the end."""
    running = []

    def start(instance="1"):
        path = centre_file(tmp_path, broker, database, f"fleet-{instance}.toml", instance=f"{tmp_path.name}-{instance}")
        running.append(consumer(path))
        running[-1].start()
        return running[-1]

    yield start
    for one in running:
        one.kill()


@pytest.fixture
async def wire(bench, broker, tmp_path):
    """Connects the bench; `wire(take_order)` for one that follows orders."""
    made = []

    def connect(site=None, **more):
        made.append(Wire(bench, site or tmp_path.name.replace("_", "-")[:40], broker.port, **more))
        made[-1].start()
        return made[-1]

    yield connect
    for one in made:
        await one.stop()
