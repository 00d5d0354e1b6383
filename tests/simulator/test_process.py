"""`locker-sim` as a process: the real daemon in its world, started, killed, stopped and started again."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

SITE = """
[site]
id = "bench"
name = "Bench"
address = "1 Bench Street"
help_phone = "+86 21 5555 0100"
timezone = "Asia/Shanghai"
languages = ["en"]

[storage]
data = "{data}"

[kiosk]
listen = "127.0.0.1:{kiosk}"

[staff]
listen = "127.0.0.1:{staff}"

[notices]
webhook = "http://127.0.0.1:{world}/sms"

[[bank]]
name = "doors"
{bank}

[[compartment]]
id = "A1"
size = "M"
bank = "doors"
{first}

[[compartment]]
id = "A2"
size = "M"
bank = "doors"
{second}
"""
PINS = ('kind = "gpio"\nlock_active = "low"', "lock = 17\nswitch = 27", "lock = 22\nswitch = 23")
CHANNELS = ("channel = 1", "channel = 7")
BANKS = {
    "mcp23017": ('kind = "mcp23017"\nlock_active = "low"', "lock = 0\nswitch = 8", "lock = 1\nswitch = 9"),
    "cb8a": ('kind = "cb8a"\nport = "{port}"\nbyte_order = "high-first"', *CHANNELS),
    "kerong-cu16": ('kind = "kerong-cu16"\nport = "{port}"\naddress = 2', *CHANNELS),
    "kerong-cu48": ('kind = "kerong-cu48"\nport = "{port}"\nshut_bit = 0', *CHANNELS),
    "modbus": ('kind = "modbus"\nport = "{port}"\naddress = 5', *CHANNELS),
}
BIN = Path(sys.executable).parent


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def until(true, seconds=20):
    deadline = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return value


def run(command):
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)


class Sim:
    """One folder and its ports, played by one process after the other."""

    def __init__(self, folder, wires=PINS):
        self.data = folder / "data"
        self.world, self.staff, self.kiosk = free_port(), free_port(), free_port()
        self.file = folder / "site.toml"
        self.folder = folder
        self.write(wires)
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.world}", timeout=30)
        self.process = None

    def write(self, wires):
        bank, first, second = (wire.replace("{port}", str(self.folder / "bus")) for wire in wires)
        places = {"data": self.data, "kiosk": self.kiosk, "staff": self.staff, "world": self.world}
        self.file.write_text(SITE.format(bank=bank, first=first, second=second, **places))

    def command(self, *more):
        return [
            str(BIN / "locker-sim"),
            str(self.file),
            "--data",
            str(self.data),
            "--listen",
            f"127.0.0.1:{self.world}",
            *more,
        ]

    def start(self, *more):
        self.process = subprocess.Popen(self.command(*more), stdout=subprocess.PIPE, text=True)
        lines_read = []
        for line in self.process.stdout:
            lines_read.append(line)
            if line == "ready\n":
                return lines_read
        raise AssertionError(lines_read)

    def end(self, sign=signal.SIGTERM):
        began = time.monotonic()
        self.process.send_signal(sign)
        rest = self.process.stdout.read()
        code = self.process.wait(10)
        return code, time.monotonic() - began, rest

    def api(self):
        scopes = ["read", "deposit", "pickup", "staff"]
        command = [str(BIN / "lockerd"), "token", "create", "t", "--scope", *scopes, "--config", str(self.file)]
        made = run(command)
        assert made.returncode == 0, made.stderr
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.staff}/api/v1",
            headers={"Authorization": f"Bearer {made.stdout.split()[-1]}"},
            timeout=30,
        )

    def post(self, path, **body):
        return self.http.post(path, json=body)


@pytest.fixture
def sim(tmp_path):
    sim = Sim(tmp_path)
    yield sim
    if sim.process and sim.process.poll() is None:
        sim.process.kill()
        sim.process.wait()


def deposit(api, tracking="SF1"):
    answer = api.post(
        "/deposits",
        json={
            "tracking": tracking,
            "recipient": {"unit": "1203"},
            "size": "M",
            "courier": {"company": "SF", "name": "Li"},
        },
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def opened(sim, door):
    return until(lambda: sim.http.get("/doors").json()[door]["open"])


def test_D4_H13_the_daemon_walks_in_its_world_and_a_kill_loses_nothing(sim):
    assert sim.start("--seed", "7")[-1] == "ready\n"
    assert httpx.get(f"http://127.0.0.1:{sim.kiosk}/").status_code == 200
    api = sim.api()
    assert sim.http.get("/pulses").json() == []
    resident = {"unit": "1203", "name": "Wang", "phone": "+8613800000417", "consent": True}
    assert api.put("/residents", json=resident).is_success
    made = deposit(api)
    door = made["compartment"]
    opened(sim, door)
    sim.process.kill()
    sim.process.wait()
    sim.start()
    assert [one["door"] for one in sim.http.get("/pulses").json()] == [door]
    assert sim.http.get("/doors").json()[door]["open"] is True
    assert sim.post(f"/doors/{door}", do="put", load="SF1").status_code == 200
    assert sim.post(f"/doors/{door}", do="push").status_code == 200
    message = until(lambda: sim.http.get("/phones/+8613800000417").json())[0]
    assert set(message["data"]) >= {"code", "token", "locker", "address", "deadline"}
    picked = api.post("/pickups", json={"code": message["data"]["code"]})
    assert picked.status_code == 201
    opened(sim, door)
    assert sim.post(f"/doors/{door}", do="take").status_code == 200
    code, took, rest = sim.end()
    assert (code, rest) == (0, "")
    assert took < 5


def test_a_minute_passes_for_daemon_and_world(sim):
    sim.start()
    api = sim.api()
    api.put("/residents", json={"unit": "1203", "name": "Wang", "phone": "+8613800000417", "consent": True})
    for door in ("A1", "A2"):
        sim.post(f"/doors/{door}/fault", kind="jammed", on=True)
    door = deposit(api)["compartment"]
    assert sim.post("/clock", advance_s=60).status_code == 200
    pulses = [one for one in sim.http.get("/pulses").json() if one["door"] == door]
    assert len(pulses) == 3
    at = [float(one["at"][17:23]) + 60 * int(one["at"][14:16]) for one in pulses]
    assert all((after - before) % 3600 >= 5 for before, after in pairwise(at))
    assert all(350 <= one["ms"] <= 600 for one in pulses)


def test_phones_that_are_down_close_the_connection_without_an_answer(sim):
    sim.start()
    sim.post("/phones/fault", kind="down", on=True)
    with pytest.raises(httpx.TransportError):
        sim.post("/sms", to="+1", text="x", template="t", language="en", id="1", data={})
    assert sim.post("/phones/fault", kind="down", on=False).status_code == 200
    assert sim.post("/sms", to="+1", text="x", template="t", language="en", id="1", data={}).status_code == 200


def test_slow_phones_answer_after_ten_seconds_of_world_time(sim):
    sim.start("--speed", "50")
    sim.post("/phones/fault", kind="slow", on=True)
    began = time.monotonic()
    assert sim.post("/sms", to="+1", text="x", template="t", language="en", id="1", data={}).status_code == 200
    assert 0.19 < time.monotonic() - began < 8


def test_sigterm_ends_a_slow_world_within_five_real_seconds(sim):
    sim.start("--speed", "0.1")
    with httpx.stream("GET", f"http://127.0.0.1:{sim.world}/live") as live:
        assert next(live.iter_lines()).startswith("data: {")
        code, took, _ = sim.end()
    assert code == 0
    assert took < 5


def test_time_that_was_advanced_stays_advanced(sim):
    sim.start()
    now = sim.post("/clock", advance_s=86400).json()["now"]
    sim.end(signal.SIGKILL)
    sim.start()
    assert sim.http.get("/clock").json()["now"] >= now


def test_the_page_and_its_files_are_served_under_a_strict_policy(sim):
    sim.start()
    page = sim.http.get("/")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for mark in ('href="', 'src="'):
        for part in page.text.split(mark)[1:]:
            name = part.split('"')[0]
            if name.startswith("/static/"):
                assert sim.http.get(name).status_code == 200, name
    assert "style=" not in page.text
    assert "onclick" not in page.text
    assert sim.http.get("/static/../page.py").status_code == 404


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--speed", "51"], "--speed"),
        (["--speed", "x"], "--speed"),
        (["--seed", "x"], "--seed"),
        (["--listen", "8090"], "--listen"),
        (["--history", "0"], "--history"),
        (["--colour", "red"], "--colour"),
    ],
)
def test_a_bad_argument_is_one_line_and_touches_nothing(sim, arguments, named):
    done = run(sim.command(*arguments))
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert named in done.stderr
    assert not sim.data.exists()


def test_a_broken_file_is_one_line_a_fault_and_touches_nothing(sim):
    text = sim.file.read_text().replace("lock = 17", "lock = 99").replace('size = "M"', 'size = "HUGE"', 1)
    sim.file.write_text(text)
    done = run(sim.command())
    assert done.returncode == 1
    assert "compartment[0].size" in done.stderr
    assert not sim.data.exists()


def test_a_port_that_is_taken_is_one_line(sim):
    with socket.create_server(("127.0.0.1", sim.world)):
        done = run(sim.command())
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert not sim.data.exists()


def test_a_second_process_on_the_same_folder_says_who_holds_it(sim):
    sim.start()
    other = sim.command()
    other[other.index("--listen") + 1] = f"127.0.0.1:{free_port()}"
    done = run(other)
    assert done.returncode == 1
    assert str(sim.process.pid) in done.stderr
    assert sim.http.get("/doors").status_code == 200


def test_a_world_file_that_cannot_be_read_is_one_line(sim):
    (sim.data / "world").mkdir(parents=True)
    (sim.data / "world" / "doors.json").write_text("{")
    done = run(sim.command())
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "doors.json" in done.stderr


def test_a_history_is_collected_parcels_and_its_chain_holds(sim):
    done = run(sim.command("--history", "30", "--seed", "1"))
    assert done.returncode == 0
    assert "100 %" in done.stderr
    again = run(sim.command("--history", "30"))
    assert again.returncode == 1
    sim.start()
    api = sim.api()
    page = api.get("/parcels", params={"state": "collected"}).json()
    assert len(page["items"]) + (50 if page["next"] else 0) == 30
    assert {one["use"] for one in api.get("/compartments").json()} == {"free"}
    assert sim.http.get("/phones").json() == {}
    assert json.loads((sim.data / "world" / "doors.json").read_text()).keys() == {"A1", "A2"}
    assert sim.data.stat().st_mode & 0o077 == 0


def in_state(api, made, state):
    return until(lambda: api.get(f"/deposits/{made['deposit']}").json()["state"] == state)


@pytest.mark.parametrize("kind", sorted(BANKS))
def test_every_kind_of_bank_is_walked_by_its_own_driver(sim, kind):
    sim.write(BANKS[kind])
    sim.start()
    api = sim.api()
    api.put("/residents", json={"unit": "1203", "name": "Wang", "phone": "+8613800000417", "consent": True})
    made = deposit(api)
    door = made["compartment"]
    opened(sim, door)
    assert sim.post(f"/doors/{door}", do="push").status_code == 200
    in_state(api, made, "stored")
    assert [one["door"] for one in sim.http.get("/pulses").json()] == [door]
    for fault in ["unplugged"] if kind == "mcp23017" else ["unplugged", "silent"]:
        sim.post("/banks/doors/fault", kind=fault, on=True)
        until(lambda: api.get("/health").json()["unseen"] == ["A1", "A2"])
        sim.post("/banks/doors/fault", kind=fault, on=False)
        until(lambda: api.get("/health").json()["unseen"] == [])
    assert len(sim.http.get("/pulses").json()) == 1


@pytest.mark.parametrize("fault", ["noise", "lost-replies", "slow"])
def test_a_bad_wire_costs_no_pulse_and_no_parcel(sim, fault):
    sim.write(BANKS["cb8a"])
    sim.start()
    api = sim.api()
    api.put("/residents", json={"unit": "1203", "name": "Wang", "phone": "+8613800000417", "consent": True})
    sim.post("/banks/doors/fault", kind=fault, on=True)
    made = deposit(api)
    door = made["compartment"]
    opened(sim, door)
    # Every lost reply costs the line a fifth of a second of real time, in which it sees nothing.
    until(lambda: api.get(f"/compartments/{door}").json()["seen"] == "open")
    assert sim.post(f"/doors/{door}", do="push").status_code == 200
    in_state(api, made, "stored")
    assert len(sim.http.get("/pulses").json()) == 1
