"""Banks on real ptys with boards at the other end, and every wire fault on and off again."""

import asyncio

import pytest
from hardware_loops import FastPolicy
from hardware_wires import Cable, Cb8aBoard, Cu16Board, Cu48Board, RelayBoard
from pydantic import TypeAdapter

from hardware import open_bank
from hardware.options import BankOptions
from locker.core.model import Seen, Size
from locker.errors import HardwareFault, SettingsError
from locker.options import CompartmentOptions

KINDS = {
    "cb8a": (lambda: Cb8aBoard(1, 24), {"kind": "cb8a", "address": 1}),
    "cb8a-50": (lambda: Cb8aBoard(3, 50, status_bytes=7), {"kind": "cb8a", "address": 3, "channels": 50}),
    "cb8a-8": (lambda: Cb8aBoard(1, 8), {"kind": "cb8a", "channels": 8}),
    "cb8a-high-first": (
        lambda: Cb8aBoard(2, 24, high_first=True),
        {"kind": "cb8a", "address": 2, "byte_order": "high-first"},
    ),
    "cb8a-bit-0": (lambda: Cb8aBoard(2, 24, bit_shut=0), {"kind": "cb8a", "address": 2, "shut_bit": 0}),
    "kerong-cu48": (lambda: Cu48Board(0), {"kind": "kerong-cu48"}),
    "kerong-cu16": (lambda: Cu16Board(4), {"kind": "kerong-cu16", "address": 4}),
    "modbus": (lambda: RelayBoard(1, 8), {"kind": "modbus", "pulse_ms": 100}),
}
CHANNELS = (1, 8)
FAMILIES = ["cb8a", "kerong-cu48", "kerong-cu16", "modbus"]


@pytest.fixture(scope="module")
def event_loop_policy():
    return FastPolicy()


async def until(condition, timeout=60):
    """Wait for something that other threads bring about."""
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110  nothing tells us
            await asyncio.sleep(0.01)


class Rig:
    """A bank, its wire and its board."""

    def __init__(self, folder, kind):
        make, self.keys = KINDS[kind]
        self.board = make()
        self.doors = self.board.doors
        self.cable = Cable(folder / "bus", self.board)
        self.seen = {}
        self.reports = []

    def bank(self, **keys):
        options = TypeAdapter(BankOptions).validate_python(
            {"name": "right", "port": str(self.cable.name), "pause_ms": 10, **self.keys, **keys}
        )
        doors = [CompartmentOptions(id=f"B{n}", size=Size.M, bank="right", channel=n) for n in CHANNELS]
        return open_bank(options, doors, self._report)

    def _report(self, seen):
        self.reports.append(dict(seen))
        self.seen.update(seen)

    async def until(self, **expected):
        await until(lambda: all(self.seen.get(door) is seen for door, seen in expected.items()))


@pytest.fixture
def rig(request, tmp_path):
    made = Rig(tmp_path, request.param)
    yield made
    made.cable.close()


families = pytest.mark.parametrize("rig", FAMILIES, indirect=True)
kinds = pytest.mark.parametrize("rig", KINDS, indirect=True)
one_kind = pytest.mark.parametrize("rig", ["cb8a"], indirect=True)
BOTH_SHUT = {"B1": Seen.SHUT, "B8": Seen.SHUT}
BOTH_UNSEEN = {"B1": Seen.UNSEEN, "B8": Seen.UNSEEN}


@kinds
async def test_H2_a_door_opens_alone_and_is_seen_open_and_shut(rig):
    async with rig.bank() as bank:
        assert await bank.survey() == BOTH_SHUT
        await bank.unlock("B8")
        assert rig.doors.pulses == [8]
        await rig.until(B8=Seen.OPEN, B1=Seen.SHUT)
        rig.doors.shut[7] = True
        await rig.until(B8=Seen.SHUT)
        await bank.unlock("B1")
        await rig.until(B1=Seen.OPEN, B8=Seen.SHUT)
        assert rig.doors.pulses == [8, 1]


@families
@pytest.mark.parametrize(
    "fault",
    [
        {"garbage": bytes.fromhex("FAFD9999")},
        {"garbage": bytes.fromhex("028001")},
        {"bytewise": True},
        {"glued": True},
        {"echo": True},
        {"lose": 2},
    ],
    ids=lambda fault: next(iter(fault)),
)
async def test_H3_a_cruel_wire_still_says_the_truth(rig, fault):
    for name, value in fault.items():
        setattr(rig.cable, name, value)
    async with rig.bank() as bank:
        await rig.until(**BOTH_SHUT)
        await bank.unlock("B1")
        await rig.until(B1=Seen.OPEN, B8=Seen.SHUT)
        assert rig.doors.pulses == [1]


@families
async def test_H3_a_foreign_board_is_not_believed(rig):
    others = {
        "cb8a": Cb8aBoard(9, 24).reply_to,
        "kerong-cu48": Cu48Board(5).reply_to,
        "kerong-cu16": Cu16Board(5).reply_to,
        "modbus": RelayBoard(9, 8).reply_to,
    }
    questions = {
        "cb8a": bytes.fromhex("80090033BA"),
        "kerong-cu48": bytes.fromhex("02050050035A"),
        "kerong-cu16": bytes.fromhex("0250300385"),
        "modbus": bytes.fromhex("0902000000087884"),
    }
    rig.doors.shut = [False] * len(rig.doors.shut)
    rig.cable.foreign = others[rig.keys["kind"]](questions[rig.keys["kind"]]) or b""
    async with rig.bank() as bank:
        assert await bank.survey() == {"B1": Seen.OPEN, "B8": Seen.OPEN}


