"""A real `locker-sim` process for browsers: its site file, its people, its doors."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time

import httpx
import preloaded

PATIENCE = 30.0
COIL_RESTS_S = 0.5
SWITCH_RESTS_S = 0.5
ALL_FORGOTTEN_S = 6600
"""After so long no wrong code and no wrong PIN counts any more, and every grace is over."""
HEIGHTS = {"S": 139, "M": 221, "L": 385, "XL": 590}
COMPANY, PIN = "SF Express", "471102"


def until(true, what, patience=PATIENCE):
    """Wait for something to become true; the deadline only bounds a failure."""
    deadline = time.monotonic() + patience
    while True:
        value = true()
        if value:
            return value
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.05)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def column_of(number, heights, screen=None):
    """Doors stacked from 60 mm upwards, 25 mm apart, as (id, size, bottom, top), around the screen."""
    low, doors = 60, []
    for at, size in enumerate(heights, 1):
        if screen and low < screen[1] and low + HEIGHTS[size] > screen[0]:
            low = screen[1] + 25
        doors.append((f"{_letters(number)}{at}", size, low, low + HEIGHTS[size]))
        low += HEIGHTS[size] + 25
    return doors


def _letters(number):
    return chr(64 + number) if number <= 26 else f"{_letters((number - 1) // 26)}{_letters((number - 1) % 26 + 1)}"


def site_file(folder, columns, *, ports, languages=("en", "zh-CN", "zh-TW"), pickup="", more=""):
    """A site of these columns. Twelve doors and fewer stand on pins, more on boards of 48."""
    kiosk, staff, control = ports
    doors = [(number, *door) for number, column in columns.items() for door in column]
    pins = len(doors) <= 12
    text = f"""
