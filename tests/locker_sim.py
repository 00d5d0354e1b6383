"""A real `locker-sim` process: started, asked over HTTP, killed, started again. A failure shows its stderr."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import preloaded

SCRIPTS = Path(sys.executable).parent
READY_S = 60
PATIENCE_S = 30
COIL_RESTS_S = 0.5
SWITCH_RESTS_S = 0.5

SITE = """
[site]
id = "test-1"
name = "Test Court"
address = "1 Test Road"
timezone = "Asia/Shanghai"
languages = ["en", "zh-CN", "zh-TW"]
help_phone = "+86 21 5555 0100"

[storage]
data = "{data}"
volatile = true

[kiosk]
listen = "127.0.0.1:{kiosk}"

[staff]
listen = "127.0.0.1:{staff}"

[pickup]
{pickup}

[notices]
webhook = "http://127.0.0.1:{world}/sms"

[[bank]]
name = "pins"
kind = "gpio"
"""

DOOR = """
[[compartment]]
id = "{id}"
size = "{size}"
bank = "pins"
lock = {lock}
switch = {switch}
column = 1
bottom_mm = {bottom}
top_mm = {top}
"""

SIZES = {"A1": "S", "A2": "M", "A3": "M", "A4": "M", "A5": "M", "A6": "L"}


def free_ports(count):
    """Ports that nobody listens on now."""
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in held]


class LockerSim:
    """One cabinet of doors on pins, its daemon and its world.

    `sizes` names the doors, `pickup` changes that table, `more` is the rest of the site file.
    """

    def __init__(self, folder, *, sizes=None, pickup=None, more=""):
        self.folder = Path(folder)
        self.data = self.folder / "data"
        self.file = self.folder / "site.toml"
        self.kiosk_port, self.staff_port, self.world_port = free_ports(3)
        self.log = self.folder / "stderr.txt"
        self.out = self.folder / "stdout.txt"
        self.process = None
        self.token = None
        said = {"door_open_seconds": 120, "reopen_seconds": 60} | (pickup or {})
        text = SITE.format(
            data=self.data,
            kiosk=self.kiosk_port,
            staff=self.staff_port,
            world=self.world_port,
            pickup="\n".join(f"{key} = {json.dumps(value)}" for key, value in said.items()),
        )
        for number, (name, size) in enumerate((sizes or SIZES).items()):
            bottom = 1300 + 30 * number
            text += DOOR.format(id=name, size=size, lock=number, switch=number + 14, bottom=bottom, top=bottom + 20)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file.write_text(text + more, "utf-8")
        self.api = httpx.Client(base_url=f"http://127.0.0.1:{self.staff_port}/api/v1", timeout=PATIENCE_S)
        self.world = httpx.Client(base_url=f"http://127.0.0.1:{self.world_port}", timeout=PATIENCE_S)

    # --- the process ------------------------------------------------------------------------------

    def start(self, *more):
        """Start it, with `more` words, and wait for `ready`; a token with every scope is made at the first start."""
        if self.token is None:
            self.token = self.lockerd("token", "create", "test", "--scope", "read", "deposit", "pickup", "staff")
            self.api.headers["Authorization"] = f"Bearer {self.token}"
        words = [self.file, "--data", self.data, "--listen", f"127.0.0.1:{self.world_port}", "--seed", "1", *more]
        with self.out.open("wb") as out, self.log.open("ab") as log:
            self.process = preloaded.start("locker-sim", *words, stdout=out, stderr=log)
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and self.process.poll() is None:
            if "ready" in self.out.read_text("utf-8").splitlines():
                return self
            time.sleep(0.01)
        raise AssertionError(f"locker-sim was not ready in {READY_S} s; {self.last_words()}")

    def lockerd(self, *said):
        """One command of `lockerd` on the same folder; the last line of what it prints."""
        done = preloaded.run("lockerd", *said, "--config", self.file)
        assert done.returncode == 0, f"lockerd {said[0]} ended with {done.returncode}: {done.stderr}"
        return done.stdout.strip().splitlines()[-1]

    def kill(self):
        """The power is cut."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self):
        """The end that systemd asks for; within 5 seconds."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"locker-sim did not end; {self.last_words()}") from None
        self.process = None
        assert code == 0, f"locker-sim ended with {code}; {self.last_words()}"

    def restart(self):
        self.kill()
        return self.start()

    def last_words(self):
        return "its stderr:\n" + self.log.read_text("utf-8", "replace")[-4000:]

    # --- the machine API ----------------------------------------------------------------------------

    def ask(self, method, path, body=None, key=None):
        """One call: the status and what came back. A 500 or a dead process fails with the daemon's last words."""
        headers = {"Idempotency-Key": key} if key else {}
        try:
            answer = self.api.request(method, path, json=body, headers=headers)
        except httpx.TransportError as lost:
            raise AssertionError(f"{method} {path} was not answered ({lost!r}); {self.last_words()}") from lost
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text}; {self.last_words()}"
        return answer.status_code, (answer.json() if answer.content else None)

    def get(self, path):
        status, body = self.ask("GET", path)
        assert status == 200, f"GET {path}: {status} {body}"
        return body

    def post(self, path, body=None, key=None, expect=201):
        status, said = self.ask("POST", path, body, key)
        assert status == expect, f"POST {path} {body}: {status} {said}"
        return said

    def refused(self, path, body=None, key=None):
        """The code of the refusal that this call must meet."""
        status, said = self.ask("POST", path, body, key)
        assert 400 <= status < 500, f"POST {path} {body} was not refused: {status} {said}"
        return said["code"]

    def resident(self, unit="1203", name="Wang Ming", phone="+8613800000001", **more):
        body = {"unit": unit, "name": name, "phone": phone, "consent": True} | more
        status, said = self.ask("PUT", "/residents", body)
        assert status in {200, 201}, f"PUT /residents: {status} {said}"

    def deposit_body(self, tracking, size="M", unit="1203", **more):
        courier = {"company": "SF", "name": "Li"}
        return {"tracking": tracking, "recipient": {"unit": unit}, "size": size, "courier": courier} | more

    def deposit(self, tracking, size="M", key=None, **more):
        return self.post("/deposits", self.deposit_body(tracking, size, **more), key)

    def parcel(self, parcel):
        return self.get(f"/parcels/{parcel}")

    def use(self, compartment):
        return self.get(f"/compartments/{compartment}")["use"]

    def events(self, after=0):
        found = []
        while page := self.get(f"/events?after={found[-1]['seq'] if found else after}&limit=500"):
            found += page
        return found

    # --- the world ------------------------------------------------------------------------------------

    def hand(self, path, body=None):
        answer = self.world.post(path, json=body)
        assert answer.status_code == 200, f"world {path} {body}: {answer.status_code} {answer.text}"
        return answer.json()

    def door(self, name):
        return self.world.get("/doors").json()[name]

    def pulses(self, name):
        return [pulse for pulse in self.world.get("/pulses").json() if pulse["door"] == name]

    def later(self, seconds):
        """Time passes for daemon and world."""
        self.hand("/clock", {"advance_s": seconds})

    def fault(self, door, kind, *, on=True):
        self.hand(f"/doors/{door}/fault", {"kind": kind, "on": on})

    def until(self, what, true):
        """Poll until it is so; what was found at the end is shown when it never is."""
        deadline = time.monotonic() + PATIENCE_S
        while not (found := true()):
            assert time.monotonic() < deadline, f"{what} did not happen, last {found!r}; {self.last_words()}"
            time.sleep(0.02)
        return found

    def opened(self, name):
        """The door of an order springs ajar, and the daemon has seen it."""
        self.until(f"{name} seen open", lambda: self.get(f"/compartments/{name}")["seen"] == "open")

    def shut(self, name):
        """A person pushes the door; the daemon has seen it. The world's time for both passes at once."""
        self.later(COIL_RESTS_S)
        self.hand(f"/doors/{name}", {"do": "push"})
        self.later(SWITCH_RESTS_S)
        self.until(f"{name} seen shut", lambda: self.get(f"/compartments/{name}")["seen"] == "shut")

    def put_in(self, name, load="parcel"):
        self.opened(name)
        self.hand(f"/doors/{name}", {"do": "put", "load": load})
        self.shut(name)

    def take_out(self, name):
        """What is behind the ordered door, if anything, is taken and the door shut."""
        self.opened(name)
        self.emptied(name)
        self.shut(name)

    def emptied(self, name):
        if self.door(name)["load"] is not None:
            self.hand(f"/doors/{name}", {"do": "take"})

    def stored(self, tracking, size="M", **more):
        """A parcel behind a shut door, as its deposit was answered."""
        told = self.deposit(tracking, size, **more)
        self.put_in(told["compartment"], tracking)
        state = self.get(f"/deposits/{told['deposit']}")["state"]
        assert state == "stored", f"the deposit of {tracking} is {state}"
        return told

    def notice(self, parcel, phone="+8613800000001"):
        """What the arrival notice of this parcel holds: code, token and the rest."""

        def mine():
            texts = self.world.get(f"/phones/{phone}").json()
            return [one["data"] for one in texts if one["data"].get("parcel") == parcel and "code" in one["data"]]

        return self.until(f"an arrival notice for {parcel}", mine)[-1]

    def code(self, parcel):
        return {"code": self.notice(parcel)["code"]}
