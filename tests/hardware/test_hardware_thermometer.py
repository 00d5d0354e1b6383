"""A DS18B20 through the kernel's file: what it says, what it must not be taken for, and a bus that is stuck."""

import asyncio
import os
import threading

import pytest

from hardware import thermometer
from hardware.thermometer import W1Thermometer
from locker.errors import HardwareFault

DEVICE = "28-0316a2795aff"


@pytest.fixture
def file(tmp_path):
    chip = tmp_path / DEVICE
    chip.mkdir()
    return chip / "temperature"


async def celsius(file):
    return await W1Thermometer(DEVICE, file.parents[1]).celsius()


@pytest.mark.parametrize(("text", "degrees"), [("4500\n", 4.5), ("-55000\n", -55.0), ("84937\n", 84.937), ("0\n", 0.0)])
async def test_STO_07_what_the_chip_measured_is_the_temperature(file, text, degrees):
    file.write_text(text)
    assert await celsius(file) == degrees


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("85000\n", "lost its supply"),
        ("127937\n", "three wires"),
        ("-127000\n", "three wires"),
        ("", "cannot be read"),
        ("warm", "cannot be read"),
        ("\xb0", "cannot be read"),
    ],
)
async def test_STO_07_what_it_says_without_a_measurement_is_never_a_temperature(file, text, remedy):
    file.write_text(text, "latin-1")
    with pytest.raises(HardwareFault, match=remedy):
        await celsius(file)


async def test_STO_07_a_chip_that_is_not_there_is_a_fault(file):
    with pytest.raises(HardwareFault, match="cannot be read"):
        await celsius(file)


def threads_of(file):
    return [thread for thread in threading.enumerate() if thread.name == str(file)]


async def test_C2_a_stuck_bus_holds_no_loop_and_one_thread_and_is_over_when_it_answers(file, monkeypatch):
    monkeypatch.setattr(thermometer, "READ_WITHIN", 0.05)
    os.mkfifo(file)  # whoever opens it for reading is held by the kernel until somebody writes
    chip = W1Thermometer(DEVICE, file.parents[1])
    with pytest.raises(HardwareFault, match="does not answer"):
        await asyncio.wait_for(chip.celsius(), 20)
    with pytest.raises(HardwareFault, match="still does not answer"):
        await chip.celsius()
    (stuck,) = threads_of(file)
    file.write_text("4500\n")
    await asyncio.to_thread(stuck.join)
    file.unlink()
    file.write_text("5500\n")
    monkeypatch.undo()
    assert await chip.celsius() == 5.5


def test_C2_a_stuck_bus_does_not_hold_the_end_of_the_process(file):
    os.mkfifo(file)

    async def walk():
        reading = asyncio.create_task(W1Thermometer(DEVICE, file.parents[1]).celsius())
        await asyncio.sleep(0.01)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    asyncio.run(asyncio.wait_for(walk(), 20))
    (stuck,) = threads_of(file)
    assert stuck.daemon
    file.write_text("4500\n")
    stuck.join()
