"""`kill -9` after any operation of a real process: it starts again, knows what it answered, and walks on."""

import random
import shutil
import sqlite3
import tempfile
from collections import Counter

import pytest
from needs import need_gcc
from power_cabinet import Cabinet, Died, recorder, until
from power_replay import memory
from power_walk import ONE, residents

from locker.journal.audit import audit
from locker.journal.store import read_only

LIVES = 8


@pytest.fixture
def cabinet():
    need_gcc()
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        cabinet = Cabinet(folder, recorder())
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
        self.brought = ""

    def walk(self):
        """Couriers and residents, until the process dies under their hands."""
        residents(self.cabinet)
        while True:
            self.visit()

    def visit(self):
        """One parcel in and out, if the cabinet lets it; True when it did."""
        done = self._bring() and self._fetch()
        self.cabinet.later(62)
        return done

    def _bring(self, *, join=False):
        self.made += 1
        told = self.cabinet.deposit(f"SF{self.made}", join=join)
        if told.status_code != 201:
            return False
        body = told.json()
        self.brought = body["parcel"]
        self.parcels.add(self.brought)
        self.cabinet.springs(body["compartment"])
        if self.cabinet.hand("GET", "/doors").json()[body["compartment"]]["load"] is None:
            self.cabinet.put(body["compartment"], body["parcel"])
        self.cabinet.push(body["compartment"])
        return True

    def _code(self):
        """The code of the parcel brought last, once its notice is there."""
        phone = [message["data"] for message in self.cabinet.hand("GET", f"/phones/{ONE}").json()]
        return next((data["code"] for data in phone if data["parcel"] == self.brought), None)

    def _fetch(self, *, put_back=False):
        told = self.cabinet.pickup(code=until(self._code, "the notice"))
        if told.status_code != 201:
            return False
        body = told.json()
        self.pickups.add(body["pickup"])
        door = body["openings"][0]["compartment"]
        self.cabinet.springs(door)
        if put_back:
            said = self.cabinet.ask("POST", f"/pickups/{body['pickup']}/put-back", {"parcel": self.brought})
            assert said.status_code == 200, said.text
        self.cabinet.push(door)
        return True

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
        self.last = db.execute("select kind from event order by seq desc limit 1").fetchone()[0]
        db.conn.close()
        return orders

    def judge(self, orders):
        """The process runs again: no pulse had no order, and what was answered is known."""
        pulses = Counter(pulse["door"] for pulse in self.cabinet.hand("GET", "/pulses").json())
        assert all(pulses[door] <= orders[door] for door in pulses), (pulses, orders)
        assert all(self.cabinet.ask("GET", f"/parcels/{parcel}").status_code == 200 for parcel in self.parcels)


class SharedLife(Life):
    """Two parcels behind one door; the second is put back, then both are gone."""

    def visit(self):
        done = self._bring() and self._bring(join=True) and self._fetch(put_back=True) and self._fetch()
        self.cabinet.later(62)
        return done


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
    assert len(life.parcels) >= 3
    life.judge(orders)


@pytest.mark.parametrize(("kind", "first", "every"), [(Life, 1, 1), (SharedLife, 12, 3)])
def test_STO_05_kill_9_after_every_step_of_a_visit_loses_nothing_and_the_next_visit_goes_well(
    cabinet, tmp_path, kind, first, every
):
    """A step is one durable commit or one pulse: each of them, from the first of a start to the last of a visit.

    Of a door that two parcels share every third, from where the first of them is stored.
    """
    cabinet.start()
    residents(cabinet)
    cabinet.end()
    folder = shutil.copytree(cabinet.data, tmp_path / "before", ignore=shutil.ignore_patterns("control", "reader"))
    ended, step = Counter(), first - every
    while True:
        step += every
        shutil.rmtree(cabinet.data)
        shutil.copytree(folder, cabinet.data)
        life = kind(cabinet)
        cabinet.start(kill_step=step, ready=False)
        try:
            cabinet.wait_ready()
            assert life.visit()
            break
        except Died:
            cabinet.end()
        orders = life.examine()
        ended[life.last] += 1
        cabinet.start()
        life.judge(orders)
        life.clear_up()
        assert life.visit(), f"no visit after a kill at step {step}"
        cabinet.end()
    durable = {"Started", "DoorsSeen", "UnlockOrdered", "DoorOpened", "ParcelStored", "ParcelCollected"}
    assert durable <= set(ended) or every > 1, (step, ended)
    assert step > 15


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
