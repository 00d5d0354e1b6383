"""A wire that hangs stops its own doors and nothing else: not the loop, not another wire, not the end of the process.

The far end of each kind of wire holds a call fast until the loop has turned a hundred times, however long that takes.
"""

import asyncio
import errno
import itertools
import logging
import os
import select
import signal
import subprocess
import sys
import threading

import pytest
import smbus2
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin
from hardware_wires import Cable, Cb8aBoard
from pydantic import TypeAdapter

from hardware import open_bank, wire_thread
from hardware.banks import cb8a, pulsed_locks, serial_line
from hardware.banks.exchange import Exchange
from hardware.banks.serial_line import LineDown, SerialLine
from hardware.options import BankOptions
from hardware.readers.serial_scanner import SerialScanner
from hardware.thermometer import W1Thermometer
from hardware.wire_thread import Turn
from locker.core.model import Seen, Size
from locker.errors import CoilStuck, HardwareFault
from locker.options import CompartmentOptions

TURNS = 100
PATIENCE_S = 30


class Hold:
    """Where a far end is held fast. `stuck`: the loop did not turn meanwhile, so whoever held it gave up."""

    def __init__(self):
        self.armed = False
        self.reached, self.go = threading.Event(), threading.Event()
        self.stuck = False

    def here(self):
        if self.armed:
            self.reached.set()
            self.stuck = self.stuck or not self.go.wait(PATIENCE_S)

    def arm(self):
        self.armed = True
        self.reached.clear()
        self.go.clear()

    def let_go(self):
        self.armed = False
        self.go.set()

    async def while_the_loop_turns(self):
        """Return when the far end held a call and the loop turned meanwhile, or the call gave up waiting."""
        await until(self.reached.is_set)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        self.let_go()


class I2cFarEnd:
    """A chip with all its switches shut, on a bus that can be held."""

    def __init__(self, hold):
        self.hold, self.registers, self.driven = hold, {}, []

    def __call__(self, number):
        return self

    def write_i2c_block_data(self, address, register, values):
        self.hold.here()
        self.registers[address, register] = list(values)
        self.driven.append((address, register, values[0] | values[1] << 8))

    def read_i2c_block_data(self, address, register, length):
        self.hold.here()
        return [0, 0] if register == 0x12 else self.registers.get((address, register), [0xFF, 0xFF])

    def close(self):
        self.hold.here()


class HeldPin(MockPin):
    hold: Hold

    def output_with_state(self, state):
        self.hold.here()
        super().output_with_state(state)

    def _set_pull(self, value):
        # Its contact is shut, to ground.
        self._pull, self._state = value, False

    def _get_state(self):
        self.hold.here()
        return super()._get_state()

    def _set_state(self, value):
        self.hold.here()
        super()._set_state(value)


class Rig:
    """One bank of two doors on a wire of each kind; `hold` holds the wire at `where`."""

    def __init__(self, folder, monkeypatch, where):
        self.hold = Hold()
        self.seen, self.cable = {}, None
        kind, _, call = where.partition(" ")
        getattr(self, f"_{kind}")(folder, monkeypatch, call)

    def _serial(self, folder, monkeypatch, call):
        self.cable = Cable(folder / "bus", Cb8aBoard(1, 24))
        # What hangs in a write cannot be called back; here such an unlock opens nothing.
        self.cable.boards[0].doors.jammed = {1, 2}
        self.options = {"kind": "cb8a", "port": str(self.cable.name)}
        self.place = lambda n: {"channel": n}
        real, fds = {"open": os.open, "write": os.write, "read": os.read}, set()

        def opened(path, *rest, **more):
            if path == str(self.cable.name):
                if call == "open":
                    self.hold.here()
                fds.add(fd := real["open"](path, *rest, **more))
                return fd
            return real["open"](path, *rest, **more)

        def held(fd, what):
            if fd in fds:
                self.hold.here()
            return real[call](fd, what)

        monkeypatch.setattr(os, "open", opened)
        if call != "open":
            monkeypatch.setattr(os, call, held)

    def _i2c(self, folder, monkeypatch, call):
        self.far_end = I2cFarEnd(self.hold)
        monkeypatch.setattr(smbus2, "SMBus", self.far_end)
        self.options = {"kind": "mcp23017"}
        self.place = lambda n: {"lock": n, "switch": n + 7}

    def _gpio(self, folder, monkeypatch, call):
        HeldPin.hold = self.hold
        monkeypatch.setattr(Device, "pin_factory", MockFactory(pin_class=HeldPin))
        self.options = {"kind": "gpio"}
        self.place = lambda n: {"lock": n + 16, "switch": n + 7}

    def bank(self, **keys):
        options = TypeAdapter(BankOptions).validate_python({"name": "b", "pause_ms": 0, **self.options, **keys})
        doors = [CompartmentOptions(id=f"B{n}", size=Size.M, bank="b", **self.place(n)) for n in (1, 2)]
        return open_bank(options, doors, self.seen.update)

    def close(self):
        self.hold.let_go()
        if self.cable:
            self.cable.close()


