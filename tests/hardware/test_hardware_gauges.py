"""What the machine says of itself: files as kernels write them, a gauge on a bus, a UPS server on a port."""

import asyncio
import os

import pytest
import smbus2

from hardware import open_gauges
from hardware.machine.battery_gauge import BatteryGauge
from hardware.machine.cpu_thermometer import CpuThermometer
from hardware.machine.disk import DataDisk
from hardware.machine.nut_ups import NutUps
from hardware.machine.pi_firmware import PiFirmware
from hardware.options import GaugeUpsOptions, NoUpsOptions, NutUpsOptions
from locker.errors import HardwareFault
from locker.measures import BankMeter, Measure

PI_4 = "devices/platform/soc/soc:firmware/get_throttled"
PI_5 = "devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled"


@pytest.fixture
def sys(tmp_path):
    """The kernel's tree, of which a test writes the files that its machine has."""

    class Tree:
        root = tmp_path / "sys"

        def says(self, place, text):
            file = self.root / place
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{text}\n", "ascii")

    tree = Tree()
    tree.root.mkdir()
    return tree


async def test_O8_the_processors_own_zone_is_its_temperature(sys):
    assert await CpuThermometer(sys.root).read() == {}
    sys.says("class/thermal/thermal_zone0/type", "cpu-thermal")
    sys.says("class/thermal/thermal_zone0/temp", "51540")
    sys.says("class/thermal/thermal_zone1/type", "battery")
    sys.says("class/thermal/thermal_zone1/temp", "88000")
    assert await CpuThermometer(sys.root).read() == {Measure.CPU_CELSIUS: 51.54}


async def test_without_a_zone_of_that_name_the_hottest_counts_and_nonsense_is_a_fault(sys):
    for number, celsius in enumerate((40000, 61000)):
        sys.says(f"class/thermal/thermal_zone{number}/type", "acpitz")
        sys.says(f"class/thermal/thermal_zone{number}/temp", celsius)
    assert await CpuThermometer(sys.root).read() == {Measure.CPU_CELSIUS: 61.0}
    sys.says("class/thermal/thermal_zone1/temp", "warm")
    with pytest.raises(HardwareFault):
        await CpuThermometer(sys.root).read()


@pytest.mark.parametrize("place", [PI_4, PI_5])
@pytest.mark.parametrize(
    ("bits", "weak", "slow"),
    [("0", 0, 0), ("1", 1, 0), ("50005", 1, 1), ("50000", 0, 0), ("8", 0, 1), ("2", 0, 1)],
)
async def test_the_firmwares_bits_tell_of_now_and_not_of_before(sys, place, bits, weak, slow):
    sys.says(place, bits)
    assert await PiFirmware(sys.root).read() == {Measure.UNDERVOLTAGE: weak, Measure.CPU_THROTTLED: slow}


async def test_debians_kernel_has_an_alarm_in_their_place_and_no_pi_has_neither(sys):
    assert await PiFirmware(sys.root).read() == {}
    sys.says("class/hwmon/hwmon0/name", "cpu_thermal")
    sys.says("class/hwmon/hwmon1/name", "rpi_volt")
    sys.says("class/hwmon/hwmon1/in0_lcrit_alarm", "1")
    assert await PiFirmware(sys.root).read() == {Measure.UNDERVOLTAGE: 1.0}


def a_card(sys, folder, **files):
    """The card below this folder, its partition linked as the kernel links it."""
    device = folder.stat().st_dev
    card = "devices/platform/emmc2bus/mmc_host/mmc0/mmc0:0001/block/mmcblk0"
    sys.says(f"{card}/mmcblk0p2/partition", "2")
    sys.says(f"{card}/stat", "1523 12 90000 800 4000 30 20480 900 0 1 1 0 0 0 0 0 0")
    for name, text in files.items():
        sys.says(f"{card}/device/{name}", text)
    link = sys.root / "dev/block" / f"{os.major(device)}:{os.minor(device)}"
    link.parent.mkdir(parents=True)
    link.symlink_to(sys.root / card / "mmcblk0p2")


@pytest.mark.parametrize(
    ("files", "worn"),
    [
        ({}, None),  # an SD card tells nothing
        ({"life_time": "0x00 0x00", "pre_eol_info": "0x01"}, None),
        ({"life_time": "0x01 0x03", "pre_eol_info": "0x01"}, 0.3),
        ({"life_time": "0x01 0x01", "pre_eol_info": "0x03"}, 0.9),
        ({"life_time": "0x0b 0x01", "pre_eol_info": "0x01"}, 1.1),
    ],
)
async def test_a_card_tells_its_wear_if_it_can_and_the_kernel_what_was_written(sys, tmp_path, files, worn):
    a_card(sys, tmp_path, **files)
    found = dict(await DataDisk(tmp_path, sys.root).read())
    assert 0 < found.pop(Measure.DISK_FREE_RATIO) <= 1
    assert found.pop(Measure.DISK_FREE_BYTES) > 0
    assert found.pop(Measure.CARD_WRITTEN_BYTES) == 20480 * 512
    assert found == ({} if worn is None else {Measure.CARD_WORN_RATIO: worn})


