"""`lockerd check --hardware`: one look at everything, one line a fault, and no coil is ever fired."""

import errno

from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin
from hardware_wires import Cable, Cb8aBoard
from pydantic import TypeAdapter

from hardware.commissioning.device_checks import check_devices, check_doors
from hardware.options import BankOptions, CameraOptions, Gm65ReaderOptions, GpioBankOptions, SerialReaderOptions
from locker.core.model import Seen, Size
from locker.options import CompartmentOptions


def banks(cable, *addresses):
    return [
        TypeAdapter(BankOptions).validate_python(
            {"name": f"b{address}", "kind": "cb8a", "port": str(cable.name), "address": address}
        )
        for address in addresses
    ]


DOORS = [CompartmentOptions(id=f"D{n}", size=Size.M, bank=f"b{n}", channel=3) for n in (1, 2)]


async def test_OB_06_every_door_is_looked_at_and_nothing_is_unlocked(tmp_path):
    cable = Cable(tmp_path / "bus", Cb8aBoard(1, 24), Cb8aBoard(2, 24))
    cable.boards[1].doors.shut[2] = False
    seen, faults = await check_doors(banks(cable, 1, 2), DOORS)
    assert (seen, faults) == ({"D1": Seen.SHUT, "D2": Seen.OPEN}, [])
    assert await check_devices([], [], CameraOptions()) == []
    assert [board.doors.pulses for board in cable.boards] == [[], []]
    cable.close()


async def test_OB_06_each_fault_is_one_line_that_names_the_door_the_reader_the_camera(tmp_path):
    cable = Cable(tmp_path / "bus", Cb8aBoard(1, 24))
    readers = [
        SerialReaderOptions(kind="serial", port=str(tmp_path / "scanner")),
        SerialReaderOptions(kind="serial", port=str(cable.name)),
        Gm65ReaderOptions(kind="gm65", port=str(cable.name)),
    ]
    camera = CameraOptions(kind="files", folder=tmp_path)
    _, faults = await check_doors(banks(cable, 1, 2), DOORS)
    faults += await check_devices(readers, [], camera)
    assert [line.split(":")[0] for line in faults] == ["door D2", "reader[0]", "reader[2]", "camera"]
    assert all("\n" not in line for line in faults)
    cable.close()


async def test_OB_06_a_pin_that_is_taken_is_told_with_its_holder_and_what_to_do(monkeypatch):
    class Pin(MockPin):
        def output_with_state(self, state):
            if self._number == 17:
                raise OSError(errno.EBUSY, 'GPIO17 is taken by "w1"')
            super().output_with_state(state)

    monkeypatch.setattr(Device, "pin_factory", MockFactory(pin_class=Pin))
    doors = [CompartmentOptions(id=f"D{n}", size=Size.M, bank="g", lock=16 + n, switch=4 + n) for n in (1, 2)]
    seen, faults = await check_doors([GpioBankOptions(name="g", kind="gpio")], doors)
    assert seen == {"D1": Seen.UNSEEN, "D2": Seen.OPEN}
    (fault,) = faults
    assert fault.startswith('door D1: its switch cannot be read. GPIO17 is taken by "w1". ')
    assert fault.endswith("another pin in the site file.")


async def test_OB_06_a_chip_that_is_not_there_is_told_with_its_address_and_bus():
    doors = [CompartmentOptions(id="D1", size=Size.M, bank="x", lock=0, switch=1)]
    options = TypeAdapter(BankOptions).validate_python({"name": "x", "kind": "mcp23017", "bus": 19, "address": 0x23})
    _, (fault,) = await check_doors([options], doors)
    assert fault.startswith("door D1: its switch cannot be read (chip 0x23 on bus 19: ")
    assert fault.endswith("Check the cable and power of bank x.")
