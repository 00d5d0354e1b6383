"""A real `locker-sim` process whose every write is recorded, and the people who walk up to it over HTTP."""

import atexit
import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import preloaded

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
PATIENCE_S = 30.0
COIL_RESTS_S = 0.5
SWITCH_RESTS_S = 0.5
DOORS = {"A1": "S", "A2": "M", "A3": "M", "A4": "L"}
PINS = {"A1": (17, 27), "A2": (22, 23), "A3": (24, 25), "A4": (5, 6)}


class Died(Exception):
    """The process is gone, as the test wanted it or not."""


def until(true, what, patience=PATIENCE_S):
    """Wait for something; the deadline only bounds a failure."""
    deadline = time.monotonic() + patience
    while not (value := true()):
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.01)
    return value


@functools.cache
def recorder():
    """The shim, built once for all cabinets of this process."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder)
    shim = Path(folder) / "recorder.so"
    command = ["gcc", "-O2", "-Wall", "-Werror", "-fPIC", "-shared", "-o", shim, HERE / "recorder.c", "-ldl"]
    subprocess.run(command, check=True)
    return shim


def _port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _site(folder, data, ports):
    doors = "".join(
        f'[[compartment]]\nid = "{name}"\nsize = "{size}"\nbank = "left"\n'
        f"lock = {PINS[name][0]}\nswitch = {PINS[name][1]}\nbottom_mm = 1300\ntop_mm = 1500\n"
        for name, size in DOORS.items()
    )
    path = folder / "site.toml"
    path.write_text(
        f'[site]\nid = "power-1"\nname = "P"\naddress = "1 Road"\noperator = "O"\ntimezone = "Asia/Shanghai"\n'
        f'languages = ["en", "zh-CN", "zh-TW"]\nhelp_phone = "+86 21 5555 0100"\n'
        f'[storage]\ndata = "{data}"\n[kiosk]\nlisten = "127.0.0.1:{ports[0]}"\n'
        f'[staff]\nlisten = "127.0.0.1:{ports[1]}"\n[notices]\nwebhook = "http://127.0.0.1:{ports[2]}/sms"\n'
        '[[place]]\nid = "shelf"\nname = "Shelf"\ncapacity = 9\n'
        f'[[bank]]\nname = "left"\nkind = "gpio"\npulse_ms = 100\n{doors}',
        encoding="utf-8",
    )
    return path


class Cabinet:
    """Four doors on pins. `shim` None: nothing is recorded. `careless` names a fault built in on purpose."""

    def __init__(self, folder, shim=None, *, careless=None, data=None, ports=None, short=False):
        self.folder = Path(folder)
        self.data = Path(data or self.folder / "data")
        self.log = self.folder / "log"
        self.ports = ports or (_port(), _port(), _port())
        self.site = _site(self.folder, self.data, self.ports)
        self.shim = shim
        self.careless = careless
        self.short = short
        self.process = None
        self.out = self.folder / "out"
        self.staff = httpx.Client(base_url=f"http://127.0.0.1:{self.ports[1]}/api/v1", timeout=PATIENCE_S)
        self.kiosk = httpx.Client(base_url=f"http://127.0.0.1:{self.ports[0]}", timeout=PATIENCE_S)
        self.world = httpx.Client(base_url=f"http://127.0.0.1:{self.ports[2]}", timeout=PATIENCE_S)

    def environment(self, kill_at=0, kill_step=0):
        shim = {}
        if self.shim is not None:
            shim = {"LD_PRELOAD": str(self.shim), "PCREC_ROOT": str(self.data), "PCREC_LOG": str(self.log)}
            shim |= {"PCREC_KILL_AT": str(kill_at)} if kill_at else {}
            shim |= {"PCREC_KILL_STEP": str(kill_step)} if kill_step else {}
            shim |= {"PCREC_SHORT": "1"} if self.short else {}
        return os.environ | shim | ({"CARELESS": self.careless} if self.careless else {})

    def lockerd(self, *words):
        """Run one command of `lockerd`, recorded like the rest."""
        return preloaded.run("lockerd", *words, "--config", self.site, env=self.environment())

    def token(self):
        """Make a token for all that follows, before or after the first start."""
        made = self.lockerd("token", "create", "walk", "--scope", "read", "deposit", "pickup", "staff")
        assert made.returncode == 0, made.stderr
        self.bear(made.stdout.split()[-1])

    def bear(self, token):
        self.staff.headers["Authorization"] = f"Bearer {token}"

    def start(self, *, kill_at=0, kill_step=0, ready=True, more=()):
        """Start the process and wait until it is ready."""
        words = [self.site, "--data", self.data, "--seed", "1", "--listen", f"127.0.0.1:{self.ports[2]}", *more]
        seen = self.out.stat().st_size if self.out.exists() else 0
        environment = self.environment(kill_at, kill_step)
        with self.out.open("a", encoding="utf-8") as out:
            if self.careless:
                command = [str(word) for word in (sys.executable, HERE / "careless.py", *words)]
                self.process = subprocess.Popen(
                    command, stdout=out, stderr=out, env=environment, start_new_session=True
                )
            else:
                self.process = preloaded.start("locker-sim", *words, stdout=out, stderr=out, env=environment)
        self._seen = seen
        if ready:
            self.wait_ready()

    def wait_ready(self):
        """Wait until all listeners answer. Raises Died, with what was said."""
        until(lambda: self._is_ready(self._seen), "ready")

    def _is_ready(self, seen):
        if self.process.poll() is not None:
            raise Died(self.out.read_text("utf-8")[seen:])
        return re.search("^ready$", self.out.read_bytes()[seen:].decode(errors="replace"), re.MULTILINE)

    def said(self):
        return self.out.read_text("utf-8")

    def end(self, sign=signal.SIGTERM):
        """Ask the process to end, or kill it with all that it started; its exit code."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            if sign is signal.SIGKILL:
                os.killpg(self.process.pid, sign)
            else:
                self.process.send_signal(sign)
        code = self.process.wait(PATIENCE_S)
        self.process = None
        return code

    # --- what people do -------------------------------------------------------------------------

    def ask(self, method, path, body=None, **more):
        """One call of the machine API. Raises Died when the process is gone."""
        return self._call(self.staff, method, path, body, **more)

    def hand(self, method, path, body=None):
        """One call of the world."""
        return self._call(self.world, method, path, body)

    def _call(self, client, method, path, body=None, **more):
        try:
            return client.request(method, path, json=body, **more)
        except httpx.TransportError as gone:
            if self.process is not None and self.process.poll() is None:
                self.process.wait(PATIENCE_S)
            raise Died from gone

    def resident(self, unit, phone):
        body = {"unit": unit, "name": f"N{unit}", "phone": phone, "consent": True}
        return self.ask("PUT", "/residents", body)

    def deposit(self, number, unit="101", size="S", key=None, *, join=False):
        courier = {"company": "SF", "name": "Li"}
        body = {"tracking": number, "recipient": {"unit": unit}, "size": size, "courier": courier, "join": join}
        return self.ask("POST", "/deposits", body, headers={"Idempotency-Key": key} if key else {})

    def pickup(self, **said):
        return self.ask("POST", "/pickups", said)

    def use(self, door):
        return self.ask("GET", f"/compartments/{door}").json()["use"]

    def compartments(self):
        return {one["id"]: one for one in self.ask("GET", "/compartments").json()}

    def seen(self, door, value):
        """Wait until the daemon sees the door so."""
        until(lambda: self.ask("GET", f"/compartments/{door}").json()["seen"] == value, f"{door} seen {value}")

    def open(self, door):
        """True when the leaf stands open."""
        return self.hand("GET", "/doors").json()[door]["open"]

    def springs(self, door):
        """Wait until the leaf springs open and the daemon has seen it."""
        until(lambda: self.open(door), f"{door} springs")
        self.seen(door, "open")

    def push(self, door):
        """Shut the door and wait until the daemon has seen it. The world's time for both passes at once."""
        self.later(COIL_RESTS_S)
        self.hand("POST", f"/doors/{door}", {"do": "push"})
        self.later(SWITCH_RESTS_S)
        self.seen(door, "shut")

    def put(self, door, load):
        self.hand("POST", f"/doors/{door}", {"do": "put", "load": load})

    def take(self, door):
        self.hand("POST", f"/doors/{door}", {"do": "take"})

    def fault(self, door, kind, *, on=True):
        self.hand("POST", f"/doors/{door}/fault", {"kind": kind, "on": on})

    def later(self, seconds):
        self.hand("POST", "/clock", {"advance_s": seconds})

    def secrets(self, phone, place=-1):
        """Code and token of an arrival notice on this phone."""

        def told():
            found = [m for m in self.hand("GET", f"/phones/{phone}").json() if m["data"].get("code")]
            return found if len(found) > (max(place, 0)) else None

        data = until(told, "the notice")[place]["data"]
        return data["code"], data["token"]

    def move_while_dead(self, door, *, is_open):
        """A hand at a door while nobody watches."""
        path = self.data / "world" / "doors.json"
        doors = json.loads(path.read_text("utf-8"))
        doors[door] |= {"open": is_open, "latched": not is_open}
        path.write_text(json.dumps(doors), "utf-8")

    def close(self):
        self.end(signal.SIGKILL)
        for client in (self.staff, self.kiosk, self.world):
            client.close()