async def test_a_folder_on_no_disk_of_the_kernel_still_tells_its_room(sys, tmp_path):
    assert set(await DataDisk(tmp_path, sys.root).read()) == {Measure.DISK_FREE_RATIO, Measure.DISK_FREE_BYTES}


class GaugeChip:
    """A MAX17048 behind the name of the bus library."""

    def __init__(self, charge, rate):
        self.registers = {0x04: charge, 0x16: rate}
        self.asked = []

    def __call__(self, number):
        assert number == 1
        return self

    def read_i2c_block_data(self, address, register, length):
        if address != 0x36:
            raise OSError(121, "Remote I/O error")
        self.asked.append(register)
        value = self.registers[register] & 0xFFFF
        return [value >> 8, value & 0xFF][:length]

    def close(self):
        pass


@pytest.mark.parametrize(
    ("charge", "rate", "expected"),
    [
        (100 * 256, 0, (1.0, 0, 0)),
        (80 * 256, 120, (0.8, 0, 0)),  # charging
        (80 * 256, -3, (0.8, 0, 0)),  # at rest
        (80 * 256, -120, (0.8, 1, 0)),
        (12 * 256, -120, (0.12, 1, 1)),
        (12 * 256, 120, (0.12, 0, 0)),  # low, but the mains are back
    ],
)
async def test_O8_the_gauge_tells_charge_and_by_its_fall_that_the_mains_are_gone(monkeypatch, charge, rate, expected):
    monkeypatch.setattr(smbus2, "SMBus", GaugeChip(charge, rate))
    found = await BatteryGauge(GaugeUpsOptions(kind="max17048")).read()
    assert found[Measure.BATTERY_RATIO] == pytest.approx(expected[0])
    assert (found[Measure.ON_BATTERY], found[Measure.BATTERY_LOW]) == expected[1:]


async def test_a_gauge_that_is_not_there_is_a_fault_with_its_remedy(monkeypatch):
    monkeypatch.setattr(smbus2, "SMBus", GaugeChip(0, 0))
    with pytest.raises(HardwareFault, match="battery board"):
        await BatteryGauge(GaugeUpsOptions(kind="max17048", address=0x37)).read()


class Upsd:
    """A UPS server of the test's own, by the protocol's paper."""

    def __init__(self):
        self.values = {"ups.status": "OL CHRG", "battery.charge": "100"}

    async def serve(self, reader, writer):
        while line := await reader.readline():
            _, _, ups, name = line.decode().split()
            known = ups == "ups" and name in self.values
            answer = f'VAR {ups} {name} "{self.values[name]}"' if known else "ERR UNKNOWN-UPS"
            writer.write(f"{answer}\n".encode())
            await writer.drain()
        writer.close()


@pytest.fixture
async def upsd():
    upsd = Upsd()
    async with await asyncio.start_server(upsd.serve, "127.0.0.1", 0) as server:
        upsd.port = server.sockets[0].getsockname()[1]
        yield upsd


@pytest.mark.parametrize(
    ("status", "charge", "expected"),
    [
        ("OL CHRG", "100", (1.0, 0, 0)),
        ("OB DISCHRG", "64", (0.64, 1, 0)),
        ("OB DISCHRG", "14", (0.14, 1, 1)),
        ("OB LB", "40", (0.4, 1, 1)),  # the UPS knows better than its charge
        ("OL LB CHRG", "5", (0.05, 0, 0)),
    ],
)
async def test_O8_a_ups_server_tells_mains_and_charge(upsd, status, charge, expected):
    upsd.values = {"ups.status": status, "battery.charge": charge}
    found = await NutUps(NutUpsOptions(kind="nut", port=upsd.port)).read()
    assert found == dict(zip((Measure.BATTERY_RATIO, Measure.ON_BATTERY, Measure.BATTERY_LOW), expected, strict=True))


async def test_a_ups_that_nobody_knows_or_serves_is_a_fault_with_its_remedy(upsd, unused_tcp_port):
    for options in (
        NutUpsOptions(kind="nut", port=upsd.port, name="other"),
        NutUpsOptions(kind="nut", port=unused_tcp_port),
    ):
        with pytest.raises(HardwareFault, match="upsd"):
            await NutUps(options).read()


def test_a_cabinet_without_battery_and_camera_has_the_gauges_of_its_computer(tmp_path):
    kinds = [type(each).__name__ for each in open_gauges(NoUpsOptions(), tmp_path, None)]
    assert kinds == ["CpuThermometer", "PiFirmware", "DataDisk"]
    kinds = [type(each).__name__ for each in open_gauges(NutUpsOptions(kind="nut"), tmp_path, None)]
    assert kinds[-1] == "NutUps"


def test_a_pulse_is_timed_once_and_only_by_the_door_that_it_opened():
    meter = BankMeter()
    meter.opened("A1", 5.0)
    meter.pulsed("A1", 10.0)
    meter.opened("A2", 10.1)
    meter.opened("A1", 10.42)
    meter.opened("A1", 11.0)
    meter.pulsed("A2", 20.0)
    meter.opened("A2", 60.0)  # a hand, long after
    assert [(door, round(seconds, 3)) for door, seconds in meter.openings] == [("A1", 0.42)]
