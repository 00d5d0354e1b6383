"""The commissioning walk and the bus scan, in cabinets that are wired otherwise than the file says."""

import contextlib

import pytest
from hardware_boards import FarEnd, Hands
from hardware_cabinet import table
from hardware_loops import FastPolicy

import lockerd
from hardware.commissioning.bus_scan import scan
from hardware.commissioning.door_walk import walk
from hardware.options import Cb8aBankOptions, Mcp23017BankOptions
from locker.errors import HardwareFault
from simulator.world.world import WireFault

SITE = """
[site]
id = "test-1"
name = "Test Court"
[storage]
data = "{folder}/data"
"""


@pytest.fixture(scope="module")
def event_loop_policy():
    return FastPolicy()


def settings(folder, banks, doors):
    """A site file of these tables; a serial bank's port is in the folder."""
    text = SITE.format(folder=folder)
    for name, keys in (*(("bank", bank) for bank in banks), *(("compartment", {"size": "M"} | door) for door in doors)):
        text += table(name, keys)
    file = folder / "site.toml"
    file.write_text(text.replace("PORT", str(folder)), "utf-8")
    return lockerd.load_settings(file)


def board(kind="cb8a", name="board", **more):
    return {"name": name, "kind": kind, "port": "PORT/bus"} | more


def channels(*numbers, bank="board"):
    return [{"id": f"D{place}", "bank": bank, "channel": number} for place, number in enumerate(numbers, 1)]


def pins(*pairs, bank="pins"):
    return [
        {"id": f"D{place}", "bank": bank, "lock": lock, "switch": switch}
        for place, (lock, switch) in enumerate(pairs, 1)
    ]


@contextlib.contextmanager
def far_end(folder, truth):
    far = FarEnd(folder, settings(folder, *truth))
    try:
        yield far
    finally:
        far.close()


async def walked(folder, truth, told, *, prepare=lambda world: None, skip=()):
    """What the walk finds in a cabinet that is wired as `truth`, with a file that tells `told`."""
    with far_end(folder, truth) as far:
        prepare(far.world)
        file = settings(folder, *told)
        hands = Hands(far.world, skip)
        found = await walk(file.bank, file.compartment, hands.show, hands.wait_for_enter)
        assert far.world.pulses.after(0) == [], "no lock is fired on a walk"
        return found, hands.lines


EIGHT = (1, 2, 9, 17, 24)
WRONG = {
    "nothing": (([board()], channels(*EIGHT)), ([board()], channels(*EIGHT)), []),
    "polarity": (
        ([board(shut_bit=0)], channels(*EIGHT)),
        ([board(shut_bit=1)], channels(*EIGHT)),
        ["[[bank]]  # board", "shut_bit = 0"],
    ),
    "byte order": (
        ([board(byte_order="high-first")], channels(*EIGHT)),
        ([board()], channels(*EIGHT)),
        ["[[bank]]  # board", 'byte_order = "high-first"'],
    ),
    "byte order and polarity of eight channels": (
        ([board(byte_order="high-first", shut_bit=0, channels=8)], channels(1, 8)),
        ([board(byte_order="low-first", channels=8)], channels(1, 8)),
        ["[[bank]]  # board", "shut_bit = 0", 'byte_order = "high-first"'],
    ),
    "two channels swapped": (
        ([board("kerong-cu48")], channels(5, 6, 48)),
        ([board("kerong-cu48")], channels(6, 5, 48)),
        ["[[compartment]]  # D1", "channel = 5", "[[compartment]]  # D2", "channel = 6"],
    ),
    "swapped behind a wrong byte order": (
        ([board(byte_order="high-first")], channels(1, 2, 3, 20)),
        ([board()], channels(2, 1, 3, 20)),
        [
            "[[bank]]  # board",
            'byte_order = "high-first"',
            "[[compartment]]  # D1",
            "channel = 1",
            "[[compartment]]  # D2",
            "channel = 2",
        ],
    ),
    "a channel that the file does not have": (
        ([board("kerong-cu16", shut_bit=0)], channels(1, 16)),
        ([board("kerong-cu16", shut_bit=0)], channels(1, 4)),
        ["[[compartment]]  # D2", "channel = 16"],
    ),
    "relays with the other bit": (
        ([board("modbus", shut_bit=0)], channels(1, 8)),
        ([board("modbus")], channels(1, 8)),
        ["[[bank]]  # board", "shut_bit = 0"],
    ),
    "a door on the other board": (
        ([board(), board(name="b2", address=2)], [*channels(1, 2), {"id": "E1", "bank": "b2", "channel": 3}]),
        (
            [board(), board(name="b2", address=2)],
            [*channels(1), {"id": "D2", "bank": "b2", "channel": 2}, {"id": "E1", "bank": "b2", "channel": 3}],
        ),
        ["[[compartment]]  # D2", 'bank = "board"', "channel = 2"],
    ),
    "contacts to the supply": (
        ([{"name": "pins", "kind": "gpio", "switch_shut": "high"}], pins((9, 4), (10, 5))),
        ([{"name": "pins", "kind": "gpio"}], pins((9, 4), (10, 5))),
        ["[[bank]]  # pins", 'switch_shut = "high"'],
    ),
    "contacts to ground": (
        ([{"name": "pins", "kind": "gpio"}], pins((9, 4), (10, 5))),
        ([{"name": "pins", "kind": "gpio", "switch_shut": "high"}], pins((9, 4), (10, 5))),
        ["[[bank]]  # pins", 'switch_shut = "low"'],
    ),
    "two switches swapped on an expander": (
        ([{"name": "pins", "kind": "mcp23017"}], pins((0, 8), (1, 9), (2, 10))),
        ([{"name": "pins", "kind": "mcp23017"}], pins((0, 9), (1, 8), (2, 10))),
        ["[[compartment]]  # D1", "switch = 8", "[[compartment]]  # D2", "switch = 9"],
    ),
}