@families
@pytest.mark.parametrize("fault", ["silent", "flipped", "unplugged"])
async def test_O9_H4_a_dead_wire_is_unseen_and_comes_back_by_itself(rig, fault):
    async with rig.bank() as bank:
        await rig.until(**BOTH_SHUT)
        if fault == "unplugged":
            rig.cable.unplug()
        else:
            setattr(rig.cable, fault, True)
        await rig.until(**BOTH_UNSEEN)
        assert await bank.survey() == BOTH_UNSEEN
        if fault == "unplugged":
            with pytest.raises(HardwareFault, match="Door B1"):
                await bank.unlock("B1")
            rig.cable.plug()
        else:
            setattr(rig.cable, fault, False)
        await rig.until(**BOTH_SHUT)
        await bank.unlock("B1")
        await rig.until(B1=Seen.OPEN)
        assert rig.doors.pulses == [1]


@pytest.mark.parametrize("rig", ["cb8a", "modbus"], indirect=True)
async def test_H4_a_lost_reply_to_an_unlock_is_judged_by_the_switch_and_never_sent_again(rig):
    async with rig.bank() as bank:
        await rig.until(**BOTH_SHUT)
        rig.cable.lose = 1
        await bank.unlock("B1")
        assert rig.doors.pulses == [1]
        rig.doors.jammed.add(8)
        rig.cable.requests.clear()
        rig.cable.silent = True
        with pytest.raises(HardwareFault, match="Door B8"):
            await bank.unlock("B8")
        rig.cable.silent = False
        await rig.until(B8=Seen.SHUT)
        assert rig.doors.pulses == [1, 8]


@pytest.mark.parametrize("rig", ["kerong-cu48", "kerong-cu16"], indirect=True)
async def test_H4_a_dead_board_that_never_answers_unlocks_does_not_pass_for_one_that_obeyed(rig):
    async with rig.bank() as bank:
        await rig.until(**BOTH_SHUT)
        rig.cable.silent = True
        with pytest.raises(HardwareFault, match=r"Door B1.*nobody knows"):
            await bank.unlock("B1")
        assert rig.doors.pulses == [1]


@pytest.mark.parametrize("rig", ["modbus"], indirect=True)
async def test_a_refusal_is_a_fault_that_names_the_door(rig):
    async with rig.bank() as bank:
        await rig.until(**BOTH_SHUT)
        rig.board.refuses = True
        with pytest.raises(HardwareFault, match=r"Door B1.*refuses"):
            await bank.unlock("B1")
        assert rig.doors.pulses == []


@one_kind
async def test_H13_no_reconfigured_board_is_mistaken_for_a_shut_door(rig):
    async with rig.bank():
        await rig.until(**BOTH_SHUT)
        rig.board.address = 7
        await rig.until(**BOTH_UNSEEN)


async def test_banks_on_one_port_must_have_one_baud(tmp_path):
    cable = Cable(tmp_path / "bus", Cb8aBoard(1, 24))
    banks = [
        open_bank(
            TypeAdapter(BankOptions).validate_python(
                {"name": f"b{baud}", "kind": "cb8a", "port": str(cable.name), "baud": baud}
            ),
            [],
            lambda seen: None,
        )
        for baud in (9600, 19200)
    ]
    async with banks[0]:
        with pytest.raises(SettingsError, match="one baud"):
            async with banks[1]:
                pass
    async with banks[1]:
        pass
    cable.close()


@pytest.mark.parametrize(
    ("keys", "channel"),
    [
        ({"kind": "cb8a", "channels": 8}, 9),
        ({"kind": "kerong-cu16"}, 17),
        ({"kind": "kerong-cu48"}, 49),
        ({"kind": "modbus", "channels": 16}, 17),
        ({"kind": "cb8a"}, None),
    ],
)
def test_a_channel_that_the_board_has_not_is_a_settings_error(keys, channel):
    options = TypeAdapter(BankOptions).validate_python({"name": "b", "port": "/dev/none", **keys})
    with pytest.raises(SettingsError, match="B1: channel"):
        open_bank(options, [CompartmentOptions(id="B1", size=Size.M, bank="b", channel=channel)], lambda seen: None)


@pytest.mark.parametrize(
    "keys",
    [
        {"kind": "kerong-cu48", "address": 10},
        {"kind": "kerong-cu16", "address": 15},
        {"kind": "kerong-cu16", "channels": 17},
    ],
)
def test_H1_an_address_that_speaks_to_every_board_is_refused_in_the_site_file(keys):
    with pytest.raises(ValueError, match="must"):
        TypeAdapter(BankOptions).validate_python({"name": "b", "port": "/dev/none", **keys})


@families
async def test_a_board_times_its_pulses_by_the_switch_and_counts_lost_answers(rig):
    async with rig.bank() as bank:
        await rig.until(B1=Seen.SHUT, B8=Seen.SHUT)
        errors = bank.meter.errors
        await bank.unlock("B1")
        await rig.until(B1=Seen.OPEN)
        [(door, seconds)] = bank.meter.openings
        assert door == "B1"
        assert 0 <= seconds < 5
        assert bank.meter.errors == errors
        rig.cable.unplug()
        await rig.until(B1=Seen.UNSEEN)
        assert bank.meter.errors > errors
        assert bank.meter.requests > bank.meter.errors
