"""Many at once, two daemons on one folder, and an end when asked."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from locker_sim import SCRIPTS


def test_eight_couriers_at_once_for_the_last_three_compartments(make_cabinet):
    cabinet = make_cabinet()
    for name in ("A1", "A2"):
        cabinet.post(f"/compartments/{name}/retire", {"reason": "taken"}, expect=200)
    cabinet.deposit("SF-FIRST", "L")

    def come(number):
        return cabinet.ask("POST", "/deposits", cabinet.deposit_body(f"SF-{number}"))

    with ThreadPoolExecutor(8) as couriers:
        told = list(couriers.map(come, range(8)))
    doors = [body["compartment"] for status, body in told if status == 201]
    assert sorted(doors) == ["A3", "A4", "A5"]
    assert [body["code"] for status, body in told if status != 201] == ["no-space"] * 5
    for door in doors:
        cabinet.opened(door)
        assert len(cabinet.pulses(door)) == 1
        cabinet.put_in(door)
    assert len({p["id"] for p in cabinet.get("/parcels?state=stored")["items"]}) == 3


def test_one_key_from_many_threads_is_one_deposit(make_cabinet):
    cabinet = make_cabinet()

    def come(_):
        return cabinet.ask("POST", "/deposits", cabinet.deposit_body("SF-1"), "the same")

    with ThreadPoolExecutor(6) as couriers:
        told = list(couriers.map(come, range(6)))
    assert all(one == told[0] for one in told)
    assert told[0][0] == 201
    cabinet.opened(told[0][1]["compartment"])
    assert len(cabinet.world.get("/pulses").json()) == 1


def test_a_second_daemon_on_the_folder_refuses_and_says_who_holds_it_and_SIGTERM_ends_in_time(make_cabinet):
    cabinet = make_cabinet()
    second = subprocess.run(
        [SCRIPTS / "lockerd", "run", "--config", cabinet.file], capture_output=True, text=True, timeout=120, check=False
    )
    assert second.returncode == 1
    assert "storage.data" in second.stderr
    assert f"process {cabinet.process.pid}" in second.stderr
    begun = time.monotonic()
    cabinet.stop()
    assert time.monotonic() - begun < 5
