"""The MCP23017 bank, judged by a model of the chip behind the I2C bus."""

import asyncio
import errno
import itertools
from types import SimpleNamespace

import pytest
import smbus2
from hardware_loops import virtually

from hardware import open_bank
from hardware.banks import i2c_bus
from hardware.banks.i2c_bus import I2cBus
from hardware.options import Mcp23017BankOptions
from locker.core.model import Seen, Size
from locker.errors import HardwareFault, SettingsError
from locker.options import CompartmentOptions

LOCK_1, LOCK_2, SWITCH_1, SWITCH_2 = 0, 9, 4, 12


class ChipModel:
    """Registers, and what the pins show: an input shows the outside or its pull-up, an output its latch."""

    def __init__(self):
        self.broken = False
        self.brown_out()
        self.outside = {}
        self.driven = []

    def brown_out(self):
        self.registers = [0xFF, 0xFF] + [0] * 0x14

    def bus(self, number):
        assert number == 1
        return self

    def close(self):
        pass

    def write_i2c_block_data(self, address, register, values):
        self._require_plugged(address)
        for offset, value in enumerate(values):
            self.registers[register + offset] = value
        self.driven.append({pin: self._level(pin) for pin in range(16) if not self._bit(0x00, pin)})

    def read_i2c_block_data(self, address, register, length):
        self._require_plugged(address)
        if register == 0x12:
            levels = sum(self._level(pin) << pin for pin in range(16))
            return [levels & 0xFF, levels >> 8][:length]
        return self.registers[register : register + length]

    def _require_plugged(self, address):
        if self.broken or address != 0x21:
            raise OSError(self.broken if self.broken > 1 else 121, "Remote I/O error")

    def _bit(self, register, pin):
        return self.registers[register + pin // 8] >> pin % 8 & 1

    def _level(self, pin):
        if not self._bit(0x00, pin):
            return self._bit(0x14, pin)
        return self.outside.get(pin, self._bit(0x0C, pin))


@pytest.fixture
def chip(monkeypatch):
    model = ChipModel()
    monkeypatch.setattr(smbus2, "SMBus", model.bus)
    return model


DOORS = (
    CompartmentOptions(id="A1", size=Size.S, bank="x", lock=LOCK_1, switch=SWITCH_1),
    CompartmentOptions(id="A2", size=Size.S, bank="x", lock=LOCK_2, switch=SWITCH_2),
)


def bank_of(report=lambda seen: None, doors=DOORS, **keys):
    return open_bank(Mcp23017BankOptions(name="x", kind="mcp23017", address=0x21, **keys), doors, report)


async def until(true):
    while not true():  # noqa: ASYNC110  nothing tells us
        await asyncio.sleep(0.01)


def pulses(chip, pin, idle):
    """Every run of the active level that this pin ever drove."""
    levels = [level for level, _ in itertools.groupby(shown[pin] for shown in chip.driven if pin in shown)]
    return levels.count(1 - idle)


@pytest.mark.parametrize(("active", "idle"), [("high", 0), ("low", 1)])
def test_no_lock_is_driven_to_its_active_level_by_setting_up(chip, active, idle):
    async def walk():
        async with bank_of(lock_active=active):
            await asyncio.sleep(0.5)

    virtually(walk)
    assert any(LOCK_1 in shown for shown in chip.driven)
    assert all(shown.get(pin, idle) == idle for shown in chip.driven for pin in (LOCK_1, LOCK_2))


@pytest.mark.parametrize(("active", "idle"), [("high", 0), ("low", 1)])
def test_a_pulse_moves_one_lock_and_ends(chip, active, idle):
    async def walk():
        async with bank_of(lock_active=active) as bank:
            await bank.unlock("A2")

    virtually(walk)
    assert pulses(chip, LOCK_2, idle) == 1
    assert pulses(chip, LOCK_1, idle) == 0
    assert chip.driven[-1][LOCK_2] == idle


def test_switches_are_read_and_a_cut_wire_reads_open(chip):
    async def walk():
        chip.outside = {SWITCH_1: 0}
        async with bank_of() as bank:
            await until(lambda: not bank._poller._switches.unsettled)
            assert await bank.survey() == {"A1": Seen.SHUT, "A2": Seen.OPEN}

    virtually(walk)


def test_a_common_wire_that_is_lost_is_one_report_whenever_the_polls_fall(chip):
    doors = [
        CompartmentOptions(id=f"A{lock}", size=Size.S, bank="x", lock=lock, switch=switch)
        for lock, switch in zip((0, 1, 2, 3), (4, 8, 9, 10), strict=True)
    ]
    told = []

    async def walk():
        chip.outside = {4: 0, 8: 0, 9: 0, 10: 0}
        async with bank_of(told.append, doors=doors) as bank:
            await bank.survey()
            await asyncio.sleep(0.5)
            for phase_ms in range(0, 100, 7):
                await asyncio.sleep(phase_ms / 1000)
                for level in (1, 0):
                    told.clear()
                    for pin in chip.outside:
                        chip.outside[pin] = level
                        await asyncio.sleep(0.004)
                    await asyncio.sleep(1)
                    assert told == [{door.id: Seen.OPEN if level else Seen.SHUT for door in doors}], (phase_ms, level)

    virtually(walk)


def test_a_chip_that_lost_its_set_up_is_noticed_and_set_up_again_with_coils_off(chip):
    told = []

    async def walk():
        chip.outside = {SWITCH_1: 0, SWITCH_2: 0}
        async with bank_of(told.append, lock_active="low") as bank:
            await until(lambda: told)
            chip.brown_out()
            await until(lambda: len(told) > 1)
            assert set(told[1].values()) == {Seen.UNSEEN}
            await until(lambda: len(told) > 2)
            await bank.unlock("A1")

    virtually(walk)
    assert told[-1] == {"A1": Seen.SHUT, "A2": Seen.SHUT}
    assert pulses(chip, LOCK_1, 1) == 1
    assert pulses(chip, LOCK_2, 1) == 0


@pytest.mark.parametrize("at_start", [True, False])
def test_O9_an_unplugged_chip_is_unseen_faults_by_name_and_heals(chip, at_start):
    told = []

    async def walk():
        chip.broken = at_start
        async with bank_of(told.append) as bank:
            if not at_start:
                await until(lambda: told)
                chip.broken = True
            with pytest.raises(HardwareFault, match="Door A1"):
                await bank.unlock("A1")
            assert set((await bank.survey()).values()) == {Seen.UNSEEN}
            chip.broken = False
            told.clear()
            await until(lambda: told)
            await bank.unlock("A1")

    virtually(walk)
    assert pulses(chip, LOCK_1, 0) == 1


def test_a_pulse_that_the_wire_cuts_short_ends_when_the_wire_is_back(chip):
    async def walk():
        async with bank_of() as bank:
            pulse = asyncio.create_task(bank.unlock("A1"))
            await until(lambda: chip.driven[-1].get(LOCK_1) == 1)
            chip.broken = True
            with pytest.raises(HardwareFault, match="A1"):
                await pulse
            assert chip.driven[-1][LOCK_1] == 1
            chip.broken = False
            await until(lambda: chip.driven[-1][LOCK_1] == 0)

    virtually(walk)


@pytest.mark.parametrize(("shut", "level"), [("low", 0), ("high", 1)])
def test_pins_7_and_15_are_outputs_from_the_first_moment_whatever_the_file_has_there(chip, shut, level):
    doors = (*DOORS, CompartmentOptions(id="A3", size=Size.S, bank="x", lock=15, switch=3))

    async def walk():
        async with bank_of(doors=doors, switch_shut=shut) as bank:
            await bank.unlock("A3")

    virtually(walk)
    assert all({7, 15} <= shown.keys() for shown in chip.driven if shown), "an input there disturbs the bus"
    assert {shown[7] for shown in chip.driven if shown} == {level}
    assert pulses(chip, 15, 0) == 1


@pytest.mark.parametrize("pin", [7, 15])
def test_a_switch_on_an_output_only_pin_is_a_settings_error_that_says_why_and_what_to_do(pin):
    with pytest.raises(SettingsError, match=rf"A1: pin {pin} .*GP[AB]7.* output only.*another pin"):
        bank_of(doors=(CompartmentOptions(id="A1", size=Size.S, bank="x", lock=0, switch=pin),))


def test_a_bus_that_is_stuck_is_not_read_for_a_second_whichever_chip_and_a_pulse_is_ended_all_the_same(monkeypatch):
    touched = []

    def time_out(address, register, *rest):
        touched.append(address)
        raise OSError(errno.ETIMEDOUT, "Connection timed out")

    monkeypatch.setattr(
        smbus2, "SMBus", lambda number: SimpleNamespace(read_i2c_block_data=time_out, write_i2c_block_data=time_out)
    )
    bus = I2cBus(1)
    for address in (0x20, 0x21, 0x22):
        with pytest.raises(OSError, match="bus is stuck"):
            bus.read_pair(address, 0)
    assert touched == [0x20]
    with pytest.raises(OSError, match="bus is stuck"):
        bus.write_pair(0x21, 0x14, 0)
    assert touched == [0x20, 0x21]
    monkeypatch.setattr(i2c_bus, "STUCK_PAUSE", -1.0)
    for address in (0x23, 0x24):
        with pytest.raises(OSError, match="bus is stuck"):
            bus.write_pair(address, 0x14, 0)
    with pytest.raises(OSError, match="bus is stuck"):
        bus.read_pair(0x25, 0)
    assert touched[2:] == [0x23, 0x24, 0x25], "it is tried again when the second is over"


def test_an_order_that_timed_out_may_have_been_heard_so_its_end_is_tried_and_the_supply_named(chip, caplog):
    async def walk():
        async with bank_of() as bank:
            await until(lambda: chip.driven)
            chip.broken = errno.ETIMEDOUT
            with pytest.raises(HardwareFault, match=r"Door A1: .*may be on: switch the lock supply off"):
                await bank.unlock("A1")
            assert "door A1: its lock cannot be switched off" in caplog.text
            chip.broken = False
            await until(lambda: "door A1: its lock is at rest again" in caplog.text)

    virtually(walk)


@pytest.mark.parametrize(("lock", "switch", "fault"), [(16, 1, "0 to 15"), (0, 0, "already")])
def test_pins_that_cannot_be_are_settings_errors(lock, switch, fault):
    with pytest.raises(SettingsError, match=fault):
        bank_of(doors=(CompartmentOptions(id="A1", size=Size.S, bank="x", lock=lock, switch=switch),))
