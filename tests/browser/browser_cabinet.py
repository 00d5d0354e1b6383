"""A real `locker-sim` process for browsers: its site file, its people, its doors."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

BIN = Path(sys.executable).parent
PATIENCE = 30.0
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


def site_file(folder, columns, *, ports, languages=("en", "zh-CN", "zh-TW"), pickup=""):
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

    def __init__(self, folder, columns=TWELVE, *, languages=("en", "zh-CN", "zh-TW"), pickup="", residents=()):
        self.folder = folder
        self.ports = (free_port(), free_port(), free_port())
        self.site = site_file(folder, columns, ports=self.ports, languages=languages, pickup=pickup)
        self.kiosk = f"http://127.0.0.1:{self.ports[0]}"
        self.staff = f"http://127.0.0.1:{self.ports[1]}"
        self.world = httpx.Client(base_url=f"http://127.0.0.1:{self.ports[2]}", timeout=20)
        self.process = None
        self.start()
        self._people(residents)

    def start(self):
        self._log = (self.folder / "out").open("a", encoding="utf-8")
        command = [BIN / "locker-sim", self.site, "--data", self.folder / "data", "--seed", "1"]
        command += ["--listen", f"127.0.0.1:{self.ports[2]}"]
        self.process = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT)
        until(self._ready, f"locker-sim says ready; {self.folder / 'out'}", patience=60)

    def _ready(self):
        said = (self.folder / "out").read_text(encoding="utf-8")
        assert self.process.poll() is None, said
        return "ready" in said.splitlines()

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
        done = subprocess.run(
            [BIN / "lockerd", *words, "--config", self.site],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def doors(self):
        return self.world.get("/doors").json()

    def hand(self, door, do, **more):
        answer = self.world.post(f"/doors/{door}", json={"do": do, **more})
        assert answer.status_code < 300, answer.text

    def fault(self, door, kind, on=True):
        assert self.world.post(f"/doors/{door}/fault", json={"kind": kind, "on": on}).status_code < 300

    def scan(self, text):
        assert self.world.post("/scan", json={"text": text}).status_code < 300

    def advance(self, seconds):
        assert self.world.post("/clock", json={"advance_s": seconds}).status_code < 300

    def pulses(self, door):
        return [pulse for pulse in self.world.get("/pulses").json() if pulse["door"] == door]

    def notice(self, phone):
        """The arrival notice on a phone, once it is there."""
        found = until(lambda: self.world.get(f"/phones/{phone}").json(), f"a message on {phone}")
        return found[-1]["data"]

    def deposit(self, tracking, unit, size="S"):
        """A parcel stored over the machine API; the door it is behind and the notice's data are given back."""
        body = {"tracking": tracking, "recipient": {"unit": unit}, "size": size, "consent": "given"}
        body["courier"] = {"company": COMPANY, "name": "Chen Wei"}
        answer = self.api.post("/deposits", json=body)
        assert answer.status_code == 201, answer.text
        deposit, door = answer.json()["deposit"], answer.json()["compartment"]
        until(lambda: self.doors()[door]["open"], f"{door} springs open")
        self.hand(door, "put", load=tracking)
        self.hand(door, "push")
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
        self._log.close()