WIRES = ["serial open", "serial write", "serial read", "i2c", "gpio"]


@pytest.fixture
def rig(request, tmp_path, monkeypatch):
    made = Rig(tmp_path, monkeypatch, request.param)
    yield made
    made.close()


async def until(true):
    async with asyncio.timeout(PATIENCE_S):
        while not true():  # noqa: ASYNC110  nothing tells us
            await asyncio.sleep(0.002)


wires = pytest.mark.parametrize("rig", WIRES, indirect=True)


@wires
async def test_a_wire_that_holds_its_first_call_does_not_hold_the_loop(rig):
    rig.hold.arm()
    task = asyncio.create_task(rig.hold.while_the_loop_turns())
    async with rig.bank():
        await task
        assert not rig.hold.stuck
        await until(lambda: rig.seen.get("B1") is Seen.SHUT)


@wires
async def test_a_wire_that_holds_a_poll_an_unlock_or_its_end_does_not_hold_the_loop(rig):
    async with rig.bank() as bank:
        await until(lambda: rig.seen.get("B1") is Seen.SHUT)
        if rig.cable:
            # An adapter that is pulled out and in again is opened anew.
            rig.cable.unplug()
            await until(lambda: rig.seen.get("B1") is Seen.UNSEEN)
            rig.hold.arm()
            rig.cable.plug()
        else:
            rig.hold.arm()
        unlock = asyncio.create_task(bank.unlock("B1"))
        await rig.hold.while_the_loop_turns()
        await asyncio.gather(unlock, return_exceptions=True)
        rig.hold.arm()
        if not rig.cable:
            leaving = asyncio.create_task(rig.hold.while_the_loop_turns())
    if not rig.cable:
        await leaving
    assert not rig.hold.stuck


