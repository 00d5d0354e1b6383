"""The far ends of an emulated Pi's wires, inside it: simulated pins and chips of the kernel, a shell for the test.

Speaks lines of JSON over a virtio-serial port. Tests only; the standard library alone.
"""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

PORT = Path("/dev/virtio-ports/far-end")
PINS = Path("/sys/devices/platform")
TRACING = Path("/sys/kernel/tracing")
LOOK_S, CONTACT_TURNS = 0.01, 5
"""How often pins are looked at, and every how many times the contacts: a look costs an emulated processor much."""


class FarEnd:
    """Everything that the host may ask for."""

    def __init__(self, port):
        self._port = port
        self._talking = threading.Lock()
        self._watched = {}
        self._contacts = {}
        self._begun, self._said = set(), {}
        threading.Thread(target=self._watch_pins, daemon=True).start()

    def say(self, **said):
        with self._talking:
            os.write(self._port, json.dumps(said).encode() + b"\n")

    def answer(self, asked):
        """Do it once and say how it went; to a question that was heard before, say it again."""
        number = asked["id"]
        if number and number in self._begun:
            if number in self._said:
                self.say(**self._said[number])
            return
        self._begun.add(number)
        try:
            self._said[number] = {"id": number, "answer": getattr(self, f"do_{asked['do']}")(**asked.get("with", {}))}
        except Exception as fault:  # noqa: BLE001  whatever it is, the test hears of it
            self._said[number] = {"id": number, "fault": repr(fault)}
        self.say(**self._said[number])

    def do_drive(self, pin, level):
        """The switch behind a pin: its contact pulls the line to a level."""
        pull, contact = self._pin(pin, "pull"), "pull-up" if level else "pull-down"
        pull.write_text(contact)
        self._contacts[pin] = pull, contact

    def do_level(self, pin):
        return int(self._pin(pin, "value").read_text())

    def do_watch(self, pins):
        """Tell of every change of these pins from now on, and of what they are now."""
        for pin in pins:
            self._watched[pin] = [os.open(self._pin(pin, "value"), os.O_RDONLY), None]

    def do_run(self, command, seconds=300):
        done = subprocess.run(["sh", "-c", command], check=False, capture_output=True, text=True, timeout=seconds)
        return {"code": done.returncode, "said": (done.stdout + done.stderr)[-60000:]}

    def do_trace_i2c(self):
        """Tell of every byte written to a chip from now on."""
        for group in ("i2c", "smbus"):
            (TRACING / "events" / group / "enable").write_text("1")
        threading.Thread(target=self._follow_trace, daemon=True).start()

    def _follow_trace(self):
        with (TRACING / "trace_pipe").open() as pipe:
            for line in pipe:
                if "smbus_write" in line or "i2c_write" in line:
                    when, _, told = line.split(": ", 2)  # the kernel's own time: this thread may come late
                    self.say(i2c=told.strip(), at=float(when.split()[-1]))

    def _pin(self, pin, what):
        return next(PINS.glob(f"gpio-sim*/gpiochip*/sim_gpio{pin}/{what}"))

    def _watch_pins(self):
        turn = 0
        while True:
            for pull, contact in list(self._contacts.values()) if turn % CONTACT_TURNS == 0 else ():
                # The kernel's pins have one pull each, and the daemon sets it; a contact is stronger than a resistor.
                if pull.read_text().strip() != contact:
                    pull.write_text(contact)
            for pin, (file, before) in list(self._watched.items()):
                level = int(os.pread(file, 4, 0))
                if level != before:
                    self._watched[pin][1] = level
                    self.say(pin=pin, level=level, at=time.monotonic())
            turn += 1
            time.sleep(LOOK_S)


def main():
    while not PORT.exists():
        time.sleep(0.1)
    port = os.open(PORT, os.O_RDWR)
    far_end = FarEnd(port)
    far_end.say(hello=time.time(), at=time.monotonic())
    waiting = b""
    while True:
        data = os.read(port, 65536)
        if not data:
            time.sleep(0.1)  # nobody has opened the host's end yet
        waiting += data
        *lines, waiting = waiting.split(b"\n")
        for line in lines:
            if line.strip():
                threading.Thread(target=far_end.answer, args=(json.loads(line),), daemon=True).start()


sys.exit(main())
