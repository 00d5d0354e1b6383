"""`kill -9` after any operation of a real process: it starts again, knows what it answered, and walks on."""

import random
import sqlite3
import tempfile
from collections import Counter

import pytest
from needs import need_gcc
from power_cabinet import Cabinet, Died, recorder
from power_replay import memory
from power_walk import ONE, residents

from locker.journal.audit import audit
from locker.journal.store import read_only

LIVES = 8


@pytest.fixture
def cabinet():
    need_gcc()
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        cabinet = Cabinet(folder, recorder(folder))
        cabinet.token()
        yield cabinet
        cabinet.close()


class Life:
    """One life after another of the same cabinet; what was answered in any of them is remembered."""

    def __init__(self, cabinet):
        self.cabinet = cabinet
        self.parcels = set()
        self.pickups = set()
        self.made = 0

    def walk(self):
        """Couriers and residents, until the process dies under their hands."""
        residents(self.cabinet)
        while True:
            self._bring()
            self._fetch()
            self.cabinet.later(62)

    def _bring(self):
        self.made += 1
        told = self.cabinet.deposit(f"SF{self.made}")
        if told.status_code != 201:
            return
        body = told.json()
        self.parcels.add(body["parcel"])
        self.cabinet.springs(body["compartment"])
        if self.cabinet.hand("GET", "/doors").json()[body["compartment"]]["load"] is None:
            self.cabinet.put(body["compartment"], body["parcel"])
        self.cabinet.push(body["compartment"])

    def _fetch(self):
        told = self.cabinet.pickup(code=self.cabinet.secrets(ONE)[0])
        if told.status_code != 201:
            return
        body = told.json()
        self.pickups.add(body["pickup"])
        door = body["openings"][0]["compartment"]
        self.cabinet.springs(door)
        self.cabinet.push(door)

    def clear_up(self):
        """Staff look into every door that a kill left in doubt."""
        for door, one in self.cabinet.compartments().items():
            if one["seen"] == "open":
                self.cabinet.push(door)
            if one["use"] == "check":
                self.cabinet.ask("POST", f"/compartments/{door}/clear", {"content": "empty"})

    def examine(self):
        """Look at the data folder as the kill left it: every answer, and no pulse without its order."""
        db = read_only(self.cabinet.data)
        assert audit(db) > 0
        known = {row[0] for row in db.execute("select id from parcel")}
        assert self.parcels <= known
        started = "select json_extract(data, '$.pickup') from event where kind = 'PickupStarted'"
        assert self.pickups <= {row[0] for row in db.execute(started)}
        ordered = "select json_extract(data, '$.compartment') from event where kind = 'UnlockOrdered'"
        orders = Counter(row[0] for row in db.execute(ordered))
        db.conn.close()
        return orders


def test_STO_05_kill_9_after_any_operation_loses_nothing_that_was_answered(cabinet):
    chance, life = random.Random(5), Life(cabinet)
    for _ in range(LIVES):
        cabinet.start(kill_at=chance.randrange(150, 1800), ready=False)
        try:
            cabinet.wait_ready()
            life.clear_up()
            life.walk()
        except Died:
            pass
        cabinet.end()
        orders = life.examine()
    cabinet.start()
    pulses = Counter(pulse["door"] for pulse in cabinet.hand("GET", "/pulses").json())
    assert all(pulses[door] <= orders[door] for door in pulses), (pulses, orders)
    assert len(life.parcels) >= 3
    assert all(cabinet.ask("GET", f"/parcels/{parcel}").status_code == 200 for parcel in life.parcels)


def test_a_kill_during_the_very_first_start_leaves_a_folder_that_starts(cabinet, tmp_path):
    for kill_at in (2, 5, 9):
        fresh = Cabinet(tmp_path, cabinet.shim, data=tmp_path / f"data{kill_at}", ports=cabinet.ports)
        fresh.start(kill_at=kill_at, ready=False)
        with pytest.raises(Died):
            fresh.wait_ready()
        fresh.end()
        made = fresh.lockerd("token", "create", "t", "--scope", "read")
        assert made.returncode == 0, made.stderr
        with sqlite3.connect(fresh.data / "locker.db") as db:
            assert db.execute("pragma integrity_check").fetchone() == ("ok",)
        fresh.close()
