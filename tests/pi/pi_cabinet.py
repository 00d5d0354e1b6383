"""The cabinet of the emulated Pi: a machine, the doors behind its wires, and who asks its API from outside."""

import threading
import time

import httpx
from pi_machine import PATIENCE, EmulatedPi
from pi_places import HERE, Failed

from simulator.wires.boards import Cb8aBoard

SITE = HERE / "site.toml"
LOCKERD = "runuser -u locker -- /usr/bin/lockerd"
CONFIG = "--config /etc/locker/site.toml"
PINS = {"A1": (9, 4), "A2": (10, 5), "A3": (11, 6)}
"""Lock and switch of the doors on the header."""
EXPANDER = {"B1": 0, "B2": 1}
"""Bit of the lock in port A and of the switch in port B of the expander at 0x20."""
CHANNELS = {"B3": 1, "B4": 2}
"""Channel of the lock board on the serial line."""
PORT_A_LATCH, PORT_B = 0x14, 0x13


class LockBoard:
    """The simulator's 8A/80 board at the far end of the serial line; its doors spring open when they are pulsed."""

    def __init__(self, line):
        self._line = line
        self._board = Cb8aBoard(self, 1, 24)
        self.pulses, self.open = [], set()
        self._opened = threading.Condition()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                data = self._line.recv(4096)
            except OSError:
                return
            if not data:
                return
            for reply in self._board.receive(data):
                self._line.sendall(reply.frame)

    def shut(self, channel):
        return channel not in self.open

    def inside(self, _channel):
        return False

    def pulse(self, channel, seconds):
        with self._opened:
            self.pulses.append((time.monotonic(), channel, seconds))
            self.open.add(channel)
            self._opened.notify_all()

    def wait_open(self, channel):
        """Until the pulse of a door has come. Raises Failed."""
        with self._opened:
            if not self._opened.wait_for(lambda: channel in self.open, PATIENCE):
                raise Failed(f"no pulse opened channel {channel} of the lock board within {PATIENCE} s")

    def hold(self, channel, on):
        raise AssertionError(f"channel {channel} was told to hold its coil {on}")


class EmulatedCabinet(EmulatedPi):
    """The machine with doors. `token` is a machine token of all scopes, once there is one."""

    def __init__(self, card, name, *, token="", **options):
        super().__init__(card, name, **options)
        self.board = LockBoard(self.serial_line)
        self.token = token
        self._client = httpx.Client(base_url=f"https://127.0.0.1:{self.port}/api/v1", verify=False, timeout=60)

    def shut_every_door(self):
        """What a person does before anything begins."""
        for door in PINS:
            self.push(door)
        self._expander_bits = 0
        self._write_expander()
        self.board.open.clear()

    def push(self, door):
        """Push a door shut."""
        if door in CHANNELS:
            self.board.open.discard(CHANNELS[door])
        else:
            self._contact(door, shut=True)

    def spring(self, door):
        """A door springs ajar, as it does when its coil has fired. Those of the lock board do it by themselves: who
        pushed one before its pulse would find it open again.
        """
        if door in CHANNELS:
            self.board.wait_open(CHANNELS[door])
        else:
            self._contact(door, shut=False)

    def _contact(self, door, *, shut):
        if door in PINS:
            self.far_end("drive", pin=PINS[door][1], level=0 if shut else 1)
        else:
            bit = 1 << EXPANDER[door]
            self._expander_bits = self._expander_bits & ~bit if shut else self._expander_bits | bit
            self._write_expander()

    def _write_expander(self):
        self.command(f"i2cset -y 1 0x20 {PORT_B:#x} {self._expander_bits:#x}")

    def coil_edges(self, door, since=0):
        """Levels of a coil on the header, with when they came: (seconds since power, level)."""
        return [(at, level) for at, pin, level, _ in self.pins[since:] if pin == PINS[door][0]]

    # The API, over the network card from outside

    def make_token(self):
        said = self.command(f"{LOCKERD} token create test --scope read staff deposit pickup {CONFIG}")
        self.token = said.split("\n")[-1].strip()

    def ask(self, method, path, body=None):
        """Status and body."""
        told = self._client.request(method, path, json=body, headers={"Authorization": f"Bearer {self.token}"})
        return told.status_code, told.json()

    def wait_network(self, seconds=600):
        until = time.monotonic() + seconds
        while True:
            try:
                return self.ask("GET", "/health")[1]
            except (httpx.HTTPError, ValueError) as refused:
                if time.monotonic() > until:
                    raise Failed(f"the API was not reached from outside within {seconds} s: {refused}") from refused
                time.sleep(0.5)

    def compartment(self, door):
        return self.ask("GET", f"/compartments/{door}")[1]

    def wait_seen(self, door, seen, seconds=300):
        """Until the API says so; seconds it took."""
        began = time.monotonic()
        while (told := self.compartment(door))["seen"] != seen:
            if time.monotonic() - began > seconds:
                raise Failed(f"door {door} is {told['seen']} and not {seen}, after {seconds} s")
            time.sleep(0.02)
        return time.monotonic() - began

    def order_open(self, door):
        status, told = self.ask("POST", f"/compartments/{door}/open", {"reason": "commissioning"})
        if status != 201:
            raise Failed(f"door {door} was not ordered open: {status} {told}")

    def deposit(self, tracking, size="M"):
        """Bring a parcel; status and body."""
        body = {"tracking": tracking, "recipient": {"unit": "1203"}, "size": size, "consent": "given"}
        return self.ask("POST", "/deposits", body | {"courier": {"company": "SF", "name": "Li"}})

    def settle(self, door):
        """Shut a door and say that nothing is in it, so that it is free again."""
        self.push(door)
        self.wait_seen(door, "shut")
        if self.compartment(door)["use"] == "check":
            self.ask("POST", f"/compartments/{door}/clear", {"content": "empty"})

    def cut(self):
        super().cut()
        self._client.close()