@pytest.mark.parametrize(("truth", "told", "lines"), WRONG.values(), ids=WRONG)
async def test_OB_06_a_walk_prints_the_lines_to_change(tmp_path, truth, told, lines):
    found, said = await walked(tmp_path, truth, told)
    assert (list(found.toml()), found.faults) == (lines, [])
    doors = [door["id"] for door in told[1]]
    assert [line.split()[2] for line in said if line.startswith("Open door")] == doors
    assert sum("seen:" in line for line in said) == len(doors)


async def test_OB_06_a_switch_that_does_not_move_is_a_fault_of_its_door(tmp_path):
    same = ([board()], channels(1, 2, 3))
    found, _ = await walked(tmp_path, same, same, skip=["D2"])
    assert [line.split(":")[0] for line in found.faults] == ["door D2"]
    assert found.changes == []


async def test_OB_06_a_bank_that_cannot_be_read_ends_the_walk(tmp_path):
    same = ([board()], channels(1))
    with pytest.raises(HardwareFault, match="board cannot be read"):
        await walked(tmp_path, same, same, prepare=lambda world: world.bank_fault("board", WireFault.SILENT, on=True))


async def test_OB_06_the_scan_tells_address_channels_and_firmware(tmp_path):
    truth = (
        [board(address=3), board("modbus", "relays", address=7, channels=16), board(name="gone", address=4)],
        [*channels(1), *channels(1, bank="relays"), *channels(1, bank="gone")],
    )
    truth[1][1]["id"], truth[1][2]["id"] = "E1", "F1"
    with far_end(tmp_path, truth) as far:
        far.world.bank_fault("gone", WireFault.SILENT, on=True)
        banks = settings(tmp_path, *truth).bank
        port = str(tmp_path / "bus")
        answered = [found.description() async for found in scan(banks, everywhere=False)]
        assert answered == [
            f"{port}: cb8a at address 3, 24 channels",
            f"{port}: modbus at address 7, 16 channels, firmware V1.00",
        ]
        wrong = Cb8aBankOptions(name="b", kind="cb8a", port=port, address=9)
        found = [(one.kind, one.address) async for one in scan([wrong], everywhere=True)]
        assert found == [("cb8a", 3)]
        assert far.world.pulses.after(0) == []


async def test_OB_06_the_scan_finds_expanders_where_they_really_are(tmp_path):
    truth = ([{"name": "pins", "kind": "mcp23017", "address": 0x23}], pins((0, 8)))
    with far_end(tmp_path, truth):
        said = Mcp23017BankOptions(name="pins", kind="mcp23017", address=0x20)
        assert [one async for one in scan([said], everywhere=False)] == []
        assert [one.description() async for one in scan([said], everywhere=True)] == [
            "/dev/i2c-1: mcp23017 at address 35, 16 channels"
        ]
    nowhere = Mcp23017BankOptions(name="pins", kind="mcp23017", bus=19)
    assert [one async for one in scan([nowhere], everywhere=True)] == []
