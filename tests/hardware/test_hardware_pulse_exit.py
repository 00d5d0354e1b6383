"""A pulse ends on every exit of ours: a real process is told to go in mid-pulse, its pins are files."""

import os
import signal
import subprocess
import sys
import time

import pytest

PROGRAM = """
import asyncio, signal, sys
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin
from hardware import open_bank
from hardware.options import GpioBankOptions
from hardware.banks.power_supply import pulse_guard
from locker.options import CompartmentOptions

class PrintingPin(MockPin):
    def output_with_state(self, state):
        self._function = "output"; self._state = state; self.print_level()
    def _set_state(self, value):
        super()._set_state(value); self.print_level()
    def print_level(self):
        if self._number == 17:
            print("on" if self._state else "off", flush=True)

Device.pin_factory = MockFactory(pin_class=PrintingPin)
doors = [CompartmentOptions(id="A1", size="S", bank="b", lock=17, switch=27)]

async def main():
    async with open_bank(GpioBankOptions(name="b", kind="gpio", pulse_ms=2000), doors, lambda seen: None) as bank:
        END
        await bank.unlock("A1")

asyncio.run(main())
"""

ENDS = {
    "a cancelled daemon": (
        "asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)"
    ),
    "an exit in the middle": "signal.signal(signal.SIGTERM, lambda *a: sys.exit(3))",
    "a loop that is stuck": (
        "import time; signal.signal(signal.SIGTERM, lambda *a: None);"
        "asyncio.get_running_loop().call_later(0.3, time.sleep, 30)"
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_pulse_ends_low_after(end, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.replace("END", ENDS[end])], stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    try:
        assert process.stdout.readline() == "off\n"
        assert process.stdout.readline() == "on\n"
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "off\n"
        assert time.monotonic() - begun < 20, "the coil stayed on"
    finally:
        process.kill()
        process.wait()