[site]
id = "riverside-1"
name = "Riverside Court, lobby"
address = "12 River Road"
operator = "Riverside Court Property Services"
timezone = "Asia/Shanghai"
languages = {json.dumps(list(languages))}
help_phone = "+86 21 5555 0100"
[storage]
data = "{folder / "data"}"
[kiosk]
listen = "127.0.0.1:{kiosk}"
column = 2
bottom_mm = 1000
top_mm = 1400
[staff]
listen = "127.0.0.1:{staff}"
[pickup]
{pickup}
[notices]
webhook = "http://127.0.0.1:{control}/sms"
{more}
"""
    if pins:
        text += '[[bank]]\nname = "bank0"\nkind = "gpio"\n'
    for address in range(0 if pins else (len(doors) + 47) // 48):
        text += f'[[bank]]\nname = "bank{address}"\nkind = "kerong-cu48"\nport = "{folder}/line{address}"\n'
        text += "baud = 19200\naddress = 0\nchannels = 48\n"
    for at, (number, name, size, bottom, top) in enumerate(doors):
        wire = f"lock = {at + 2}\nswitch = {at + 14}" if pins else f"channel = {at % 48 + 1}"
        text += f'[[compartment]]\nid = "{name}"\nsize = "{size}"\nbank = "bank{0 if pins else at // 48}"\n{wire}\n'
        text += f"column = {number}\nbottom_mm = {bottom}\ntop_mm = {top}\n"
    path = folder / "site.toml"
    path.write_text(text, encoding="utf-8")
    return path


TWELVE = {
    1: column_of(1, ["L", "M", "S", "S", "M"]),
    2: column_of(2, ["XL", "M"], screen=(975, 1425)),
    3: column_of(3, ["S", "M", "L", "S", "S"]),
}


class Cabinet:
    """A simulated cabinet in its own process. Everything is done from outside, as people and programs would."""

    def __init__(self, folder, columns=TWELVE, *, languages=("en", "zh-CN", "zh-TW"), pickup="", residents=(), more=""):
        self.folder = folder
        self.ports = (free_port(), free_port(), free_port())
        self.site = site_file(folder, columns, ports=self.ports, languages=languages, pickup=pickup, more=more)
        self.kiosk = f"http://127.0.0.1:{self.ports[0]}"
        self.staff = f"http://127.0.0.1:{self.ports[1]}"
        self.world = httpx.Client(base_url=f"http://127.0.0.1:{self.ports[2]}", timeout=20)
        self.process = None
        self._faults = set()
        self.start()
        self.begin()
        self._people(residents)

    def start(self):
        words = [self.site, "--data", self.folder / "data", "--seed", "1", "--listen", f"127.0.0.1:{self.ports[2]}"]
        with (self.folder / "out").open("w", encoding="utf-8") as out:
            self.process = preloaded.start("locker-sim", *words, stdout=out, stderr=out)
        until(self._ready, f"locker-sim says ready; {self.folder / 'out'}", patience=60)

    def _ready(self):
        said = (self.folder / "out").read_text(encoding="utf-8")
        assert self.process.poll() is None, said
        return "ready" in said.splitlines()

    def begin(self):
        """A test comes: messages and pulses until now belong to somebody before it."""
        self._messages = {phone: len(texts) for phone, texts in self.world.get("/phones").json().items()}
        self._pulses = len(self.world.get("/pulses").json())

    def tidy(self):
        """A test has gone: nothing is broken, open, loaded or remembered any more."""
        for door, kind in sorted(self._faults):
            self.fault(door, kind, on=False)
        for door, each in self.doors().items():
            self._emptied(door, each)
        self.advance(ALL_FORGOTTEN_S)
        for one in self.api.get("/compartments").json():
            if one["use"] == "loaded":
                self._ask(f"/compartments/{one['id']}/open", {"reason": "the test is over"})
                self._sees(one["id"], "open")
                self._emptied(one["id"], self.doors()[one["id"]])
        for one in self.api.get("/compartments").json():
            if one["use"] == "check":
                self._ask(f"/compartments/{one['id']}/clear", {"content": "empty"})
            elif one["use"] == "retired":
                self._ask(f"/compartments/{one['id']}/restore")
        left = {(one["use"], one["seen"]) for one in self.api.get("/compartments").json()}
        assert left == {("free", "shut")}, left

    def _emptied(self, door, each):
        if each["open"]:
            if each["load"] is not None:
                self.hand(door, "take")
            self.push(door)

    def _ask(self, path, body=None):
        answer = self.api.post(path, json=body)
        assert answer.status_code < 300, answer.text

    def _people(self, residents):
        self.command("courier", "add", COMPANY, "Chen Wei", stdin=PIN + "\n")
        said = self.command("token", "create", "browser", "--scope", "staff", "read", "deposit", "pickup")
        token = said.splitlines()[-1]
        self.api = httpx.Client(
            base_url=self.staff + "/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=20
        )
        for resident in residents:
            assert self.api.put("/residents", json=resident).status_code == 200

    def command(self, *words, stdin=""):
        done = preloaded.run("lockerd", *words, "--config", self.site, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def doors(self):
        return self.world.get("/doors").json()

    def hand(self, door, do, **more):
        answer = self.world.post(f"/doors/{door}", json={"do": do, **more})
        assert answer.status_code < 300, answer.text

    def push(self, door):
        """The door is pushed shut and seen so. The world's time for both passes at once."""
        self.advance(COIL_RESTS_S)
        self.hand(door, "push")
        self.advance(SWITCH_RESTS_S)
        self._sees(door, "shut")

    def _sees(self, door, value):
        """Wait until the daemon sees the door so."""
        until(lambda: self.api.get(f"/compartments/{door}").json()["seen"] == value, f"{door} is seen {value}")

    def fault(self, door, kind, on=True):
        assert self.world.post(f"/doors/{door}/fault", json={"kind": kind, "on": on}).status_code < 300
        (self._faults.add if on else self._faults.discard)((door, kind))

    def scan(self, text):
        assert self.world.post("/scan", json={"text": text}).status_code < 300

    def advance(self, seconds):
        assert self.world.post("/clock", json={"advance_s": seconds}).status_code < 300

    def pulses(self, door):
        """The pulses of this door in this test."""
        return [pulse for pulse in self.world.get("/pulses").json()[self._pulses :] if pulse["door"] == door]

    def notices(self, phone):
        """What arrival notices of this test on a phone say, the oldest first."""
        seen = self._messages.get(phone.lstrip("+"), 0)
        said = [each["data"] for each in self.world.get(f"/phones/{phone}").json()[seen:]]
        return [data for data in said if data.get("code")]

    def notice(self, phone):
        """The last arrival notice of this test on a phone, once it is there."""
        return until(lambda: self.notices(phone), f"a message on {phone}")[-1]

    def deposit(self, tracking, unit, size="S", flags=()):
        """A parcel stored over the machine API; the door it is behind and the notice's data are given back."""
        body = {"tracking": tracking, "recipient": {"unit": unit}, "size": size, "consent": "given"}
        body |= {"courier": {"company": COMPANY, "name": "Chen Wei"}, "flags": list(flags)}
        answer = self.api.post("/deposits", json=body)
        assert answer.status_code == 201, answer.text
        deposit, door = answer.json()["deposit"], answer.json()["compartment"]
        until(lambda: self.doors()[door]["open"], f"{door} springs open")
        self.hand(door, "put", load=tracking)
        self.push(door)
        until(lambda: self.api.get(f"/deposits/{deposit}").json()["state"] == "stored", f"{tracking} is stored")
        return door

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
