"""Cold compartments: readings, limits, and what stands in the journal and behind which parcel."""

import asyncio

import pytest

from hardware.options import SensorOptions
from hardware.thermometer import W1Thermometer
from hardware.wiring_checks import sensor_faults
from locker.core.model import Size
from locker.errors import HardwareFault
from locker.journal.history import timeline
from locker.options import CompartmentOptions
from locker.services.evidence.temperature_monitor import (
    CONFIRMING_READINGS,
    READ_EVERY_SECONDS,
    ColdZone,
    TemperatureMonitor,
)

DEVICE = "28-0316a2795aff"


class Chip:
    """The kernel's file of one sensor."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / DEVICE / "temperature"
        self.file.parent.mkdir(parents=True)
        self.says("4500\n")

    def says(self, text):
        self.file.write_text(text, "ascii")


@pytest.fixture
def chip(tmp_path):
    return Chip(tmp_path / "devices")


class MonitorBench:
    """A monitor on the bench, and time that passes reading by reading."""

    def __init__(self, bench, clock, chip):
        self.bench, self.clock = bench, clock
        self.readings = {}
        self.thermometer = W1Thermometer(DEVICE, chip.folder)
        self.read = asyncio.Event()
        self.start()

    def start(self):
        cold = ColdZone("chest", ("A1", "A2"), 2.0, 8.0, self)
        self.task = asyncio.create_task(
            TemperatureMonitor(self.bench.engine, self.bench.journal, self.readings, cold).run()
        )

    async def celsius(self):
        try:
            return await self.thermometer.celsius()
        finally:
            self.read.set()

    async def readings_pass(self, count):
        for _ in range(count):
            # What a reading led to is recorded before the next one is taken.
            while not self.read.is_set():
                await asyncio.sleep(0)
                self.clock.advance(READ_EVERY_SECONDS / 100)
            self.read.clear()

    async def recorded(self):
        rows = await self.bench.rows(
            "select kind, json_extract(data, '$.compartment') as door, json_extract(data, '$.celsius') as celsius "
            "from event where kind like 'Temperature%' order by seq"
        )
        return [tuple(row.values()) for row in rows]

    async def stop(self):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture
async def watch(bench, clock, chip):
    watch = MonitorBench(bench, clock, chip)
    yield watch
    await watch.stop()


async def test_STO_07_out_of_the_limits_is_recorded_once_for_each_compartment_and_back_as_well(watch, chip):
    await watch.readings_pass(CONFIRMING_READINGS)
    assert (watch.readings, await watch.recorded()) == ({"chest": 4.5}, [])
    chip.says("9125\n")
    await watch.readings_pass(CONFIRMING_READINGS + 4)
    out = [("TemperatureOut", "A1", 9.125), ("TemperatureOut", "A2", 9.125)]
    assert await watch.recorded() == out
    chip.says("8000\n")
    await watch.readings_pass(CONFIRMING_READINGS + 4)
    assert await watch.recorded() == [*out, ("TemperatureBack", "A1", 8.0), ("TemperatureBack", "A2", 8.0)]


async def test_STO_07_a_door_opened_for_a_parcel_is_no_alarm(watch, chip):
    await watch.readings_pass(1)
    for text in ("9000", "4000", "9000", "9000", "4000"):
        chip.says(text)
        await watch.readings_pass(1)
    assert await watch.recorded() == []


@pytest.mark.parametrize("text", ["", "hot", "85000"])
async def test_STO_07_a_sensor_that_cannot_be_read_is_said_and_never_a_temperature(watch, chip, text):
    chip.says(text)
    await watch.readings_pass(CONFIRMING_READINGS + 2)
    assert watch.readings == {"chest": None}
    assert await watch.recorded() == [("TemperatureOut", "A1", None), ("TemperatureOut", "A2", None)]


async def test_STO_07_what_was_recorded_is_taken_up_again_after_a_restart(watch, chip):
    chip.says("-1000")
    await watch.readings_pass(CONFIRMING_READINGS + 1)
    before = await watch.recorded()
    await watch.stop()
    watch.start()
    await watch.readings_pass(CONFIRMING_READINGS + 1)
    assert await watch.recorded() == before, "still out: not said again"
    chip.says("3000")
    await watch.readings_pass(CONFIRMING_READINGS + 1)
    assert [kind for kind, *_ in await watch.recorded()][2:] == ["TemperatureBack"] * 2


async def test_STO_07_it_stands_in_the_history_of_the_parcel_behind_the_door(bench, watch, chip):
    await bench.resident()
    deposit = await bench.store()
    assert deposit.compartment in {"A1", "A2"}
    chip.says("12000")
    await watch.readings_pass(CONFIRMING_READINGS + 2)
    kinds = [line.kind for line in await bench.journal.read(lambda db: timeline(db, deposit.parcel))]
    assert kinds.count("TemperatureOut") == 1


async def test_a_sensor_that_is_not_there_is_a_fault_with_a_remedy(tmp_path):
    with pytest.raises(HardwareFault, match="three wires"):
        await W1Thermometer(DEVICE, tmp_path).celsius()


def test_a_sensor_needs_cold_compartments_and_a_name_of_its_own():
    def sensor(bank):
        return SensorOptions(name="chest", kind="w1", device=DEVICE, bank=bank)

    def door(name, bank, *features):
        return CompartmentOptions(id=name, size=Size.M, bank=bank, features=list(features))

    doors = [door("A1", "cold", "cold"), door("B1", "warm")]
    assert list(sensor_faults([sensor("cold")], doors)) == []
    assert [line.split(":")[0] for line in sensor_faults([sensor("cold"), sensor("warm")], doors)] == [
        "sensor[0].name",
        "sensor[1].name",
        "sensor[1].bank",
    ]
    with pytest.raises(ValueError, match="below high_c"):
        SensorOptions(name="chest", kind="w1", device=DEVICE, bank="cold", low_c=8, high_c=2)
