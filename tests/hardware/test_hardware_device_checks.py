"""`lockerd check --hardware`: one look at everything, one line a fault, and no coil is ever fired."""

from hardware_wires import Cable, Cb8aBoard
from pydantic import TypeAdapter

from hardware.commissioning.device_checks import check_devices, check_doors
from hardware.options import BankOptions, CameraOptions, Gm65ReaderOptions, SerialReaderOptions
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