@pytest.fixture
def impatient(monkeypatch):
    """Deadlines of a wire in hundredths of a second: what hangs here hangs until the test lets it go."""
    monkeypatch.setattr(wire_thread, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(wire_thread, "CLOSE_WITHIN", 0.05)
    monkeypatch.setattr(serial_line, "HANGS_AFTER", 0.5)
    monkeypatch.setattr(pulsed_locks, "CALL_WITHIN", 0.05)
    monkeypatch.setattr(pulsed_locks, "OFF_WITHIN", 0.05)


@wires
async def test_the_doors_of_a_wire_that_hangs_are_unseen_orders_are_faults_and_it_can_be_left(rig, impatient):
    async with rig.bank() as bank:
        await until(lambda: rig.seen.get("B1") is Seen.SHUT)
        if rig.cable:
            rig.cable.unplug()
            await until(lambda: rig.seen.get("B1") is Seen.UNSEEN)
            rig.hold.arm()
            rig.cable.plug()
        else:
            rig.hold.arm()
        await until(lambda: rig.seen.get("B1") is Seen.UNSEEN)
        for _ in range(3):
            with pytest.raises(HardwareFault, match="Door B1"):
                await bank.unlock("B1")
        waiting = [thread for thread in threading.enumerate() if thread.name == wire_of(bank).name]
        assert len(waiting) <= 2, "a wire that hangs costs its thread and who watches it, and no more for each try"
        assert len(wire_of(bank)._waiting) <= 2
    assert not rig.hold.go.is_set(), "the bank was left although the wire still hangs"
    rig.hold.let_go()
    async with rig.bank():
        await until(lambda: rig.seen.get("B1") is Seen.SHUT)


def wire_of(bank):
    return bank._wire if hasattr(bank, "_wire") else bank._line._wire


async def test_a_chip_that_does_not_answer_leaves_the_doors_of_another_chip_on_its_bus_alone(tmp_path, monkeypatch):
    rig = Rig(tmp_path, monkeypatch, "i2c")
    real = rig.far_end.read_i2c_block_data

    def read(address, register, length):
        if address == 0x21:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        return real(address, register, length)

    rig.far_end.read_i2c_block_data = read
    other = {}
    options = TypeAdapter(BankOptions).validate_python({"name": "c", "kind": "mcp23017", "address": 0x21})
    doors = [CompartmentOptions(id="C1", size=Size.M, bank="c", lock=1, switch=8)]
    async with open_bank(options, doors, other.update) as deaf, rig.bank(pulse_ms=100) as bank:
        await until(lambda: rig.seen.get("B1") is Seen.SHUT)
        await bank.unlock("B1")
        assert (await deaf.survey()) == {"C1": Seen.UNSEEN}
        assert rig.seen == {"B1": Seen.SHUT, "B2": Seen.SHUT}


@pytest.mark.parametrize("left", [False, True], ids=["while the bank is entered", "after the bank was left"])
async def test_a_coil_that_is_on_when_its_bus_hangs_is_said_loudly_and_goes_off_when_the_bus_is_back(
    tmp_path, monkeypatch, impatient, caplog, left
):
    rig = Rig(tmp_path, monkeypatch, "i2c")
    bank = rig.bank(pulse_ms=100)

    def coil():
        latches = [value for _, register, value in rig.far_end.driven if register == 0x14]
        return latches[-1] >> 1 & 1

    async with bank:
        await until(lambda: rig.seen.get("B1") is Seen.SHUT)
        pulse = asyncio.create_task(bank.unlock("B1"))
        await until(coil)
        rig.hold.arm()
        with caplog.at_level(logging.ERROR), pytest.raises(CoilStuck, match=r"Door B1: .*Switch the lock supply off"):
            await pulse
        assert "door B1: its lock cannot be switched off" in caplog.text
        if not left:
            rig.hold.let_go()
            await until(lambda: not coil())
            await until(lambda: "at rest again" in caplog.text)
    if left:
        assert coil()
        rig.hold.let_go()
        await until(lambda: not coil())


async def test_an_unlock_that_hung_while_its_port_was_opened_is_not_sent_when_the_port_comes_back(
    tmp_path, monkeypatch, impatient
):
    rig = Rig(tmp_path, monkeypatch, "serial open")
    rig.hold.arm()
    async with SerialLine.shared(str(rig.cable.name), 9600) as line:
        with pytest.raises(LineDown, match="hangs"):
            await line.request(Exchange(cb8a.unlock(1, 5), None), Turn.COMMAND)
        rig.hold.let_go()
        await until(lambda: not line._wire._hangs)
        status = await line.request(Exchange(cb8a.read_all(1), cb8a.decode_status, 7), Turn.POLL)
        assert status.address == 1
    assert rig.cable.boards[0].doors.pulses == [], "nobody waits for this door any more"
    rig.close()


async def test_a_scanner_whose_port_blocks_while_it_is_opened_does_not_hold_the_loop(tmp_path, monkeypatch):
    hold, real = Hold(), os.open
    port = str(tmp_path / "scanner")

    def opened(path, *rest, **more):
        if path == port:
            hold.here()
        return real(path, *rest, **more)

    monkeypatch.setattr(os, "open", opened)
    hold.arm()
    reading = asyncio.create_task(anext(SerialScanner(port, 9600).texts()))
    await hold.while_the_loop_turns()
    assert not hold.stuck
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def test_a_thermometer_whose_file_blocks_does_not_hold_the_loop(tmp_path):
    (tmp_path / "28-0").mkdir()
    os.mkfifo(tmp_path / "28-0" / "temperature")
    reading = asyncio.create_task(W1Thermometer("28-0", tmp_path).celsius())
    for _ in range(TURNS):
        await asyncio.sleep(0)
    far_end = await asyncio.to_thread(os.open, tmp_path / "28-0" / "temperature", os.O_WRONLY)
    os.write(far_end, b"4500\n")
    os.close(far_end)
    assert await reading == 4.5


PROGRAM = """
import asyncio, signal, sys, threading
import smbus2
from hardware import open_bank
from hardware.options import Mcp23017BankOptions
from locker.options import CompartmentOptions

hangs = threading.Event()

class Bus:
    registers = {}
    def __init__(self, number): pass
    def hold(self):
        if hangs.is_set():
            print("held", flush=True)
            threading.Event().wait()
    def write_i2c_block_data(self, address, register, values):
        self.hold(); self.registers[register] = values
    def read_i2c_block_data(self, address, register, length):
        self.hold(); return self.registers.get(register, [255, 255])
    def close(self): self.hold()

smbus2.SMBus = Bus
doors = [CompartmentOptions(id=f"A{n}", size="S", bank="b", lock=n, switch=n + 8) for n in range(7)]

async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, asyncio.current_task().cancel)
    async with open_bank(Mcp23017BankOptions(name="b", kind="mcp23017"), doors, lambda seen: None):
        hangs.set()
        await asyncio.sleep(3600)

try:
    asyncio.run(main())
except asyncio.CancelledError:
    print("ended", flush=True)
"""


def test_a_process_ends_when_it_is_told_to_although_a_bus_hangs_for_ever():
    process = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "held\n"
        process.send_signal(signal.SIGTERM)
        assert select.select([process.stdout], [], [], PATIENCE_S)[0], "it waits for the wire"
        assert "ended\n" in itertools.chain([process.stdout.readline()], iter(process.stdout.readline, ""))
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()
